import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialCdf } from "./beta.ts";
import { proportionBounds, proportionInterval } from "./proportion.ts";

/** From exact binomial sums, solved to 50 digits' worth of bisection. */
test.each([
  [0, 20, 0, 0.168433],
  [1, 20, 0.001265, 0.248733],
  [10, 100, 0.049005, 0.176223],
  [3, 1000, 0.000619, 0.008742],
  [59, 60, 0.910601, 0.999578],
  [20, 20, 0.831567, 1],
])("two-sided: %i of %i is between %f and %f", (count, of, low, high) => {
  const interval = proportionInterval(count, of);
  expect(interval.value).toBe(count / of);
  expect(interval.low).toBeCloseTo(low, 6);
  expect(interval.high).toBeCloseTo(high, 6);
});

test.each([
  [0, 59, 0, 0.049508], // 59 flawless trials just show less than 5 %
  [0, 58, 0, 0.050339],
  [1, 20, 0.002561, 0.216106],
  [10, 100, 0.055263, 0.163718],
])("one-sided: %i of %i is at least %f and at most %f", (count, of, low, high) => {
  const bounds = proportionBounds(count, of);
  expect(bounds.low).toBeCloseTo(low, 6);
  expect(bounds.high).toBeCloseTo(high, 6);
});

test("no trial, no proportion", () => {
  expect(proportionInterval(0, 0)).toEqual({ value: null, low: null, high: null });
});

test("numbers that are no proportion are refused", () => {
  for (const [count, of] of [
    [-1, 5],
    [6, 5],
    [0.5, 5],
  ] as const) {
    expect(() => proportionInterval(count, of)).toThrow(RangeError);
  }
});

test("rare among very many: as Poisson's interval", () => {
  // 3 events: exact Poisson limits 0.618672 and 8.767273 (Garwood 1936)
  const { low, high } = proportionInterval(3, 1_000_000_000);
  expect((low ?? 0) * 1e9).toBeCloseTo(0.618672, 4);
  expect((high ?? 0) * 1e9).toBeCloseTo(8.767273, 4);
});

test("the binomial distribution agrees with its sum, term by term", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.nat(400),
      fc.double({ min: 0.0005, max: 0.9995, noNaN: true }),
      (n, k, p) => {
        let term = (1 - p) ** n;
        let sum = 0;
        for (let i = 0; i <= Math.min(k, n); i++) {
          sum += term;
          term *= ((n - i) / (i + 1)) * (p / (1 - p));
        }
        fc.pre((1 - p) ** n > 1e-290); // below, the naive sum starts from nothing
        expect(Math.abs(binomialCdf(k, n, p) - Math.min(1, sum))).toBeLessThan(1e-10);
      },
    ),
  );
});

test("the binomial distribution of a billion trials agrees with the normal one in the middle", () => {
  const n = 1_000_000_000;
  const sd = Math.sqrt(n * 0.999 * 0.001);
  // Phi(1) = 0.841345, Phi(-1.959964) = 0.025; skewness moves them by about 1e-5 here
  expect(binomialCdf(Math.round(0.999 * n + sd), n, 0.999)).toBeCloseTo(0.841345, 3);
  expect(binomialCdf(Math.round(0.999 * n - 1.959964 * sd), n, 0.999)).toBeCloseTo(0.025, 3);
});
