import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { freshSeed, isSeed, SEED_FORM } from "../base/random.ts";
import { CUSTOMER_OUTCOMES, type CustomerOutcome } from "../guard/emulated.ts";
import { visible } from "../guard/foreign-text.ts";
import { LEVELS, type Level, type QuotaTable } from "../guard/quotas.ts";
import { readRegistration } from "../guard/registration.ts";
import {
  DEFAULT_CUSTOMER_DELAY,
  DEFAULT_LATENCY,
  LATENCY_FORM,
  PROTECTION_FORM,
  readLatency,
  readProtection,
  type SimpleLatency,
} from "../profile/emulator-words.ts";
import {
  type EmulatorControl,
  type EmulatorOptions,
  startEmulatorProcess,
} from "./emulator-process.ts";
import { readLatencyFile } from "./latency-file.ts";
import { makeFolder } from "./make-folder.ts";
import { packageFiles } from "./package-files.ts";
import { openStateDir } from "./state-dir.ts";

/** An emulator for whoever asks. Its defaults are those of the one that a run starts for itself, but for the protection rule. */
export interface EmulatorRequest {
  /** A loopback port; default: any free one. */
  readonly port?: number;
  /** Which of Klarna's quotas to enforce; default `test`. */
  readonly quotas?: QuotaTable;
  /** Whose keys call; default `partner`. */
  readonly level?: Level;
  /** How long an answer takes: `20ms`, or `p50=20ms,p95=60ms`, which is the default. */
  readonly latency?: string;
  /** A report.json whose service times are replayed, instead of `latency`. */
  readonly latencyFrom?: string;
  readonly seed?: number;
  /** What the customer does who comes to each payment's page; default: nobody comes. */
  readonly customer?: CustomerOutcome;
  /** From the page to the customer's decision, in the form of `latency`; default `p50=2s,p95=6s`. */
  readonly customerDelay?: string;
  /**
   * `10x,60s`, the default: who sends more than ten times a quota in a second is shut out for a minute; or `off`, as
   * in the emulator that a run starts for itself, since a capacity run is there to send too much.
   */
  readonly protection?: string;
  /** Faults, such as `reset-before-headers:operation=payment-request.create,probability=0.1`; see docs/emulator.md. */
  readonly faults?: readonly string[];
  /** A control endpoint for faults; default none. 0: on any free port. */
  readonly controlPort?: number;
  /** A file that does not exist yet: a line for each connection and request. */
  readonly accessLog?: string;
  /** A folder for the access record, made if missing: `access.jsonl`, and `summary.json` at the end. */
  readonly report?: string;
  /** A file for its certificate authority, for clients that are not ours; replaced if it is there. */
  readonly caFile?: string;
}

