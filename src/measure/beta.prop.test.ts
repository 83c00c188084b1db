import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialCdf } from "./beta.ts";
import { binomialAtLeast, binomialAtMost, PARTS } from "./references.support.ts";

const trials = fc.integer({ min: 1, max: 250 });
const parts = fc.integer({ min: 1, max: PARTS - 1 });

test("it is the exact sum of fractions, to twelve digits of it, in either tail", () => {
  fc.assert(
    fc.property(trials, fc.nat(250), parts, (n, any, of) => {
      const k = any % n;
      const exact = binomialAtMost(k, n, of);
      const beyond = binomialAtLeast(k + 1, n, of);
      // 1 - p is rounded, which moves a tail by as much as its trials.
      const slack = 1e-12 + n * 2e-16 * (1 + PARTS / (PARTS - of));
      expect(Math.abs(binomialCdf(k, n, of / PARTS) - exact)).toBeLessThanOrEqual(
        exact < 0.5 ? slack * exact + 1e-15 : slack,
      );
      // The upper tail as the lower one of the failures, as ranks ask for it.
      const mirrored = binomialCdf(n - k - 1, n, (PARTS - of) / PARTS);
      expect(Math.abs(mirrored - beyond)).toBeLessThanOrEqual(
        beyond < 0.5 ? slack * beyond + 1e-15 : slack,
      );
    }),
  );
});

test("at a half, which is exact, thirteen digits are right", () => {
  fc.assert(
    fc.property(trials, fc.nat(250), (n, any) => {
      const exact = binomialAtMost(any % n, n, PARTS / 2);
      expect(Math.abs(binomialCdf(any % n, n, 0.5) / exact - 1)).toBeLessThan(
        exact < 0.5 ? 3e-13 : 1e-13,
      );
    }),
    { numRuns: 500 },
  );
});

test("it grows with k and falls with p", () => {
  fc.assert(
    fc.property(trials, fc.nat(250), parts, (n, any, of) => {
      const k = any % n;
      const p = of / PARTS;
      expect(binomialCdf(k + 1, n, p)).toBeGreaterThanOrEqual(binomialCdf(k, n, p));
      expect(binomialCdf(k, n, Math.min(1, p + 0.01))).toBeLessThanOrEqual(binomialCdf(k, n, p));
    }),
  );
});

// Summed term by term with 60 digits (mpmath 1.3), of the binary numbers nearest to these p.
test.each([
  [9_450, 10_000, 0.95, 0.0124199321490094],
  [9_500, 10_000, 0.95, 0.5064066356891997],
  [9_550, 10_000, 0.95, 0.9905805202812088],
  [0, 50_000, 0.0001, 0.00673626261059953],
  [5, 50_000, 0.0001, 0.6159606549793005],
  [12, 50_000, 0.0001, 0.9979823501732116],
  [498_000, 1_000_000, 0.5, 0.0000318046687504124],
  [500_100, 1_000_000, 0.5, 0.579650706682163],
  [998_800, 1_000_000, 0.999, 4.58963860610159e-10],
  [999_000, 1_000_000, 0.999, 0.504211555167003],
  [999_100, 1_000_000, 0.999, 0.999380812489868],
  [99_899_000, 100_000_000, 0.999, 0.000795470143736557],
  [99_900_500, 100_000_000, 0.999, 0.943438128784569],
  [3_959_990_000, 4_000_000_000, 0.99, 0.0560318575692358],
  [3_960_012_000, 4_000_000_000, 0.99, 0.971744437649829],
])("P(B <= %i) of %i trials with %f", (k, n, p, exact) => {
  expect(Math.abs(binomialCdf(k, n, p) / exact - 1)).toBeLessThan(2e-10);
});

test("ends: nothing, everything, no trial", () => {
  expect([binomialCdf(-1, 5, 0.5), binomialCdf(5, 5, 0.5), binomialCdf(0, 0, 0.5)]).toEqual([
    0, 1, 1,
  ]);
  expect([binomialCdf(2, 5, 0), binomialCdf(2, 5, 1)]).toEqual([1, 0]);
});
