import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { EXIT } from "../../src/base/errors.ts";
import { type Report, reportSchema } from "../../src/report/schema.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The built program; `npm test` builds it before the tests run. */
export const BIN = join(ROOT, "dist", "bin.js");

/** Loads it in a process that resolves no name. */
export const OFFLINE = join(ROOT, "test", "support", "offline-bin.mjs");

/** No command takes longer; one that does is killed, and its exit code is null. */
const MOST_MS = 25_000;

export interface Workspace {
  readonly cwd: string;
  readonly state: string;
  /** Absolute. */
  path(...parts: string[]): string;
  remove(): void;
}

/** An empty working directory and a state directory beside it. */
export function workspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-cli-"));
  const cwd = join(folder, "cwd");
  const state = join(folder, "state");
  mkdirSync(cwd);
  mkdirSync(state, { mode: 0o700 });
  return {
    cwd,
    state,
    path: (...parts) => join(cwd, ...parts),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Ended {
  /** null: killed. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly child: ChildProcess;
  /** To it and the children it started, as a Ctrl-C in a terminal goes. */
  signalGroup(signal: NodeJS.Signals): void;
  /** What it has written so far, both streams together. */
  said(): string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the program itself: a script that loads it, say. */
  readonly script?: string;
  readonly nodeFlags?: readonly string[];
}

/** Starts the command line in a process group of its own. Nothing of this process's environment but PATH is handed on. */
export function start(
  { cwd, state }: Workspace,
  args: readonly string[],
  { env = {}, script, nodeFlags = [] }: CliOptions = {},
): Running {
  if (!existsSync(BIN)) throw new Error("not built: run `npm run build` first");
  // Whatever a bug would let through: no test of a run against Klarna leaves this machine.
  const forKlarna = args.some((word) => /klarna-test|playground/.test(word));
  const program = script ?? (forKlarna ? OFFLINE : BIN);
  const child = spawn(process.execPath, [...nodeFlags, program, ...args], {
    cwd,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: cwd,
      KLARNA_PERF_STATE: state,
      OFFLINE_BIN: pathToFileURL(BIN).href,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const { pid = 0 } = child;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const kill = setTimeout(() => signalGroup("SIGKILL"), MOST_MS);
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended.
    }
  };
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(kill);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { pid, ended, child, signalGroup, said: () => stdout + stderr };
}

/** Runs a command to its end. */
export function cli(
  at: Workspace,
  args: readonly string[],
  options: CliOptions = {},
): Promise<Ended> {
  return start(at, args, options).ended;
}

/**
 * The exit codes of a run that came to its end in order. On a machine as busy as one that runs tests a runner may
 * be late itself, and then rightly calls its run invalid; only where the verdict is the point, see `undisturbed`.
 */
export const CAME_TO_ITS_END: readonly (number | null)[] = [EXIT.passed, EXIT.invalid];

/** What a run makes, again if the machine was too busy for it: three times at most. */
export async function undisturbed<T extends { readonly code: number | null }>(
  run: () => Promise<T>,
): Promise<T> {
  for (let left = 2; ; left--) {
    const ended = await run();
    if (ended.code !== EXIT.invalid || left === 0) return ended;
  }
}

/** Asks again and again until there is an answer; for what another process does. */
export async function until<T>(look: () => T | undefined, mostMs = 10_000): Promise<T> {
  const last = performance.now() + mostMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > last) throw new Error(`not within ${mostMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The one emulator that is registered in a state directory; waits for it. */
export function registeredEmulator({
  state,
}: Pick<Workspace, "state">): Promise<{ url: string; pid: number; caPem: string }> {
  const folder = join(state, "emulators");
  return until(() => {
    const [name] = existsSync(folder)
      ? readdirSync(folder).filter((one) => /^\d+-\d+\.json$/.test(one))
      : [];
    return name === undefined ? undefined : JSON.parse(readFileSync(join(folder, name), "utf8"));
  });
}

/** Whether a process still runs; one that has ended and that nobody has waited for yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    // No /proc here, or gone since.
    return process.platform !== "linux";
  }
}

/** What lies in a state directory but for the ledger, where every decision is written down, refusals too. */
export function stateBesidesLedger({ state }: Workspace): string[] {
  return readdirSync(state, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^(?:audit\.log|ledger\.db.*)$/.test(name))
    .sort();
}

/** A run's report, held against its schema. */
export function readReport(dir: string): Report {
  return reportSchema.parse(JSON.parse(readFileSync(join(dir, "report.json"), "utf8")));
}

/** The built-in smoke profile cut to one journey, which takes about three seconds. */
export const SHORT_SMOKE = ["smoke", "--set", "workload.stages[0].for=4s"];

export interface LoadProfile {
  readonly rate?: string;
  readonly lasts?: string;
  readonly requestTimeout?: string;
}

/** A profile of two requests a journey for the emulator, in YAML. Default: 20 requests a second for 2 s. */
export function loadProfile({
  rate = "10/s",
  lasts = "2s",
  requestTimeout = "10s",
}: LoadProfile = {}): string {
  return `name: load
kind: capacity
workload:
  model: open
  stages:
    - { rate: ${rate}, for: ${lasts} }
  maxInFlight: 20
  requestTimeout: ${requestTimeout}
scenarios:
  - name: create-and-read
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
thresholds:
  - { figure: errors, max: 0 }
`;
}

/** Every file below a folder, by its path from there. */
export function filesBelow(dir: string): Map<string, string> {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(dir.length + 1), readFileSync(path, "utf8")];
      }),
  );
}
