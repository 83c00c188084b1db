import { expect, test } from "vitest";
import { studentCdf, studentQuantile } from "./student.ts";

// Abramowitz and Stegun, table 26.10, to its three or four decimals.
test.each([
  [0.975, 1, 12.706],
  [0.995, 1, 63.657],
  [0.975, 4, 2.776],
  [0.995, 4, 4.604],
  [0.975, 9, 2.262],
  [0.995, 10, 3.169],
  [0.975, 30, 2.042],
  [0.995, 60, 2.66],
  [0.975, 120, 1.98],
])("with probability %d and %i degrees of freedom it is %d", (probability, degrees, t) => {
  expect(studentQuantile(probability, degrees)).toBeCloseTo(t, 2);
  expect(studentCdf(studentQuantile(probability, degrees), degrees)).toBeCloseTo(probability, 10);
});

test("it is the integral of its density", () => {
  for (const degrees of [1, 2, 3, 5, 8, 29]) {
    // The density at 0 is the reciprocal of this integral over the whole line, by substitution t = tan.
    const density = (t: number): number => (1 + (t * t) / degrees) ** (-(degrees + 1) / 2);
    const area = (to: number): number => {
      const steps = 20_000;
      let sum = 0;
      for (let i = 0; i < steps; i++) {
        const angle = ((i + 0.5) / steps) * Math.atan(to);
        sum += density(Math.tan(angle)) / Math.cos(angle) ** 2;
      }
      return (sum * Math.atan(to)) / steps;
    };
    const whole = 2 * area(1e9);
    for (const t of [0.3, 1, 2.5, 6]) {
      expect(studentCdf(t, degrees)).toBeCloseTo(0.5 + area(t) / whole, 5);
    }
  }
});

test("it is symmetric, and near the normal distribution with many degrees of freedom", () => {
  expect(studentCdf(-1.3, 7)).toBeCloseTo(1 - studentCdf(1.3, 7), 12);
  expect(studentCdf(0, 3)).toBe(0.5);
  expect(studentQuantile(0.975, 5000)).toBeCloseTo(1.9604, 3);
});

test("other numbers are refused", () => {
  for (const degrees of [0, 1.5, Number.NaN]) {
    expect(() => studentCdf(1, degrees)).toThrow(RangeError);
  }
  for (const probability of [0.4, 1, Number.NaN]) {
    expect(() => studentQuantile(probability, 5)).toThrow(RangeError);
  }
});
