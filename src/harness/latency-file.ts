import { readFileSync } from "node:fs";
import * as z from "zod";
import { UsageError } from "../base/errors.ts";
import { LONGEST_ANSWER_US } from "../guard/emulated.ts";
import { visible } from "../guard/foreign-text.ts";
import { decodeHistogram } from "../measure/codec.ts";
import { Float64Histogram } from "../measure/float64-histogram.ts";
import { REPORT_SCHEMA_VERSION } from "../report/schema.ts";
import type { EmpiricalLatency, Quantiles } from "./emulator-process.ts";

/** As much of a report as is needed, so that one of an older or newer version will do as well. */
const recordedSchema = z.object({
  schemaVersion: z.number(),
  run: z.object({ tool: z.object({ name: z.literal("klarna-perf") }) }),
  operations: z.array(
    z.object({
      name: z.string(),
      serviceTime: z.object({ histogram: z.string(), censoredHistogram: z.string() }),
    }),
  ),
});

/** Below this quantile a table has one point in a thousandth; above, in the tail, every one there is. */
const TAIL_FROM = 0.99;
const STEP = 0.001;

/** Samples in one bucket of a histogram, which lie somewhere between two values. */
export interface Bucket {
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
}

/**
 * Reads the service times that a run recorded, as tables that the emulator draws from. Time-outs count as long as they
 * were waited for, so that what is replayed is a little kinder than what was; operations that the run did not call
 * get the distribution of all that it did.
 *
 * @param path of a report.json
 * @throws UsageError `USAGE_LATENCY_FROM` for what is no such report, or has no service times
 */
export function readLatencyFile(path: string): EmpiricalLatency {
  const operations = recordedIn(path).map(({ name, serviceTime }) => ({
    name,
    buckets: [
      ...bucketsOf(path, serviceTime.histogram),
      ...bucketsOf(path, serviceTime.censoredHistogram),
    ],
  }));
  const all = operations.flatMap(({ buckets }) => buckets);
  if (all.length === 0) throw unusable(path, "it has no service times in its steady phase");
  return {
    kind: "empirical",
    operations: Object.fromEntries(
      operations
        .filter(({ buckets }) => buckets.length > 0)
        .map(({ name, buckets }) => [name, quantilesOf(buckets)]),
    ),
    otherwise: quantilesOf(all),
  };
}

function recordedIn(path: string): z.infer<typeof recordedSchema>["operations"] {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw unusable(path, "it is not JSON", cause);
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw unusable(path, `it can't be read: ${code}`, cause);
  }
  const parsed = recordedSchema.safeParse(raw);
  if (!parsed.success) throw unusable(path, "it is not a report of klarna-perf");
  if (parsed.data.schemaVersion !== REPORT_SCHEMA_VERSION) {
    throw unusable(
      path,
      `it is of version ${parsed.data.schemaVersion}, and version ${REPORT_SCHEMA_VERSION} is read`,
    );
  }
  return parsed.data.operations;
}

/**
 * @param base64 as reports and logs hold it; empty where there are no samples
 * @throws UsageError `USAGE_LATENCY_FROM` for a broken one
 */
export function bucketsOf(path: string, base64: string): Bucket[] {
  if (base64 === "") return [];
  try {
    const { lowest, digits, buckets } = decodeHistogram(base64);
    // It holds no counts: it knows where the buckets of this layout lie.
    const layout = new Float64Histogram(lowest, lowest * 2, digits);
    return buckets.map(({ index, count }) => {
      const fromUs = layout.valueFromIndex(index);
      return { fromUs, toUs: layout.highestEquivalentValue(fromUs), count };
    });
  } catch (cause) {
    throw unusable(path, "one of its histograms is broken", cause);
  }
}

/** The distribution function: a straight line within each bucket, a step between two. */
export function quantilesOf(unordered: readonly Bucket[]): Quantiles {
  const buckets = [...unordered].sort((a, b) => a.fromUs - b.fromUs);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const at: number[] = [];
  const us: number[] = [];
  const point = (rank: number, valueUs: number): void => {
    const p = rank / total;
    const before = at.at(-1);
    if (before !== undefined && p < TAIL_FROM && p - before < STEP && p !== before) return;
    at.push(p);
    us.push(Math.max(us.at(-1) ?? 0, Math.min(Math.round(valueUs), LONGEST_ANSWER_US)));
  };
  let rank = 0;
  for (const { fromUs, toUs, count } of buckets) {
    point(rank, fromUs);
    rank += count;
    point(rank, toUs);
  }
  return { at, us };
}

function unusable(path: string, why: string, cause?: unknown): UsageError {
  return new UsageError(
    "USAGE_LATENCY_FROM",
    `\`${visible(path)}\` can't be used for latencies: ${why}`,
    { hint: "give the report.json of a run of klarna-perf", cause },
  );
}
