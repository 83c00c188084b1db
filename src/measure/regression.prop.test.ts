import fc from "fast-check";
import { expect, test } from "vitest";
import { studentByArea } from "./references.support.ts";
import { judgeRegression, type RunFigure } from "./regression.ts";

/** Runs that differ by factors, and runs that agree within a hundredth. */
const figures = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 5, maxLength: 20 }),
  fc.array(fc.integer({ min: 99_500, max: 100_500 }), { minLength: 5, maxLength: 20 }),
);

function figure(valueUs: number, censored = false): RunFigure {
  return { valueUs, censored, count: 100 };
}

test("beyond is what a further run of the same kind exceeds with less than the probability asked for", () => {
  fc.assert(
    fc.property(
      figures,
      fc.integer({ min: 1, max: 50_000_000 }),
      fc.boolean(),
      fc.constantFrom(0.005, 0.01, 0.03),
      (baseline, value, censored, falseAlarms) => {
        const { outcome, limitUs } = judgeRegression(
          baseline.map((us) => figure(us)),
          figure(value, censored),
          falseAlarms,
        );
        // How many standard errors of prediction a value lies above the mean of the logarithms, and how likely that is.
        const chance = (us: number): number => {
          const logs = baseline.map(Math.log);
          const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
          const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
          const error = Math.sqrt((squares / (logs.length - 1)) * (1 + 1 / logs.length));
          const t = (Math.log(us) - mean) / error;
          return t <= 0 ? 1 : 1 - studentByArea(t, logs.length - 1);
        };
        // At least so much above the geometric mean, whatever the spread.
        const product = baseline.reduce((sum, us) => sum + Math.log(us), 0) / baseline.length;
        const least = Math.max(1.02 * Math.exp(product), Math.exp(product) + 1);
        const limit = limitUs ?? Number.NaN;
        expect(limit).toBeGreaterThanOrEqual(Math.floor(least));
        expect(chance(limit + 1)).toBeLessThanOrEqual(falseAlarms + 1e-7);
        // And no higher than one of the two rules has it.
        expect(chance(limit) >= falseAlarms - 1e-7 || limit <= least + 1e-6 * least).toBe(true);
        expect(outcome).toBe(value > limit ? "beyond" : censored ? "undecided" : "within");
      },
    ),
    { numRuns: 60 },
  );
});
