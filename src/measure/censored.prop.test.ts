import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram, rankOf } from "./censored.ts";

const durations = fc.array(fc.integer({ min: 0, max: 3_600_000_000 }), { maxLength: 60 });
const percentiles = fc.constantFrom(1, 25, 50, 75, 90, 95, 99, 99.9, 100);

function histogramOf(known: readonly number[], censored: readonly number[]): CensoredHistogram {
  const h = new CensoredHistogram();
  for (const us of known) h.record(us);
  for (const us of censored) h.recordCensored(us);
  return h;
}

/** Two values that the histogram can't tell apart: the same up to 11 leading bits. */
function bucketOf(us: number): number {
  const width = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, us))) - 10);
  return Math.floor(us / width) * width;
}

test("the percentile is known exactly when the least and the most possible answers agree", () => {
  fc.assert(
    fc.property(durations, durations, percentiles, (known, censored, p) => {
      fc.pre(known.length + censored.length > 0);
      const ascending = (a: number, b: number): number => a - b;
      const rank = Math.ceil((p * 10 * (known.length + censored.length)) / 1000);
      const least = [...known, ...censored].sort(ascending)[rank - 1] ?? Number.NaN;
      const most = [...known].sort(ascending)[rank - 1] ?? Number.POSITIVE_INFINITY;
      const result = histogramOf(known, censored).percentile(p);
      const agree = most !== Number.POSITIVE_INFINITY && bucketOf(least) === bucketOf(most);
      expect(result.censored).toBe(!agree);
      expect(bucketOf(result.valueUs ?? Number.NaN)).toBe(bucketOf(least));
      if (result.censored) expect(result.valueUs).toBeLessThanOrEqual(least);
      else expect(result.valueUs).toBeGreaterThanOrEqual(most);
    }),
  );
});

test("whatever the censored samples would have been, an order statistic lies between its bounds", () => {
  fc.assert(
    fc.property(
      durations,
      fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000_000 }), fc.integer({ min: 0, max: 1e9 }))),
      fc.nat(),
      (known, unseen, pick) => {
        const n = known.length + unseen.length;
        fc.pre(n > 0);
        const rank = 1 + (pick % n);
        const h = histogramOf(
          known,
          unseen.map(([bound]) => bound),
        );
        const truth = [...known, ...unseen.map(([bound, rest]) => bound + rest)];
        const value = truth.sort((a, b) => a - b)[rank - 1] ?? Number.NaN;
        expect(h.atLeastAtRank(rank)).toBeLessThanOrEqual(value);
        expect(h.atMostAtRank(rank) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(value);
      },
    ),
  );
});

test("count, minimum, mean and maximum are those of the known values", () => {
  fc.assert(
    fc.property(durations, durations, (known, censored) => {
      fc.pre(known.length > 0);
      const h = histogramOf(known, censored);
      const mean = known.reduce((sum, us) => sum + us, 0) / known.length;
      expect(h.count).toBe(known.length + censored.length);
      expect(h.censoredCount).toBe(censored.length);
      expect(h.maxUs).toBe(Math.max(...known));
      expect(bucketOf(h.minUs ?? Number.NaN)).toBe(bucketOf(Math.min(...known)));
      expect(Math.abs((h.meanUs ?? Number.NaN) - mean)).toBeLessThanOrEqual(1 + mean / 1024);
    }),
  );
});

test("merging in any order is recording together", () => {
  fc.assert(
    fc.property(durations, durations, durations, durations, (a, b, c, d) => {
      const together = histogramOf([...a, ...c], [...b, ...d]);
      const one = histogramOf(a, b);
      one.merge(histogramOf(c, d));
      const other = histogramOf(c, d);
      other.merge(histogramOf(a, b));
      for (const merged of [one, other]) {
        expect(merged.encode()).toEqual(together.encode());
        expect(merged.maxUs).toBe(together.maxUs);
        expect(merged.censoredMaxUs).toBe(together.censoredMaxUs);
      }
    }),
  );
});

test("decoding gives back what was encoded", () => {
  fc.assert(
    fc.property(durations, durations, (known, censored) => {
      const encoded = histogramOf(known, censored).encode();
      const decoded = CensoredHistogram.decode(encoded);
      expect(decoded.encode()).toEqual(encoded);
      expect([decoded.knownCount, decoded.censoredCount]).toEqual([known.length, censored.length]);
    }),
  );
});

test("a reset histogram is as new", () => {
  fc.assert(
    fc.property(durations, durations, durations, (before, censored, after) => {
      const h = histogramOf(before, censored);
      h.reset();
      for (const us of after) h.record(us);
      const fresh = histogramOf(after, []);
      expect(h.encode()).toEqual(fresh.encode());
      expect([h.minUs, h.maxUs, h.censoredMaxUs]).toEqual([fresh.minUs, fresh.maxUs, null]);
    }),
  );
});

test("ranks are exact where floating point is not", () => {
  expect(rankOf(99.9, 1000)).toBe(999); // 99.9 / 100 * 1000 is 999.0000000000001
  expect(rankOf(95, 20)).toBe(19);
  expect(rankOf(50, 1)).toBe(1);
  expect(rankOf(99.9, 4_320_000_000)).toBe(4_315_680_000);
  expect(() => rankOf(0, 10)).toThrow(RangeError);
});

test("edges: nothing, everything censored, zero, beyond the range", () => {
  expect(new CensoredHistogram().percentile(50)).toEqual({ valueUs: null, censored: false });
  const timedOut = histogramOf([], [10_000_000, 10_000_000]);
  expect(timedOut.percentile(50)).toEqual({ valueUs: 9_994_240, censored: true });
  expect(timedOut.minUs).toBeNull();
  expect(histogramOf([0, 0, 5], []).minUs).toBe(0);
  const days = histogramOf([1_000_000_000_000], []);
  expect(days.maxUs).toBe(1_000_000_000_000);
  expect(() => new CensoredHistogram().record(-1)).toThrow(RangeError);
  expect(() => new CensoredHistogram().recordCensored(Number.NaN)).toThrow(RangeError);
});
