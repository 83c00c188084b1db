import { normal, type Random } from "../base/random.ts";
import { CensoredHistogram } from "../measure/censored.ts";
import type { ComparedRun, Conditions } from "./schema/comparison.ts";

/** For tests: runs to compare, made up. */

export const CONDITIONS: Conditions = {
  profile: "baseline",
  profileHash: "a".repeat(64),
  environment: "emulator",
  quotas: [{ category: "payment-transaction-capture", quotaPerSecond: 12, capPerSecond: 13 }],
  host: { node: "v20.20.2", platform: "linux", arch: "x64", cpus: 8, cpuModel: "a model" },
};

/** The `day`-th of a series of runs. */
export function runOf(
  day: number,
  operations: Readonly<Record<string, readonly number[]>>,
  more: Partial<ComparedRun> = {},
): ComparedRun {
  const date = `2026-08-${String(day).padStart(2, "0")}`;
  return {
    id: `baseline-${date}`,
    startedAt: `${date}T10:15:00.000Z`,
    verdict: "passed",
    interrupted: false,
    compared: null,
    conditions: CONDITIONS,
    operations: Object.entries(operations).map(([name, us]) => {
      const times = new CensoredHistogram();
      for (const one of us) times.record(one);
      return {
        name,
        errorRatio: { value: 0, low: 0, high: 0.01 },
        responseTime: {
          count: us.length,
          effectiveCount: us.length,
          censored: 0,
          minUs: times.minUs,
          meanUs: times.meanUs,
          maxUs: times.maxUs,
          percentiles: [],
          ...times.encode(),
        },
      };
    }),
    ...more,
  };
}

/** Response times about a median, in microseconds. */
export function timesOf(random: Random, medianUs: number, count = 200): number[] {
  return Array.from({ length: count }, () => Math.round(medianUs * Math.exp(0.4 * normal(random))));
}
