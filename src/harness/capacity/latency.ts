import { readFileSync } from "node:fs";
import { UsageError } from "../../base/errors.ts";
import { formatMicros, parseDuration } from "../../base/units.ts";
import { LONGEST_ANSWER_US } from "../../guard/emulated.ts";
import { visible } from "../../guard/foreign-text.ts";
import type { Latency } from "../../model/latency.ts";
import { DEFAULT_LATENCY, LATENCY_FORM, readLatency } from "../../profile/emulator-words.ts";
import type { EmpiricalLatency, Quantiles } from "../emulator-process.ts";
import { readLatencyFile } from "../latency-file.ts";
import { LATENCY_UNITS, type LatencyUnit, readLatencyLog } from "./latency-log.ts";

/** How long answers take, and the same in words. */
export interface GivenLatency {
  readonly latency: Latency;
  readonly words: string;
}

export interface LatencyRequest {
  /** `20ms`, `p50=20ms,p95=60ms` or `p50=20ms,p95=60ms,p99=200ms`. */
  readonly latency?: string;
  /** A report.json, or an HdrHistogram log. */
  readonly latencyFrom?: string;
  /** Of the log's values. */
  readonly latencyUnit?: string;
}

const FORM = `${LATENCY_FORM}; with p99 as well: p50=20ms,p95=60ms,p99=200ms`;
const LOG_START = /^(?:#|"StartTimestamp")/;

/**
 * @param otherwise the profile's own, in the same words
 * @throws UsageError `USAGE_LATENCY`, `USAGE_LATENCY_FROM` or `USAGE_LATENCY_UNIT`
 */
export function givenLatency(
  { latency, latencyFrom, latencyUnit }: LatencyRequest,
  otherwise: string = DEFAULT_LATENCY,
): GivenLatency {
  if (latency !== undefined && latencyFrom !== undefined) {
    throw new UsageError("USAGE_LATENCY", "a latency and a file of latencies exclude each other", {
      hint: "leave one of them out",
    });
  }
  if (latencyFrom === undefined) {
    const words = latency ?? otherwise;
    const read = readLatency(words) ?? threePercentiles(words);
    if (read) return { latency: read, words };
    throw new UsageError("USAGE_LATENCY", `\`${visible(words)}\` can't be read as a latency`, {
      hint: `give ${FORM}`,
    });
  }
  const unit = unitOf(latencyUnit);
  if (isLog(latencyFrom)) {
    const quantiles = readLatencyLog(latencyFrom, unit);
    const words = `the HdrHistogram log ${visible(latencyFrom)}, ${medianWords(quantiles)}`;
    const latency = mutable({ kind: "empirical", operations: {}, otherwise: quantiles });
    return { latency, words };
  }
  const recorded = readLatencyFile(latencyFrom);
  const words = `the service times of ${visible(latencyFrom)}, ${medianWords(recorded.otherwise)}`;
  return { latency: mutable(recorded), words };
}

/** Every latency so many times as long, at most what Klarna itself waits. */
export function scaledLatency(latency: Latency, factor: number): Latency {
  const scaled = (us: number): number => Math.min(LONGEST_ANSWER_US, Math.round(us * factor));
  const table = ({ at, us }: Quantiles) => ({ at: [...at], us: us.map(scaled) });
  switch (latency.kind) {
    case "constant":
      return { kind: "constant", us: scaled(latency.us) };
    case "log-normal":
      return { kind: "log-normal", p50Us: scaled(latency.p50Us), p95Us: scaled(latency.p95Us) };
    case "empirical":
      return {
        kind: "empirical",
        operations: Object.fromEntries(
          Object.entries(latency.operations).map(([name, quantiles]) => [name, table(quantiles)]),
        ),
        otherwise: table(latency.otherwise),
      };
  }
}

/** The standard normal distribution's quantiles that people state latencies by. */
const STATED = [
  { name: "p50", z: 0 },
  { name: "p95", z: 1.6449 },
  { name: "p99", z: 2.3263 },
] as const;
/** The table reaches from the 0.003 % to the 99.997 % quantile. */
const Z_MAX = 4;
const Z_STEP = 0.02;

/**
 * Through three percentiles: on a straight line between two of them in the logarithm of the time over the normal quantile, and
 * on the same lines beyond them. Where the three lie on one line it is log-normal.
 */
function threePercentiles(text: string): Latency | undefined {
  const match = /^p50=([^,]+),p95=([^,]+),p99=([^,]+)$/.exec(text);
  const logs = STATED.map((_, i) => Math.log(parseDuration(match?.[i + 1] ?? "") ?? Number.NaN));
  const [p50 = Number.NaN, p95 = Number.NaN, p99 = Number.NaN] = logs;
  if (!Number.isFinite(p50) || !(p95 >= p50) || !(p99 >= p95)) return undefined;
  if (Math.exp(p99) > LONGEST_ANSWER_US + 1) return undefined;
  const [, at95, at99] = STATED;
  const below = (p95 - p50) / at95.z;
  const above = (p99 - p95) / (at99.z - at95.z);
  const logAt = (z: number): number => (z <= at95.z ? p50 + below * z : p95 + above * (z - at95.z));
  const at: number[] = [0];
  const us: number[] = [Math.round(Math.exp(logAt(-Z_MAX)))];
  for (let i = 1; i < (2 * Z_MAX) / Z_STEP; i++) {
    const z = -Z_MAX + i * Z_STEP;
    at.push(normalCdf(z));
    us.push(Math.min(LONGEST_ANSWER_US, Math.round(Math.exp(logAt(z)))));
  }
  at.push(1);
  us.push(Math.min(LONGEST_ANSWER_US, Math.round(Math.exp(logAt(Z_MAX)))));
  return { kind: "empirical", operations: {}, otherwise: { at, us } };
}

/** M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 26.2.17: within 7.5e-8. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}

function medianWords({ at, us }: Quantiles): string {
  const middle = at.findIndex((p) => p >= 0.5);
  return `median ${formatMicros(us[middle] ?? 0)}`;
}

function mutable({ operations, otherwise }: EmpiricalLatency): Latency {
  const copy = ({ at, us }: Quantiles) => ({ at: [...at], us: [...us] });
  return {
    kind: "empirical",
    operations: Object.fromEntries(
      Object.entries(operations).map(([name, quantiles]) => [name, copy(quantiles)]),
    ),
    otherwise: copy(otherwise),
  };
}

/** A log says so in its first characters; what can't be read is left to whoever reads it. */
function isLog(path: string): boolean {
  try {
    return LOG_START.test(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
}

function unitOf(text: string | undefined): LatencyUnit | undefined {
  if (text === undefined) return undefined;
  const unit = LATENCY_UNITS.find((one) => one === text);
  if (unit) return unit;
  throw new UsageError("USAGE_LATENCY_UNIT", `\`${visible(text)}\` is no unit of a log's values`, {
    hint: `give ${LATENCY_UNITS.join(", ")}`,
  });
}
