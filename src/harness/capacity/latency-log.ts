import { readFileSync } from "node:fs";
import { UsageError } from "../../base/errors.ts";
import { visible } from "../../guard/foreign-text.ts";
import { parseLogLine } from "../../measure/interval-log.ts";
import { type Bucket, bucketsOf, quantilesOf } from "../latency-file.ts";

/** What the values of an HdrHistogram log may be in: the format has no place to say it. */
export const LATENCY_UNITS = ["ns", "us", "ms"] as const;
export type LatencyUnit = (typeof LATENCY_UNITS)[number];

const US_PER: Readonly<Record<LatencyUnit, number>> = { ns: 0.001, us: 1, ms: 1000 };

/**
 * Reads all histograms of an HdrHistogram interval log as one distribution, whatever their tags.
 *
 * @throws UsageError `USAGE_LATENCY_UNIT` without a unit; `USAGE_LATENCY_FROM`, naming the line, for a line that is not of
 * such a log, and for a log without a value
 */
export function readLatencyLog(path: string, unit: LatencyUnit | undefined) {
  if (unit === undefined) {
    throw new UsageError("USAGE_LATENCY_UNIT", "a log does not say what its values are in", {
      hint: `add --latency-unit and ${LATENCY_UNITS.join(", ")}: most tools write ns, wrk2 and klarna-perf us`,
    });
  }
  const perValue = US_PER[unit];
  const buckets: Bucket[] = [];
  readFileSync(path, "utf8")
    .split(/\r?\n/)
    .forEach((line, i) => {
      const entry = parseLogLine(line);
      if (entry === null) return;
      if (entry === undefined)
        throw unusable(path, "it is not a line of an HdrHistogram log", i + 1);
      for (const { fromUs, toUs, count } of bucketsOf(path, entry.histogram)) {
        buckets.push({ fromUs: fromUs * perValue, toUs: toUs * perValue, count });
      }
    });
  if (buckets.length === 0) throw unusable(path, "it holds no value");
  return quantilesOf(buckets);
}

function unusable(path: string, why: string, line?: number): UsageError {
  return new UsageError(
    "USAGE_LATENCY_FROM",
    `\`${visible(path)}\` can't be used for latencies: ${why}`,
    {
      hint: "give an HdrHistogram interval log (format 1.2 or 1.3), or the report.json of a run of klarna-perf",
      ...(line === undefined ? {} : { place: { file: path, line } }),
    },
  );
}
