import { expect, test } from "vitest";
import { normal, seededRandom } from "../base/random.ts";
import { CONDITIONS, runOf, timesOf } from "./compare.support.ts";
import { type CompareOptions, compareRuns } from "./compare.ts";
import type { ComparedRun } from "./schema/comparison.ts";
import { comparison as schema } from "./schema/comparison.ts";

const plain: CompareOptions = { judge: [], unlike: false, confirm: "no", problems: [] };

/** A series of runs that differ from one another by 8 %, and one more that is slower by a factor. */
function series(days: number, slower: number, seed = 1): [ComparedRun[], ComparedRun] {
  const random = seededRandom(seed);
  const run = (day: number, by: number): ComparedRun => {
    const spread = Math.exp(0.08 * normal(random)) * by;
    return runOf(day, {
      create: timesOf(random, 40_000 * spread),
      read: timesOf(random, 12_000 * spread),
    });
  };
  return [Array.from({ length: days }, (_, i) => run(i + 1, 1)), run(28, slower)];
}

test("one run beside one run: a difference, and never a verdict", () => {
  const [[before], after] = series(1, 3);
  if (!before) throw new Error("no run");
  const comparison = compareRuns([before], after, plain);
  expect(comparison.outcome).toBe("difference");
  expect(comparison.reason).toBe(
    "no regression can be told: that takes 5 baseline runs or more that are like this one, and there is 1",
  );
  expect(comparison.judged).toEqual([]);
  expect(comparison.operations.map(({ name }) => name)).toEqual(["create", "read"]);
  const p95 = comparison.operations[0]?.shift.find(({ p }) => p === 95);
  expect(p95?.differenceUs).toBe((p95?.candidateUs ?? 0) - (p95?.baselineUs ?? 0));
  expect(p95?.interval?.lowUs).toBeGreaterThan(0);
  expect(schema.parse(comparison)).toEqual(comparison);
});

test("five runs or more judge p50 and p95, and take differences from the newest", () => {
  const [before, after] = series(5, 2);
  const comparison = compareRuns(before.toReversed(), after, plain);
  expect(comparison.outcome).toBe("regressed");
  expect(comparison.judged.map(({ operation, figure }) => `${operation} ${figure}`)).toEqual([
    "create responseTime.p50",
    "create responseTime.p95",
    "read responseTime.p50",
    "read responseTime.p95",
  ]);
  expect(comparison.judged.every(({ outcome }) => outcome === "beyond")).toBe(true);
  expect(comparison.reason).toMatch(/^create responseTime\.p50: .* \(and 3 more\)$/);
  expect(comparison.baselines.at(-1)?.id).toBe("baseline-2026-08-05");
  expect(comparison.operations[0]?.baseline).toEqual(before[4]?.operations[0]?.responseTime);
});

test("the same target is not regressed", () => {
  const [before, after] = series(8, 1);
  const { outcome, reason } = compareRuns(before, after, plain);
  expect([outcome, reason]).toEqual([
    "not-regressed",
    "4 of 4 judged figures are known, all within what runs like the 8 of the baseline have",
  ]);
});

test("fewer figures to judge have narrower limits", () => {
  const [before, after] = series(6, 1);
  const limit = (judge: string[]): number =>
    compareRuns(before, after, { ...plain, judge }).judged[0]?.limitUs ?? 0;
  expect(limit(["create"])).toBeLessThan(limit(["create", "read"]));
});

test("at most three operations are judged unless named: those with the most samples", () => {
  const random = seededRandom(2);
  const run = (day: number): ComparedRun =>
    runOf(
      day,
      Object.fromEntries([3, 9, 5, 7].map((n) => [`op${n}`, timesOf(random, 1000, 50 + n)])),
    );
  const { judged } = compareRuns([1, 2, 3, 4, 5].map(run), run(6), plain);
  expect([...new Set(judged.map(({ operation }) => operation))]).toEqual(["op9", "op7", "op5"]);
});

