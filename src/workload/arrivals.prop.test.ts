import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../base/random.ts";
import { micros, type PerSecond, parseRate, perSecond, seconds } from "../base/units.ts";
import { arrivals, countArrivals, plannedDuration, stageArrivals } from "./arrivals.ts";
import type { OpenWorkload, Stage } from "./workload.ts";

type Plan = Pick<OpenWorkload, "arrivals" | "stages">;

function stage(
  from: number,
  to: number,
  durationS: number,
  phase: Stage["phase"] = "steady",
): Stage {
  return { phase, from: perSecond(from), to: perSecond(to), duration: seconds(durationS) };
}
function uniform(first: Stage, ...rest: Stage[]): Plan {
  return { arrivals: "uniform", stages: [first, ...rest] };
}
function poisson(first: Stage, ...rest: Stage[]): Plan {
  return { arrivals: "poisson", stages: [first, ...rest] };
}
function times(plan: Plan, seed = 1): number[] {
  return [...arrivals(plan, seededRandom(seed))].map(({ at }) => at);
}

const rates = fc.oneof(fc.constant(0), fc.double({ min: 0.05, max: 80, noNaN: true }));
const stages = fc.array(
  fc.record({ from: rates, to: rates, ms: fc.integer({ min: 1, max: 2500 }) }),
  { minLength: 1, maxLength: 4 },
);
function planOf(
  list: readonly { from: number; to: number; ms: number }[],
  kind: Plan["arrivals"],
): Plan {
  const [first = stage(0, 0, 1), ...rest] = list.map(({ from, to, ms }) =>
    stage(from, to, ms / 1000),
  );
  return { arrivals: kind, stages: [first, ...rest] };
}

const STEP_US = 50;

/** When the area under the rate reaches 0, 1, 2, …, by adding up small steps; good to a step. */
function byIntegration({ stages }: Plan): number[] {
  const found: number[] = [];
  let area = 0;
  let begun = 0;
  for (const { from, to, duration } of stages) {
    for (let t = 0; t < duration; t += STEP_US) {
      const middle = Math.min(t + STEP_US / 2, duration);
      const width = Math.min(STEP_US, duration - t);
      area += ((from + ((to - from) * middle) / duration) * width) / 1e6;
      while (area > found.length + 1e-6) found.push(begun + t);
    }
    begun += duration;
  }
  return found;
}

