import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { Fault, UsageError } from "../base/errors.ts";
import type { Seed } from "../base/random.ts";
import { micros, seconds } from "../base/units.ts";
import type { Level, QuotaTable } from "../guard/quotas.ts";

/** An emulator in a process of its own. */
export interface EmulatorProcess {
  readonly pid: number;
  /** The file by which it proves itself to the guard. */
  readonly registration: string;
  /** Settles when it has ended, however it ended. */
  readonly ended: Promise<void>;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
}

/** What the emulator's process is told; its own schema checks it. The two processes share no code but this shape. */
export interface EmulatorOptions {
  readonly registryDir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly quotas: QuotaTable;
  readonly level: Level;
  readonly latency:
    | { readonly kind: "constant"; readonly us: number }
    | { readonly kind: "log-normal"; readonly p50Us: number; readonly p95Us: number };
  readonly seed: Seed;
  /** The only keys accepted; null: every well-formed test key. */
  readonly apiKeys: readonly string[] | null;
}

const START_TIMEOUT_US = seconds(20);

const readyLine = z.union([
  z.strictObject({ registration: z.string() }),
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