export interface RunningEmulator {
  /** `https://127.0.0.1:<port>`; any key that starts with `klarna_test_api_` is accepted. */
  readonly url: string;
  /** The one certificate authority that vouches for it, made for this process. */
  readonly caPem: string;
  /** Undefined unless it was asked for. */
  readonly control: EmulatorControl | undefined;
  /** Settles when it has ended, however it ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Klarna publishes neither figure: far above what a drill does, and long enough that nobody waits it out. */
const DEFAULT_PROTECTION = "10x,60s";

/**
 * @throws UsageError for a value that can't be used, a port in use, or a state directory that can't hold its registration
 */
export async function startEmulator(
  request: EmulatorRequest,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<RunningEmulator> {
  const options = emulatorOptions(request);
  const state = openStateDir(env);
  if (state.problem !== undefined) {
    throw new UsageError("STATE_UNUSABLE", `the state directory can't be used: ${state.problem}`, {
      hint: "the emulator is recognised by its registration there; mend it or set KLARNA_PERF_STATE",
    });
  }
  const process = await startEmulatorProcess(
    packageFiles().emulatorScript,
    { ...options, registryDir: join(state.path, "emulators") },
    clock,
  );
  try {
    const { url, caPem } = readRegistration(process.registration);
    if (request.caFile !== undefined) writeCaFile(request.caFile, caPem);
    const { control, ended } = process;
    return { url, caPem, control, ended, close: () => process.stop() };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** @throws UsageError for a value that can't be used */
export function emulatorOptions(request: EmulatorRequest): Omit<EmulatorOptions, "registryDir"> {
  const { quotas = "test", level = "partner", seed = freshSeed(), controlPort } = request;
  if (!isSeed(seed)) {
    throw new UsageError("USAGE_SEED", `\`${seed}\` can't be a seed`, {
      hint: `give ${SEED_FORM}`,
    });
  }
  if (quotas !== "test" && quotas !== "live") {
    throw new UsageError("USAGE_QUOTAS", "there is no such table of quotas", {
      hint: "give test or live",
    });
  }
  if (!LEVELS.includes(level)) {
    throw new UsageError("USAGE_LEVEL", "there is no such level", {
      hint: `give ${LEVELS.join(" or ")}`,
    });
  }
  return {
    port: checkedPort(request.port ?? 0),
    quotas,
    level,
    latency: latencyOf(request),
    seed,
    apiKeys: null,
    ...customerOf(request),
    protection: parseProtection(request.protection ?? DEFAULT_PROTECTION),
    faults: request.faults ?? [],
    ...(controlPort === undefined ? {} : { control: { port: checkedPort(controlPort) } }),
    ...recordOf(request),
  };
}

function checkedPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError("USAGE_PORT", `\`${port}\` can't be a port`, {
    hint: "give a whole number from 0 to 65535",
  });
}

function latencyOf({ latency, latencyFrom }: EmulatorRequest): EmulatorOptions["latency"] {
  if (latencyFrom === undefined) return parseLatency(latency ?? DEFAULT_LATENCY);
  if (latency === undefined) return readLatencyFile(latencyFrom);
  throw new UsageError("USAGE_LATENCY", "a latency and a file of latencies exclude each other", {
    hint: "leave one of them out",
  });
}

/** @throws UsageError `USAGE_LATENCY` */
function parseLatency(text: string): SimpleLatency {
  const latency = readLatency(text);
  if (latency) return latency;
  throw new UsageError("USAGE_LATENCY", `\`${visible(text)}\` can't be read as a latency`, {
    hint: `give ${LATENCY_FORM}`,
  });
}

function customerOf({
  customer: outcome,
  customerDelay,
}: EmulatorRequest): Pick<EmulatorOptions, "customer"> {
  if (outcome === undefined) {
    if (customerDelay === undefined) return {};
    throw new UsageError("USAGE_CUSTOMER", "nobody comes whom a delay could be of", {
      hint: `say what the customer does as well: ${CUSTOMER_OUTCOMES.join(", ")}`,
    });
  }
  if (!CUSTOMER_OUTCOMES.includes(outcome)) {
    throw new UsageError("USAGE_CUSTOMER", "there is no such customer", {
      hint: `give ${CUSTOMER_OUTCOMES.join(" or ")}`,
    });
  }
  return { customer: { outcome, delay: parseLatency(customerDelay ?? DEFAULT_CUSTOMER_DELAY) } };
}

/** @returns null: no such rule. @throws UsageError `USAGE_PROTECTION` */
function parseProtection(text: string): NonNullable<EmulatorOptions["protection"]> | null {
  const rule = readProtection(text);
  if (rule !== undefined) return rule;
  throw new UsageError(
    "USAGE_PROTECTION",
    `\`${visible(text)}\` can't be read as a protection rule`,
    { hint: `give ${PROTECTION_FORM}` },
  );
}

function recordOf({ accessLog, report }: EmulatorRequest): Pick<EmulatorOptions, "record"> {
  if (accessLog === undefined && report === undefined) return {};
  const folder = report === undefined ? undefined : resolve(report);
  if (folder !== undefined) makeReportFolder(folder);
  return {
    record: {
      log: accessLog === undefined ? join(folder ?? "", "access.jsonl") : resolve(accessLog),
      summary: folder === undefined ? null : join(folder, "summary.json"),
    },
  };
}

function makeReportFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw unwritable("the folder", folder, cause);
  }
}

function writeCaFile(path: string, caPem: string): void {
  try {
    writeFileSync(path, caPem);
  } catch (cause) {
    throw unwritable("the certificate authority", path, cause);
  }
}

function unwritable(what: string, path: string, cause: unknown): UsageError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unwritable";
  return new UsageError("USAGE_PATH", `${what} can't be written to \`${visible(path)}\`: ${code}`, {
    hint: "name a place that you can write to",
    cause,
  });
}
