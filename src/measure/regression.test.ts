import fc from "fast-check";
import { expect, test } from "vitest";
import { normal, seededRandom } from "../base/random.ts";
import { FALSE_ALARMS_MOST, judgeRegression, type RunFigure } from "./regression.ts";

function figure(valueUs: number | null, more: Partial<RunFigure> = {}): RunFigure {
  return { valueUs, censored: false, count: 1000, ...more };
}

test("the limit is the docstring's formula, with the t of a table", () => {
  const baseline = [100_000, 110_000, 95_000, 104_000, 99_000];
  const logs = baseline.map(Math.log);
  const mean = logs.reduce((a, b) => a + b) / 5;
  const s = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / 4);
  // t of 4 degrees of freedom at 97.5 %.
  const limit = Math.exp(mean + 2.776445 * s * Math.sqrt(1.2));
  const given = baseline.map((us) => figure(us));
  const { expectedUs, limitUs } = judgeRegression(given, figure(100_000), 0.025);
  expect(expectedUs).toBe(Math.round(Math.exp(mean)));
  expect(limitUs).toBe(Math.floor(limit));
  const at = (us: number): string => judgeRegression(given, figure(us), 0.025).outcome;
  expect([at(limitUs ?? 0), at((limitUs ?? 0) + 1)]).toEqual(["within", "beyond"]);
});

test("scaling every run scales the limit: latencies differ by factors", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 50_000, max: 200_000 }), { minLength: 5, maxLength: 12 }),
      fc.integer({ min: 2, max: 50 }),
      (baseline, by) => {
        const limitOf = (us: readonly number[]): number =>
          judgeRegression(
            us.map((one) => figure(one)),
            figure(1),
            0.005,
          ).limitUs ?? 0;
        const scaled = limitOf(baseline.map((us) => us * by));
        expect(Math.abs(scaled - by * limitOf(baseline))).toBeLessThanOrEqual(by + 1);
      },
    ),
  );
});

test("of runs without a change at most so many are called slower, whatever their spread", () => {
  const random = seededRandom(5);
  const run = (spread: number): RunFigure =>
    figure(Math.round(100_000 * Math.exp(spread * normal(random))));
  for (const [runs, spread] of [
    [5, 0.08],
    [10, 0.3],
  ] as const) {
    let beyond = 0;
    const trials = 4_000;
    for (let i = 0; i < trials; i++) {
      const baseline = Array.from({ length: runs }, () => run(spread));
      if (judgeRegression(baseline, run(spread), 0.03).outcome === "beyond") beyond++;
    }
    expect(beyond / trials).toBeGreaterThan(0.02);
    expect(beyond / trials).toBeLessThan(0.04);
  }
});

test("of six figures judged at once, three in a hundred comparisons at most have one that is called slower", () => {
  // The short form of bench/regression.mjs: three operations' p50 and p95 of 100 samples, 8 % between runs.
  const random = seededRandom(9);
  const runOf = (): RunFigure[] => {
    const spread = Math.exp(0.08 * normal(random));
    return Array.from({ length: 3 }).flatMap(() => {
      const times = Array.from(
        { length: 100 },
        () => 40_000 * spread * Math.exp(0.4 * normal(random)),
      ).sort((a, b) => a - b);
      return [50, 95].map((p) => figure(Math.round(times[p - 1] ?? 0)));
    });
  };
  let regressed = 0;
  const trials = 600;
  for (let i = 0; i < trials; i++) {
    const baseline = Array.from({ length: 5 }, runOf);
    const slower = runOf().some((one, k) => {
      const before = baseline.flatMap((run) => run[k] ?? []);
      return judgeRegression(before, one, FALSE_ALARMS_MOST / 6).outcome === "beyond";
    });
    if (slower) regressed++;
  }
  expect(regressed / trials).toBeLessThanOrEqual(FALSE_ALARMS_MOST);
});

test("runs that agree to the last digit still let a run be 2 % slower, and one microsecond", () => {
  const outcome = (of: number, now: number): string =>
    judgeRegression(
      Array.from({ length: 5 }, () => figure(of)),
      figure(now),
      0.005,
    ).outcome;
  expect([outcome(100_000, 102_000), outcome(100_000, 102_100)]).toEqual(["within", "beyond"]);
  expect([outcome(10, 11), outcome(10, 12), outcome(0, 1)]).toEqual(["within", "beyond", "within"]);
});

test.each<[string, RunFigure[], RunFigure, RegExp]>([
  ["four runs", Array.from({ length: 4 }, () => figure(9)), figure(99), /^5 baseline runs have to/],
  [
    "a run with few samples",
    [...Array.from({ length: 4 }, () => figure(9)), figure(9, { count: 39 })],
    figure(99),
    /^each run needs 40 samples, and one has 39/,
  ],
  [
    "a candidate without the operation",
    Array.from({ length: 5 }, () => figure(9)),
    figure(null, { count: 0 }),
    /^each run needs 40 samples, and one has 0/,
  ],
  [
    "a baseline run that timed out",
    [...Array.from({ length: 4 }, () => figure(9)), figure(9, { censored: true })],
    figure(99),
    /^in a baseline run it falls among censored/,
  ],
  [
    "a candidate censored below the limit",
    Array.from({ length: 5 }, () => figure(9)),
    figure(5, { censored: true }),
    /^it falls among censored samples, at more than 5 µs/,
  ],
])("%s decides nothing", (_what, baseline, candidate, reason) => {
  const judged = judgeRegression(baseline, candidate, 0.005);
  expect(judged.outcome).toBe("undecided");
  expect(judged.reason).toMatch(reason);
});

test("a candidate censored beyond the limit is slower, however long it would have taken", () => {
  const baseline = Array.from({ length: 5 }, () => figure(9));
  const judged = judgeRegression(baseline, figure(99, { censored: true }), 0.005);
  expect([judged.outcome, judged.reason]).toEqual([
    "beyond",
    "more than 99 µs, and a run like the 5 of the baseline stays within 10 µs",
  ]);
});
