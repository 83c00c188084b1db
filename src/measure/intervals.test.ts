import fc from "fast-check";
import { expect, test } from "vitest";
import { exponential, seededRandom } from "../base/random.ts";
import { CensoredHistogram } from "./censored.ts";
import { oneSidedBounds, percentileInterval } from "./intervals.ts";
import { lowerRank, samplesForLowerBound, samplesForUpperBound, upperRank } from "./ranks.ts";
import { independent, type Sample } from "./samples.ts";

function ascending(count: number, censored = 0): Sample {
  const h = new CensoredHistogram();
  for (let i = 1; i <= count; i++) h.record(i);
  for (let i = 1; i <= censored; i++) h.recordCensored(2000);
  return independent(h);
}

test.each([
  [50, 5],
  [90, 29],
  [95, 59],
  [99, 299],
  [99.9, 2995],
])("an upper bound of p%f needs %i samples", (p, needed) => {
  expect(samplesForUpperBound(p)).toBe(needed);
  expect(upperRank(needed, p, 0.05)).toBe(needed);
  expect(upperRank(needed - 1, p, 0.05)).toBeNull();
});

test("a lower bound of p50 needs 5 samples, of p95 one", () => {
  expect(samplesForLowerBound(50)).toBe(5);
  expect([lowerRank(4, 50, 0.05), lowerRank(5, 50, 0.05)]).toEqual([null, 1]);
  expect(samplesForLowerBound(95)).toBe(1);
  expect(lowerRank(1, 95, 0.05)).toBe(1);
});

test("ranks of a textbook table: the median of 20 lies between the 6th and the 15th at 95 %", () => {
  // Conover, "Practical Nonparametric Statistics", binomial (20, 0.5): P(B <= 5) = 0.0207, P(B <= 6) = 0.0577
  expect([lowerRank(20, 50, 0.025), upperRank(20, 50, 0.025)]).toEqual([6, 15]);
  expect(percentileInterval(ascending(20), 50)).toEqual({ interval: { lowUs: 6, highUs: 15 } });
});

test("ranks are the tightest that hold", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(50, 90, 95, 99), (n, p) => {
      const q = p / 100;
      const below = [0];
      let term = (1 - q) ** n;
      for (let i = 0; i <= n; i++) {
        below.push((below[i] ?? 0) + term);
        term *= ((n - i) / (i + 1)) * (q / (1 - q));
      }
      // below[r] is P(B <= r - 1)
      const naiveLower = below.findLastIndex((sum, r) => r <= n && sum <= 0.05 + 1e-12);
      const naiveUpper = below.findIndex((sum, r) => r >= 1 && sum >= 0.95 - 1e-12);
      fc.pre((1 - q) ** n > 1e-290);
      expect(lowerRank(n, p, 0.05) ?? 0).toBe(naiveLower);
      expect(upperRank(n, p, 0.05) ?? n + 1).toBe(naiveUpper);
    }),
  );
});

test("too few samples: no interval, and the number needed", () => {
  expect(percentileInterval(ascending(120), 99)).toEqual({
    interval: null,
    reason: "an upper bound of p99 needs 368 samples, there are 120",
  });
  expect(oneSidedBounds(ascending(58), 95)).toEqual({
    lowerUs: 52,
    upperUs: null,
    upperCensored: false,
    upperReason: "an upper bound of p95 needs 59 samples, there are 58",
  });
  expect(percentileInterval(independent(new CensoredHistogram()), 50).interval).toBeNull();
});

test("an upper rank among censored samples has no bound, and says so", () => {
  const h = ascending(95, 5);
  expect(oneSidedBounds(h, 95)).toEqual({
    lowerUs: 91,
    upperUs: null,
    upperCensored: true,
    upperReason: "the upper bound of p95 falls among the 5 censored samples",
  });
  expect(percentileInterval(h, 95)).toEqual({ interval: { lowUs: 90, highUs: null } });
  expect(oneSidedBounds(h, 50).upperUs).toBe(59);
});

test("dependent samples are worth fewer: the bounds move apart", () => {
  const { times } = ascending(1000);
  const worth = (count: number): Sample => ({ times, effective: { count } });
  expect(percentileInterval(worth(1000), 50).interval).toEqual({ lowUs: 469, highUs: 532 });
  expect(percentileInterval(worth(100), 50).interval).toEqual({ lowUs: 400, highUs: 610 });
  expect(() => oneSidedBounds(worth(1001), 50)).toThrow(RangeError);
});

test("samples that depend too much on one another have no bound, and the reason says what they are worth", () => {
  const { times } = ascending(1000);
  expect(oneSidedBounds({ times, effective: { count: 41 } }, 95)).toMatchObject({
    upperUs: null,
    upperReason:
      "an upper bound of p95 needs 59 independent samples, and the 1000 there are depend on one another so much that they are worth 41",
  });
  const unknown = { times, effective: { count: null, reason: "too short a run" } };
  expect(percentileInterval(unknown, 50)).toEqual({ interval: null, reason: "too short a run" });
  expect(oneSidedBounds({ times, effective: { count: 0 } }, 50).lowerUs).toBeNull();
});

test("four thousand million samples are decided in a moment", () => {
  expect(upperRank(4_000_000_000, 99.9, 0.05)).toBe(3_996_003_289);
});

test.each([
  [50, 40],
  [95, 200],
  [99, 800],
])("the interval of p%i over %i samples covers the truth as often as it says", (p, n) => {
  const random = seededRandom(20260901);
  const truth = -Math.log(1 - p / 100) * 100_000;
  const trials = 400;
  let covered = 0;
  let below = 0;
  for (let trial = 0; trial < trials; trial++) {
    const h = new CensoredHistogram();
    for (let i = 0; i < n; i++) h.record(Math.round(exponential(random) * 100_000));
    const { interval } = percentileInterval(independent(h), p);
    if (interval && interval.lowUs <= truth && truth <= (interval.highUs ?? Infinity)) covered++;
    const { upperUs } = oneSidedBounds(independent(h), p);
    if (upperUs !== null && upperUs >= truth) below++;
  }
  // Three standard errors below 95 % is 91.7 % of 400; it is not so wide that it covers always.
  expect(covered / trials).toBeGreaterThan(0.93);
  expect(covered / trials).toBeLessThan(1);
  expect(below / trials).toBeGreaterThan(0.917);
  expect(below / trials).toBeLessThan(1);
});
