import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";
import { type Listeners, listen } from "./listeners.ts";

/**
 * The Nodes that the tests run on: this one, and those listed in `KLARNA_PERF_TEST_NODES` (paths of binaries, separated
 * as `PATH` is).
 */
export const NODES: readonly string[] = [
  process.execPath,
  ...(process.env.KLARNA_PERF_TEST_NODES ?? "").split(delimiter).filter((path) => path !== ""),
];

/** The async resources that stand for a system call on its way out. Node makes one only where the call is made. */
const OUTWARD = [
  "TCPCONNECTWRAP",
  "PIPECONNECTWRAP",
  "UDPSENDWRAP",
  "QUERYWRAP",
  "GETADDRINFOREQWRAP",
  "GETNAMEINFOREQWRAP",
];

/** What `outward` gives, and `arrived` holds, when nothing got out. */
export const NO_CALLS: readonly string[] = [];
export const NOBODY = { tcp: 0, pipe: 0, udp: 0 };

export interface Report {
  readonly value?: unknown;
  readonly codes: readonly string[];
  readonly hits: readonly {
    readonly code: string;
    readonly api: string;
    readonly destination: string;
  }[];
  readonly calls: Readonly<Record<string, number>>;
  /** This Node does not have the API. */
  readonly absent?: true;
}

/** The async resources of a trial that went out. */
export function outward(report: Report): string[] {
  return OUTWARD.filter((type) => report.calls[type] !== undefined);
}

interface Trial {
  readonly node: string;
  readonly code: string;
  readonly flags?: readonly string[] | undefined;
  /** An expression; where it is false, nothing is run. */
  readonly has?: string | undefined;
  /** `attempt`: armed, ends with the first hit. `script`: armed, ends with the code, whose value is reported. */
  readonly arm: "attempt" | "script" | false;
  /** The probe goes on until this says that it was seen to arrive. Default: until the code has ended. */
  readonly until?: (listeners: Listeners) => boolean;
}

export interface Outcome {
  /** Missing if the child did not live to write it. */
  readonly report: Report | undefined;
  readonly arrived: Listeners["arrived"];
}

const MOST_MS = 20_000;
const probe = fileURLToPath(new URL("probe.mjs", import.meta.url));
const DIAL = `require("node:net").connect(Number(process.argv[2]), "127.0.0.1").on("error", () => {});`;
const ALLOWED = `process.send?.("hello"); process.stdout.write(process.argv.slice(2).join());`;

/** Bundles the tripwire for this file's tests. Each trial is a child of its own, against listeners of its own. */
export function trials(): {
  run(trial: Trial): Promise<Outcome>;
  /** Runs code under the armed tripwire. */
  armed(node: string, code: string): Promise<Report & { readonly arrived: Listeners["arrived"] }>;
} {
  let folder: string;
  let scope: Record<string, unknown>;
  let serial = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tripwire-"));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const bundle = join(folder, "tripwire.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("../../src/guard/tripwire.ts", import.meta.url))],
      outfile: bundle,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
    });
    const dial = file("dial.cjs", DIAL);
    const undici = createRequire(import.meta.url).resolve("undici");
    scope = {
      bundle: pathToFileURL(bundle).href,
      undiciUrl: pathToFileURL(undici).href,
      dial,
      dialUrl: pathToFileURL(dial).href,
      allowedScript: file("allowed.cjs", ALLOWED),
      allowedAddon: file("allowed.node", "not an add-on"),
      foreignAddon: file("foreign.node", "not an add-on"),
    };
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async (trial: Trial): Promise<Outcome> => {
    const { node, code, arm, until, flags = [], has = "true" } = trial;
    const listeners = await listen(folder, `p${serial++}`);
    const { host, port, path, udpPort, arrived } = listeners;
    const job = {
      code,
      has,
      arm,
      untilStdinEnds: until !== undefined,
      scope: { ...scope, node, host, port, path, udpPort },
    };
    const child = spawn(node, [...flags, probe, JSON.stringify(job)], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      timeout: MOST_MS,
    });
    const closed = output(child);
    const end = (): void => {
      if (until?.(listeners)) child.stdin?.end();
    };
    listeners.onArrival(end);
    end();
    const { stdout, stderr } = await closed;
    await listeners.settle();
    listeners.close();
    if (stdout === "" && arm) throw new Error(`the probe died: ${stderr}`);
    return { report: stdout === "" ? undefined : JSON.parse(stdout), arrived };
  };

  return {
    run,
    async armed(node, code) {
      const { report, arrived } = await run({ node, code, arm: "script" });
      if (!report) throw new Error("the probe died");
      return { ...report, arrived };
    },
  };
}

function output(child: ChildProcess): Promise<{ stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin?.on("error", () => {});
  return new Promise((resolve) => child.on("close", () => resolve({ stdout, stderr })));
}
