import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { Fault, UsageError } from "../base/errors.ts";
import type { Seed } from "../base/random.ts";
import { micros, seconds } from "../base/units.ts";
import type { CustomerOutcome } from "../guard/emulated.ts";
import type { Level, QuotaTable } from "../guard/quotas.ts";
import type { ProtectionRule, SimpleLatency } from "../profile/emulator-words.ts";

/** An emulator in a process of its own. */
export interface EmulatorProcess {
  readonly pid: number;
  /** The file by which it proves itself to the guard. */
  readonly registration: string;
  /** Where its faults can be set, and the token that whoever does so must show; undefined unless asked for. */
  readonly control: EmulatorControl | undefined;
  /** Settles when it has ended, however it ended. */
  readonly ended: Promise<void>;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
}

/** An emulator's control endpoint, on a port of its own and under the same certificate authority. */
export interface EmulatorControl {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** For `Authorization: Bearer`. */
  readonly token: string;
}

/** `at[i]` of all samples were no longer than `us[i]`; the first at 0, the last at 1. */
export interface Quantiles {
  readonly at: readonly number[];
  readonly us: readonly number[];
}

/** A distribution of each operation, as a run recorded it, and one for what it did not call. */
export interface EmpiricalLatency {
  readonly kind: "empirical";
  readonly operations: Readonly<Record<string, Quantiles>>;
  readonly otherwise: Quantiles;
}

/** What the emulator's process is told; its own schema checks it. The two processes share no code but this shape. */
export interface EmulatorOptions {
  readonly registryDir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly quotas: QuotaTable;
  readonly level: Level;
  readonly latency: SimpleLatency | EmpiricalLatency;
  readonly seed: Seed;
  /** The only keys accepted; null: every well-formed test key. */
  readonly apiKeys: readonly string[] | null;
  /** Who comes to the page of a payment; default nobody. */
  readonly customer?: {
    readonly outcome: CustomerOutcome;
    readonly delay: SimpleLatency;
  };
  /** A rule that shuts out who sends more than a multiple of a quota; null, the default: none. */
  readonly protection?: ProtectionRule | null;
  /** As the emulator reads them; docs/emulator.md has the grammar. */
  readonly faults?: readonly string[];
  /** A control endpoint; default none. 0: any free port. */
  readonly control?: { readonly port: number };
  /** Where the access record goes, absolute paths of files that don't exist; default nowhere. */
  readonly record?: { readonly log: string; readonly summary: string | null };
}

const START_TIMEOUT_US = seconds(20);

const readyLine = z.union([
  z.strictObject({
    registration: z.string(),
    control: z.strictObject({ url: z.string(), token: z.string() }).optional(),
  }),
  z.strictObject({
    error: z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() }),
  }),
]);

/**
 * Starts the emulator. Its options, the run's key among them, go over its standard input, so that the
 * process list shows none; its environment is empty. It ends by itself when this process does.
 *
 * @throws UsageError with the emulator's own code, such as a port in use; Fault when it does not start
 */
export async function startEmulatorProcess(
  script: string,
  options: EmulatorOptions,
  clock: Clock,
): Promise<EmulatorProcess> {
  if (!existsSync(script)) {
    throw new Fault("FAULT_PACKAGE_INCOMPLETE", "the emulator is not part of this installation", {
      hint: "install klarna-perf again, or run `npm run build` in a checkout",
    });
  }
  const child = spawn(process.execPath, [script], {
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    // A Ctrl-C goes to every process of the terminal's group: it must not take the emulator from a run that still ends in order.
    detached: process.platform !== "win32",
  });
  const ended = once(child, "exit").then(
    () => {},
    () => {},
  );
  // A child that is gone before it has read its options shows in its exit, not here.
  child.stdin.on("error", () => {});
  child.stdin.write(`${JSON.stringify(options)}\n`);
  try {
    const line = await firstLine(child, clock);
    const ready = readyLine.parse(JSON.parse(line));
    if ("error" in ready) {
      const { code, message, hint } = ready.error;
      throw new UsageError(code, message, hint === undefined ? {} : { hint });
    }
    return {
      pid: child.pid ?? 0,
      registration: ready.registration,
      control: ready.control,
      ended,
      async stop() {
        child.stdin.end();
        const cancel = clock.atCoarse(micros(clock.now() + seconds(2)), () =>
          child.kill("SIGKILL"),
        );
        await ended;
        cancel();
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }
}

function firstLine({ stdout, stderr }: ChildProcess, clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    let err = "";
    const cancel = clock.atCoarse(micros(clock.now() + START_TIMEOUT_US), () =>
      fail("did not start in time"),
    );
    const fail = (why: string): void => {
      cancel();
      const said = err.trim().slice(0, 2000);
      reject(
        new Fault("FAULT_EMULATOR", `the emulator ${why}${said === "" ? "" : `: ${said}`}`, {
          hint: "run it again; if it fails again, report it with this message",
        }),
      );
    };
    stdout?.setEncoding("utf8");
    stdout?.on("data", (chunk: string) => {
      out += chunk;
      const newline = out.indexOf("\n");
      if (newline < 0) return;
      cancel();
      resolve(out.slice(0, newline));
    });
    stdout?.once("close", () => fail("ended before it was ready"));
    stderr?.setEncoding("utf8");
    stderr?.on("data", (chunk: string) => {
      if (err.length < 2000) err += chunk;
    });
  });
}