test("what is not alike is not compared, and said", () => {
  const [before, after] = series(5, 2);
  const other = before.map((run) => ({
    ...run,
    conditions: { ...CONDITIONS, environment: "klarna-test" },
  }));
  const refused = compareRuns(other, after, plain);
  expect([refused.outcome, refused.operations, refused.judged]).toEqual(["not-compared", [], []]);
  expect(refused.reason).toBe(
    "no baseline run is like this one (environment: klarna-test, here emulator)",
  );
  const told = compareRuns(other, after, { ...plain, unlike: true });
  // For a difference, and no more: how unlike runs differ says nothing of these.
  expect([told.outcome, told.judged, told.operations.length]).toEqual(["difference", [], 2]);
  expect(told.baselines[0]?.unlike).toEqual([
    { what: "environment", baseline: "klarna-test", candidate: "emulator" },
  ]);
});

test.each<[string, Partial<ComparedRun>]>([
  ["invalid", { verdict: "invalid" }],
  ["stopped", { verdict: "stopped" }],
  ["interrupted", { interrupted: true }],
])("an %s run is no baseline", (ended, more) => {
  const [before, after] = series(5, 1);
  const { outcome, baselines } = compareRuns(
    before.map((run) => ({ ...run, ...more })),
    after,
    plain,
  );
  expect(outcome).toBe("not-compared");
  expect(baselines[0]?.unlike).toEqual([
    { what: "end", baseline: ended, candidate: "a run of its own" },
  ]);
});

test.each<[string, Partial<ComparedRun>]>([
  ["invalid", { verdict: "invalid" }],
  ["stopped", { verdict: "stopped" }],
  ["interrupted", { interrupted: true }],
])("an %s run is not judged", (ended, more) => {
  const [before, slow] = series(5, 2);
  expect(compareRuns(before, slow, plain).outcome).toBe("regressed");
  const after = { ...slow, ...more };
  const { outcome, reason, baselines, judged, operations } = compareRuns(before, after, plain);
  expect([outcome, judged, operations]).toEqual(["not-compared", [], []]);
  expect(reason).toBe(
    `this run was ${ended}: it did not measure what it was to, and nothing is judged by it`,
  );
  expect(baselines[0]?.unlike).toEqual([
    { what: "end", baseline: "a run of its own", candidate: ended },
  ]);
  const told = compareRuns(before, after, { ...plain, unlike: true });
  expect([told.outcome, told.judged, told.operations.length]).toEqual(["difference", [], 2]);
});

test("unlike runs among alike ones are left out of the judgement", () => {
  const [before, after] = series(5, 1);
  const odd = runOf(
    20,
    { create: [1, 2, 3] },
    { conditions: { ...CONDITIONS, profileHash: "b".repeat(64) } },
  );
  const { outcome, judged, operations } = compareRuns([...before, odd], after, plain);
  expect([outcome, judged[0]?.baselineUs.length]).toEqual(["not-regressed", 5]);
  expect(operations[0]?.baseline.count).toBe(200);
});

test("a second run decides when asked to: the same figure in both", () => {
  const [before, slow] = series(6, 2);
  const first = compareRuns(before, slow, { ...plain, confirm: "asked" });
  expect(first.outcome).toBe("unconfirmed");
  const confirm = { run: slow.id, beyond: first.judged };
  const [, fine] = series(6, 1, 3);
  const again = compareRuns(before, fine, { ...plain, confirm });
  expect([again.outcome, again.confirms]).toEqual(["not-regressed", slow.id]);
  const twice = compareRuns(before, slow, { ...plain, confirm });
  expect([twice.outcome, twice.reason.includes("as in the run before it")]).toEqual([
    "regressed",
    true,
  ]);
  const another = { run: slow.id, beyond: [{ operation: "other", figure: "responseTime.p50" }] };
  expect(compareRuns(before, slow, { ...plain, confirm: another }).outcome).toBe("not-regressed");
});

test("operations of one run alone are named", () => {
  const before = runOf(1, { create: [1, 2, 3], gone: [1] });
  const after = runOf(2, { create: [1, 2, 3], fresh: [1] });
  const { onlyInBaseline, onlyInCandidate, operations } = compareRuns([before], after, plain);
  expect([onlyInBaseline, onlyInCandidate, operations.length]).toEqual([["gone"], ["fresh"], 1]);
});

test("without any run there is nothing to compare with", () => {
  const { outcome, reason } = compareRuns([], runOf(1, { create: [1] }), plain);
  expect([outcome, reason]).toEqual(["not-compared", "there is no run to compare with yet"]);
});
