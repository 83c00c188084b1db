import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Batch,
  effectiveCount,
  largestInflation,
  varianceInflation,
} from "./effective-size.ts";

/** A sample by the interval in which it ended, and how many of the cuts it lies at or beyond. */
interface Dated {
  readonly at: number;
  readonly level: number;
}

const CUTS = 3;

function batchesOf(samples: readonly Dated[]): Batch[] {
  const numbers = [...new Set(samples.map(({ at }) => at))].sort((a, b) => a - b);
  return numbers.map((at) => {
    const own = samples.filter((one) => one.at === at);
    const beyond = Array.from(
      { length: CUTS },
      (_, cut) => own.filter((s) => s.level > cut).length,
    );
    return { at, count: own.length, beyond };
  });
}

/** The docstring's formula, sample by sample. */
function naiveInflation(samples: readonly Dated[], length: number, cut: number): number {
  const first = Math.min(...samples.map(({ at }) => at));
  const batchOf = ({ at }: Dated): number => Math.floor((at - first) / length);
  const batches = new Set(samples.map(batchOf));
  const q = samples.filter(({ level }) => level > cut).length / samples.length;
  if (q === 0 || q === 1) return 0;
  let squares = 0;
  for (const batch of batches) {
    const own = samples.filter((one) => batchOf(one) === batch);
    squares += (own.filter(({ level }) => level > cut).length - q * own.length) ** 2;
  }
  const j = batches.size;
  return ((j / (j - 1)) * squares) / (samples.length * q * (1 - q));
}

/** Two-sided 95 % points of Student's t, from tables, for the degrees of freedom that a few batches have. */
const T: Readonly<Record<number, number>> = {
  ...{
    9: 2.2622,
    10: 2.2281,
    11: 2.201,
    12: 2.1788,
    13: 2.1604,
    14: 2.1448,
    15: 2.1314,
    16: 2.1199,
  },
  ...{
    17: 2.1098,
    18: 2.1009,
    19: 2.093,
    20: 2.086,
    21: 2.0796,
    22: 2.0739,
    23: 2.0687,
    24: 2.0639,
  },
  ...{
    25: 2.0595,
    26: 2.0555,
    27: 2.0518,
    28: 2.0484,
    29: 2.0452,
    30: 2.0423,
    31: 2.0395,
    32: 2.0369,
  },
  ...{ 33: 2.0345, 34: 2.0322, 35: 2.0301, 36: 2.0281, 37: 2.0262, 38: 2.0244, 39: 2.0227 },
};

function naiveLargest(samples: readonly Dated[]): number {
  const first = Math.min(...samples.map(({ at }) => at));
  let largest = 1;
  for (let cut = 0; cut < CUTS; cut++) {
    if (cut > 0 && samples.filter(({ level }) => level > cut).length < 10) continue;
    for (let length = 1; ; length *= 2) {
      const j = new Set(samples.map(({ at }) => Math.floor((at - first) / length))).size;
      if (j < 10) break;
      const v = naiveInflation(samples, length, cut);
      const t = T[j - 1];
      if (t === undefined) throw new Error(`no table for ${j - 1}`);
      if (v > 1 + 1.5 * Math.sqrt(2 / (j - 1))) largest = Math.max(largest, v * (t / 1.96) ** 2);
    }
  }
  return largest;
}

const dated = fc.record({
  at: fc.integer({ min: 3, max: 42 }),
  level: fc.integer({ min: 0, max: CUTS }),
});

test("the largest inflation is that of the formula, sample by sample", () => {
  fc.assert(
    fc.property(fc.array(dated, { minLength: 10, maxLength: 200, size: "max" }), (samples) => {
      const batches = batchesOf(samples);
      for (let cut = 0; cut < CUTS; cut++) {
        expect(varianceInflation(batches, cut)).toBeCloseTo(naiveInflation(samples, 1, cut), 9);
      }
      // The table has four decimals.
      const naive = naiveLargest(samples);
      expect(Math.abs(largestInflation(batches) / naive - 1)).toBeLessThan(2e-4);
    }),
  );
});

test("it is at most the number of samples, whole, and unknown with fewer than ten batches", () => {
  fc.assert(
    fc.property(fc.array(dated, { minLength: 1, maxLength: 100 }), (samples) => {
      const batches = batchesOf(samples);
      const { count, reason } = effectiveCount(batches);
      if (batches.length < 10) {
        expect([count, reason]).toEqual([
          null,
          expect.stringContaining(`there are ${batches.length}`),
        ]);
        return;
      }
      expect(Number.isSafeInteger(count)).toBe(true);
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(samples.length);
    }),
  );
});

test("each sample told ten times over inflates tenfold", () => {
  fc.assert(
    fc.property(fc.array(dated, { minLength: 20, maxLength: 120 }), (samples) => {
      const once = batchesOf(samples);
      fc.pre(once.length >= 2);
      const tenfold = batchesOf(samples.flatMap((one) => Array.from({ length: 10 }, () => one)));
      for (let cut = 0; cut < CUTS; cut++) {
        expect(varianceInflation(tenfold, cut)).toBeCloseTo(10 * varianceInflation(once, cut), 6);
      }
    }),
  );
});

test("it does not matter when the run began", () => {
  fc.assert(
    fc.property(fc.array(dated, { minLength: 20, maxLength: 100 }), fc.nat(1000), (samples, by) => {
      const later = samples.map(({ at, level }) => ({ at: at + by, level }));
      expect(effectiveCount(batchesOf(later))).toEqual(effectiveCount(batchesOf(samples)));
    }),
  );
});

test("a stall in one of sixty seconds makes its samples one event", () => {
  const stalled = Array.from({ length: 60 }, (_, at) => {
    const slow = at === 30 ? 20 : 0;
    return { at, count: 20, beyond: [slow] };
  });
  // Twenty of 1200 at once: v is about 20.
  expect(varianceInflation(stalled, 0)).toBeCloseTo(20.3, 0);
  expect(effectiveCount(stalled).count).toBeLessThan(60);
});

test("a cut with all samples beyond it, or none, says nothing", () => {
  const batches = Array.from({ length: 12 }, (_, at) => ({ at, count: 5, beyond: [5, 0] }));
  expect(effectiveCount(batches)).toEqual({ count: 60 });
});
