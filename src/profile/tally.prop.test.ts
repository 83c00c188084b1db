import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { micros, perSecond } from "../base/units.ts";
import { arrivals } from "../workload/arrivals.ts";
import type { OpenWorkload, Scenario, Stage } from "../workload/workload.ts";
import { tallyJourneys } from "./tally.ts";

const rate = fc.integer({ min: 0, max: 5000 }).map((n) => perSecond(n / 100));
const stage: fc.Arbitrary<Stage> = fc.record({
  phase: fc.constantFrom("warm-up", "ramp", "steady"),
  from: rate,
  to: rate,
  duration: fc.integer({ min: 1, max: 20_000_000 }).map(micros),
});
const scenario = (name: string, weight: number): Scenario => ({
  name,
  weight,
  steps: [{ operation: "o", category: "c", thinkTime: micros(0) }],
});

function workload(
  stages: readonly Stage[],
  kind: OpenWorkload["arrivals"],
  weights: readonly number[],
): OpenWorkload {
  const [first, ...rest] = stages;
  const [one = 1, ...more] = weights;
  if (!first) throw new Error("no stages");
  return {
    model: "open",
    arrivals: kind,
    stages: [first, ...rest],
    scenarios: [scenario("s", one), ...more.map((weight, i) => scenario(`s${i}`, weight))],
    maxInFlight: 1,
    maxLateness: undefined,
    requestTimeout: micros(1),
    drainTimeout: micros(0),
  };
}

test("the closed form counts what the generator makes", () => {
  fc.assert(
    fc.property(fc.array(stage, { minLength: 1, maxLength: 5 }), (stages) => {
      const plan = workload(stages, "uniform", [1]);
      const made = [...arrivals(plan, seededRandom(0))];
      const steady = made.filter(({ phase }) => phase === "steady").length;
      expect(tallyJourneys(plan, 0)).toEqual({
        scenarios: [{ all: made.length, steady }],
        counts: "exact",
      });
    }),
    { numRuns: 300 },
  );
});

test("a walked schedule has as many journeys as the generator makes, whatever the weights", () => {
  fc.assert(
    fc.property(
      fc.array(stage, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("uniform" as const, "poisson" as const),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
      fc.nat(0xffff_ffff),
      (stages, kind, weights, seed) => {
        const plan = workload(stages, kind, weights);
        const { scenarios, counts } = tallyJourneys(plan, seed);
        const made = [...arrivals(plan, seededRandom(seed).fork("arrivals"))];
        expect(counts).toBe("exact");
        expect(scenarios.reduce((sum, { all }) => sum + all, 0)).toBe(made.length);
        expect(scenarios.reduce((sum, { steady }) => sum + steady, 0)).toBe(
          made.filter(({ phase }) => phase === "steady").length,
        );
      },
    ),
    { numRuns: 100 },
  );
});