describe("uniform arrivals", () => {
  it.each<[string, Plan, number[]]>([
    ["5/s for 1 s", uniform(stage(5, 5, 1)), [0, 200_000, 400_000, 600_000, 800_000]],
    [
      "0.1/s for 30 s, which are 3 and not 4",
      uniform(stage(0.1, 0.1, 30)),
      [0, 10_000_000, 20_000_000],
    ],
    [
      "0.1/s for a little more",
      uniform(stage(0.1, 0.1, 30.001)),
      [0, 10_000_000, 20_000_000, 30_000_000],
    ],
    ["less than one", uniform(stage(0.5, 0.5, 1)), [0]],
    ["nothing", uniform(stage(0, 0, 10)), []],
    [
      "a ramp from nothing: area 1 of t²/2 is reached at sqrt(2)",
      uniform(stage(0, 2, 2)),
      [0, 1_414_213],
    ],
    ["a ramp to nothing", uniform(stage(2, 0, 2)), [0, 585_786]],
    [
      "a rest between two stages",
      uniform(stage(1, 1, 2), stage(0, 0, 5), stage(1, 1, 2)),
      [0, 1_000_000, 7_000_000, 8_000_000],
    ],
    [
      "a fraction carried into the next stage",
      uniform(stage(1, 1, 0.5), stage(2, 2, 1)),
      [0, 750_000, 1_250_000],
    ],
    ["a stage of no length", uniform(stage(1, 1, 0), stage(1, 1, 1)), [0]],
  ])("%s", (_, plan, due) => {
    expect(times(plan)).toEqual(due);
    expect(countArrivals(plan)).toBe(due.length);
  });

  it("of nothing are 0, and not less than nothing", () => {
    expect(Object.is(countArrivals(uniform(stage(0, 0, 10))), 0)).toBe(true);
  });

  it("belong to the phase of the stage in which they are due", () => {
    const plan = uniform(
      stage(1, 1, 2, "warm-up"),
      stage(1, 1, 1, "ramp"),
      stage(1, 1, 1, "steady"),
    );
    const phases = [...arrivals(plan, seededRandom(1))].map(({ phase }) => phase);
    expect(phases).toEqual(["warm-up", "warm-up", "ramp", "steady"]);
  });

  it("draw nothing", () => {
    const random = { next: () => expect.unreachable(), fork: () => expect.unreachable() };
    expect([...arrivals(uniform(stage(5, 5, 1)), random)].length).toBe(5);
  });

  it("are due where integration by small steps finds them", () => {
    fc.assert(
      fc.property(stages, (list) => {
        const plan = planOf(list, "uniform");
        const due = times(plan);
        const near = byIntegration(plan);
        // Where the area ends within the integration's error of a whole number, one of the two may see one more.
        const area = plan.stages.reduce((sum, one) => sum + stageArrivals(one), 0);
        if (Math.abs(area - Math.round(area)) > 1e-5) expect(due.length).toBe(near.length);
        for (const [k, at] of due.slice(0, near.length).entries()) {
          const around = near[k] ?? Number.NaN;
          // Near a rate of nothing a small area takes long to fill.
          const slack = STEP_US * 2 + (rateAt(plan, at) < 2 ? 20_000 : 0);
          expect(Math.abs(at - around), `arrival ${k}`).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("ascend, end before the plan does, begin at its first rate, and are as many as were counted", () => {
    fc.assert(
      fc.property(stages, (list) => {
        const plan = planOf(list, "uniform");
        const due = times(plan);
        expect(due.length).toBe(countArrivals(plan));
        expect(due).toEqual([...due].sort((a, b) => a - b));
        expect(due.at(-1) ?? 0).toBeLessThan(plannedDuration(plan.stages));
        if ((list[0]?.from ?? 0) > 0) expect(due[0]).toBe(0);
      }),
    );
  });

  it("do not drift: the last of a long plan is due to the microsecond", () => {
    const due = times(uniform(stage(3, 3, 3600)));
    expect(due.length).toBe(10_800);
    expect(due.at(-1)).toBe(Math.floor((10_799 / 3) * 1e6));
    expect(due.filter((at, k) => at !== Math.floor((k * 1e6) / 3)).length).toBe(0);
  });

  it.each(["0.1/s", "0.3/s", "0.7/s", "7/min", "33/h", "12.7/s"])(
    "of %s are the rate times the time, wherever that is whole",
    (text) => {
      const rate: PerSecond = parseRate(text) ?? perSecond(0);
      for (const periods of [1, 3, 7, 10, 30, 100]) {
        const durationS = periods / rate;
        const plan = uniform(stage(rate, rate, Math.round(durationS * 1e6) / 1e6));
        const whole = Math.abs(stageArrivals(plan.stages[0]) - periods) < 1e-9;
        if (whole) expect(times(plan).length).toBe(periods);
      }
    },
  );
});

describe("Poisson arrivals", () => {
  it("ascend, end before the plan does, and depend on the seed alone", () => {
    fc.assert(
      fc.property(stages, fc.nat(), (list, seed) => {
        const plan = planOf(list, "poisson");
        const due = times(plan, seed);
        expect(due).toEqual([...due].sort((a, b) => a - b));
        expect(due.at(-1) ?? 0).toBeLessThan(Math.max(1, plannedDuration(plan.stages)));
        expect(times(plan, seed)).toEqual(due);
      }),
    );
  });

  it("are a Poisson number: mean and variance are the area, over 2000 seeds", () => {
    const plan = poisson(stage(4, 4, 5), stage(2, 6, 5));
    const area = 40;
    const counts = Array.from({ length: 2000 }, (_, seed) => times(plan, seed).length);
    const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
    const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (counts.length - 1);
    // Four standard errors; the variance's is sqrt((area + 2 area^2) / n).
    expect(Math.abs(mean - area)).toBeLessThan(4 * Math.sqrt(area / 2000));
    expect(Math.abs(variance - area)).toBeLessThan(4 * Math.sqrt((area + 2 * area ** 2) / 2000));
    expect(countArrivals(plan)).toBe(area);
  });

  it("follow the rate: a ramp from nothing puts a quarter of them into its first half", () => {
    const plan = poisson(stage(0, 20, 10));
    const due = Array.from({ length: 200 }, (_, seed) => times(plan, seed)).flat();
    const early = due.filter((at) => at < 5e6).length / due.length;
    expect(Math.abs(early - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / due.length));
  });

  it("have gaps without memory: the share longer than the mean is 1/e", () => {
    const due = times(poisson(stage(50, 50, 200)), 3);
    const gaps = due.slice(1).map((at, i) => at - (due[i] ?? 0));
    const long = gaps.filter((gap) => gap > 20_000).length / gaps.length;
    expect(Math.abs(long - Math.exp(-1))).toBeLessThan(4 * Math.sqrt(0.2325 / gaps.length));
  });
});

it("a plan lasts as long as its stages together", () => {
  expect(plannedDuration([stage(1, 1, 2), stage(1, 1, 0.5)])).toBe(micros(2_500_000));
});

function rateAt({ stages }: Plan, at: number): number {
  let begun = 0;
  for (const { from, to, duration } of stages) {
    if (at < begun + duration) return from + ((to - from) * (at - begun)) / duration;
    begun += duration;
  }
  return 0;
}
