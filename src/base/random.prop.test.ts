import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  exponential,
  freshSeed,
  isSeed,
  normal,
  pickWeighted,
  type Random,
  seededRandom,
} from "./random.ts";

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.next());
}

/** sfc32 and splitmix32 once more, in whole numbers of any size, cut to 32 bits after each step. */
function* reference(seed: number): Generator<bigint, never> {
  const cut = (n: bigint): bigint => BigInt.asUintN(32, n);
  let mixing = BigInt(seed);
  const splitmix = (): bigint => {
    mixing = cut(mixing + 0x9e3779b9n);
    let z = mixing;
    z = cut((z ^ (z >> 16n)) * 0x21f0aaadn);
    z = cut((z ^ (z >> 15n)) * 0x735a2d97n);
    return z ^ (z >> 15n);
  };
  let [a, b, c, counter] = [splitmix(), splitmix(), splitmix(), 1n];
  for (let drawn = 0; ; drawn++) {
    const sum = cut(a + b + counter);
    counter = cut(counter + 1n);
    a = b ^ (b >> 9n);
    b = cut(c + (c << 3n));
    c = cut(((c << 21n) | (c >> 11n)) + sum);
    if (drawn >= 12) yield sum;
  }
}

describe("seededRandom", () => {
  it("is sfc32 after 12 rounds of mixing, 53 bits of two draws", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const expected = reference(seed);
        const random = seededRandom(seed);
        for (let i = 0; i < 50; i++) {
          const high = expected.next().value >> 5n;
          const low = expected.next().value >> 6n;
          expect(random.next()).toBe(Number((high << 26n) | low) / 2 ** 53);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same numbers for the same seed, on every machine", () => {
    expect(draw(seededRandom(0), 3)).toEqual(draw(seededRandom(0), 3));
    expect(draw(seededRandom(1), 2)).toEqual([0.5636717720710586, 0.8959073941886353]);
  });

  it("is uniform in [0, 1): 16 bins by chi-squared, for many seeds", () => {
    // 15 degrees of freedom: chi-squared exceeds 49 in 1 of 60 000 samples.
    for (let seed = 0; seed < 100; seed++) {
      const bins = new Array<number>(16).fill(0);
      for (const u of draw(seededRandom(seed), 3200)) {
        const bin = Math.floor(u * 16);
        bins[bin] = (bins[bin] ?? Number.NaN) + 1;
      }
      const chi = bins.reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
      expect(chi, `seed ${seed}`).toBeLessThan(49);
    }
  });

  it("a fork depends on seed and purpose alone, and differs by purpose", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 20 }), (seed, drawnBefore) => {
        const used = seededRandom(seed);
        draw(used, drawnBefore);
        const fork = draw(used.fork("arrivals"), 3);
        expect(fork).toEqual(draw(seededRandom(seed).fork("arrivals"), 3));
        expect(fork).not.toEqual(draw(used.fork("scenarios"), 3));
        expect(fork).not.toEqual(draw(seededRandom(seed), 3));
      }),
    );
  });

  it("drawing from a fork leaves its parent as it was", () => {
    const parent = seededRandom(7);
    draw(parent.fork("one"), 100);
    expect(draw(parent, 3)).toEqual(draw(seededRandom(7), 3));
  });
});

describe("seeds", () => {
  it.each([0, 1, 0xffff_ffff])("%d is one", (n) => {
    expect(isSeed(n)).toBe(true);
  });
  it.each([-1, 0.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])("%d is none", (n) => {
    expect(isSeed(n)).toBe(false);
  });
  it("a fresh one is one, and not always the same", () => {
    const fresh = Array.from({ length: 20 }, freshSeed);
    expect(fresh.every(isSeed)).toBe(true);
    expect(new Set(fresh).size).toBeGreaterThan(15);
  });
});

/** A source that always draws the same. */
function always(u: number): Random {
  return { next: () => u, fork: () => always(u) };
}
const LARGEST = 1 - 2 ** -53;

describe("distributions", () => {
  it("exponential is the inverse of 1 - e^-x, and finite at both ends", () => {
    expect(exponential(always(0.5))).toBeCloseTo(Math.LN2, 15);
    expect(exponential(always(0)) + 0).toBe(0);
    expect(exponential(always(LARGEST))).toBeCloseTo(53 * Math.LN2, 10);
  });

  it("exponential has mean and variance 1", () => {
    const random = seededRandom(11);
    const { mean, variance } = moments(Array.from({ length: 50_000 }, () => exponential(random)));
    // Four standard errors: of the mean 1/sqrt(n), of the variance sqrt(8/n).
    expect(Math.abs(mean - 1)).toBeLessThan(4 / Math.sqrt(50_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(8 / 50_000));
  });

  it("normal has mean 0, variance 1, and 68.27 % within one standard deviation", () => {
    const random = seededRandom(12);
    const sample = Array.from({ length: 50_000 }, () => normal(random));
    const { mean, variance } = moments(sample);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(50_000));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 50_000));
    const within = sample.filter((x) => Math.abs(x) < 1).length / sample.length;
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.009);
  });
});

describe("pickWeighted", () => {
  it.each([
    [0, 0],
    [0.0999, 0],
    [0.1, 1],
    [0.3999, 1],
    [0.4, 3],
    [LARGEST, 3],
  ])("at %d of weights 1, 3, 0, 6 it is index %d", (u, index) => {
    expect(pickWeighted(always(u), [1, 3, 0, 6])).toBe(index);
  });

  it.each([[[]], [[0, 0]], [[Number.NaN]], [[1, -1]]])("refuses weights %j", (weights) => {
    expect(() => pickWeighted(always(0), weights)).toThrow(
      new RangeError("weights add up to nothing"),
    );
  });

  it("picks an index there is, whatever the weights", () => {
    const weights = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: LARGEST, noNaN: true }), (all, u) => {
        const index = pickWeighted(always(u), all);
        expect(all[index]).toBeGreaterThan(0);
      }),
    );
  });
});

function moments(sample: readonly number[]): { mean: number; variance: number } {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const variance = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1);
  return { mean, variance };
}
