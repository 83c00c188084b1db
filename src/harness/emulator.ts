import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { freshSeed, isSeed, SEED_FORM } from "../base/random.ts";
import { DURATION_FORM, parseDuration } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import { LEVELS, type Level, type QuotaTable } from "../guard/quotas.ts";
import { readRegistration } from "../guard/registration.ts";
import { type EmulatorOptions, startEmulatorProcess } from "./emulator-process.ts";
import { packageFiles } from "./package-files.ts";
import { openStateDir } from "./state-dir.ts";

/** An emulator for whoever asks: every default is the one that runs use. */
export interface EmulatorRequest {
  /** A loopback port; default: any free one. */
  readonly port?: number;
  /** Which of Klarna's quotas to enforce; default `test`. */
  readonly quotas?: QuotaTable;
  /** Whose keys call; default `partner`. */
  readonly level?: Level;
  /** How long an answer takes: `20ms`, or `p50=20ms,p95=60ms`, which is the default. */
  readonly latency?: string;
  readonly seed?: number;
}

export interface RunningEmulator {
  /** `https://127.0.0.1:<port>`; any key that starts with `klarna_test_api_` is accepted. */
  readonly url: string;
  /** The one certificate authority that vouches for it, made for this process. */
  readonly caPem: string;
  /** Settles when it has ended, however it ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** How quickly it answers unless told otherwise: log-normal, in the range of an API call within a continent. */
export const DEFAULT_LATENCY = "p50=20ms,p95=60ms";

/**
 * @throws UsageError for a value that can't be used, a port in use, or a state directory that can't hold its registration
 */
export async function startEmulator(
  {
    port = 0,
    quotas = "test",
    level = "partner",
    latency = DEFAULT_LATENCY,
    seed = freshSeed(),
  }: EmulatorRequest,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<RunningEmulator> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError("USAGE_PORT", `\`${port}\` can't be a port`, {
      hint: "give a whole number from 0 to 65535",
    });
  }
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
  const state = openStateDir(env);
  if (state.problem !== undefined) {
    throw new UsageError("STATE_UNUSABLE", `the state directory can't be used: ${state.problem}`, {
      hint: "the emulator is recognised by its registration there; mend it or set KLARNA_PERF_STATE",
    });
  }
  const process = await startEmulatorProcess(
    packageFiles().emulatorScript,
    {
      registryDir: join(state.path, "emulators"),
      port,
      quotas,
      level,
      latency: parseLatency(latency),
      seed,
      apiKeys: null,
    },
    clock,
  );
  const { url, caPem } = readRegistration(process.registration);
  return { url, caPem, ended: process.ended, close: () => process.stop() };
}

/** @throws UsageError `USAGE_LATENCY` */
export function parseLatency(text: string): EmulatorOptions["latency"] {
  const constant = parseDuration(text);
  if (constant !== undefined) return { kind: "constant", us: constant };
  const match = /^p50=([^,]+),p95=([^,]+)$/.exec(text);
  const p50Us = parseDuration(match?.[1] ?? "");
  const p95Us = parseDuration(match?.[2] ?? "");
  if (p50Us !== undefined && p95Us !== undefined) return { kind: "log-normal", p50Us, p95Us };
  throw new UsageError("USAGE_LATENCY", `\`${visible(text)}\` can't be read as a latency`, {
    hint: `give ${DURATION_FORM}, or p50=20ms,p95=60ms`,
  });
}
