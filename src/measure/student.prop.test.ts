import fc from "fast-check";
import { expect, test } from "vitest";
import { studentByArea } from "./references.support.ts";
import { studentCdf, studentQuantile } from "./student.ts";

const points = fc.double({ min: 0, max: 15, noNaN: true });

test("it is the area below its density", () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 200 }), (t, degrees) => {
      expect(Math.abs(studentCdf(t, degrees) - studentByArea(t, degrees))).toBeLessThan(1e-8);
    }),
    { numRuns: 40 },
  );
});

test("one, two and four degrees of freedom have formulas of their own", () => {
  fc.assert(
    fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (t) => {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 12);
      expect(studentCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 12);
      const u = t / Math.sqrt(4 + t * t);
      expect(studentCdf(t, 4)).toBeCloseTo(0.5 + 0.75 * (u - u ** 3 / 3), 12);
    }),
  );
});

// The incomplete beta function with 60 digits (mpmath 1.3).
test.each([
  [0.3, 4, 0.61043928586127],
  [12, 4, 0.999861785725749],
  [2, 29, 0.972528181408516],
  [5, 99, 0.99999875930199],
  [2, 1000, 0.977114826753374],
  [0.3, 8638, 0.617907812792065],
  [5, 8638, 0.999999707710584],
])("P(T <= %f) with %i degrees of freedom", (t, degrees, exact) => {
  expect(studentCdf(t, degrees)).toBeCloseTo(exact, 12);
});

test("a quantile is where the distribution has its probability, and lies higher the fewer the degrees", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.5, max: 0.9999, noNaN: true }),
      fc.integer({ min: 1, max: 300 }),
      (probability, degrees) => {
        const t = studentQuantile(probability, degrees);
        expect(studentCdf(t, degrees)).toBeCloseTo(probability, 10);
        expect(studentQuantile(probability, degrees + 1)).toBeLessThanOrEqual(t * (1 + 1e-9));
      },
    ),
  );
});
