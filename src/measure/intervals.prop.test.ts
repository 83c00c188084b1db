import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { oneSidedBounds, percentileInterval } from "./intervals.ts";
import { lowerRank, samplesForLowerBound, samplesForUpperBound, upperRank } from "./ranks.ts";
import { ascending, lowerRankOf, upperRankOf } from "./references.support.ts";

/** Below 2048 µs the histogram keeps every value apart, so that sorted arrays say exactly the same. */
const durations = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 2047 }), { minLength, maxLength, size: "max" });
const percentiles = fc.constantFrom(1, 25, 50, 75, 90, 95, 99, 99.9);
const errors = fc.constantFrom(0.005, 0.025, 0.05, 0.1);

function histogramOf(known: readonly number[], censored: readonly number[]): CensoredHistogram {
  const times = new CensoredHistogram();
  for (const us of known) times.record(us);
  for (const us of censored) times.recordCensored(us);
  return times;
}

test("ranks are those of the exact binomial sums", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 160 }), percentiles, errors, (n, p, error) => {
      expect(lowerRank(n, p, error)).toBe(lowerRankOf(n, p, error));
      expect(upperRank(n, p, error)).toBe(upperRankOf(n, p, error));
    }),
    { numRuns: 60 },
  );
});

test("as many samples as a bound is said to need are the least that have one", () => {
  fc.assert(
    fc.property(percentiles, fc.constantFrom(0.9, 0.95, 0.975, 0.99), (p, confidence) => {
      /** All samples on one side of the percentile, by multiplying. */
      const least = (share: number): number => {
        let n = 1;
        for (let all = share; all > (1 - confidence) * (1 + 1e-9); all *= share) n++;
        return n;
      };
      const [upper, lower] = [least(p / 100), least(1 - p / 100)];
      expect(samplesForUpperBound(p, confidence)).toBe(upper);
      expect(samplesForLowerBound(p, confidence)).toBe(lower);
      expect(upperRank(upper, p, 1 - confidence)).toBe(upper);
      expect(upperRank(upper - 1, p, 1 - confidence)).toBeNull();
      expect(lowerRank(lower, p, 1 - confidence)).toBe(1);
      expect(lowerRank(lower - 1, p, 1 - confidence)).toBeNull();
    }),
  );
});

test("bounds are the samples at these ranks, censored ones at their bound below and without end above", () => {
  fc.assert(
    fc.property(durations(1, 120), durations(0, 40), percentiles, (known, censored, p) => {
      const times = histogramOf(known, censored);
      const n = times.count;
      const least = ascending([...known, ...censored]);
      const most = ascending(known);
      const [lower, upper] = [lowerRankOf(n, p, 0.05), upperRankOf(n, p, 0.05)];
      const bounds = oneSidedBounds({ times, effective: { count: n } }, p);
      expect(bounds.lowerUs).toBe(lower === null ? null : least[lower - 1]);
      expect(bounds.upperUs).toBe(upper === null ? null : (most[upper - 1] ?? null));
      expect(bounds.upperCensored).toBe(upper !== null && upper > known.length);
    }),
    { numRuns: 60 },
  );
});

test("samples that are worth fewer have the ranks of fewer, spread over all of them and away from the percentile", () => {
  fc.assert(
    fc.property(durations(20, 150), fc.nat(), percentiles, (known, any, p) => {
      const times = histogramOf(known, []);
      const worth = 1 + (any % times.count);
      const sorted = ascending(known);
      const each = sorted.length / worth;
      const { interval } = percentileInterval({ times, effective: { count: worth } }, p);
      const [lower, upper] = [lowerRankOf(worth, p, 0.025), upperRankOf(worth, p, 0.025)];
      if (lower === null || upper === null) {
        expect(interval).toBeNull();
        return;
      }
      const lowAt = Math.max(1, Math.floor(lower * each));
      const highAt = Math.min(sorted.length, Math.ceil(upper * each));
      expect(interval).toEqual({ lowUs: sorted[lowAt - 1], highUs: sorted[highAt - 1] });
    }),
    { numRuns: 60 },
  );
});
