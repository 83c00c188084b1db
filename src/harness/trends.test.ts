import { expect, test } from "vitest";
import { passedReport } from "../../test/support/passed-report.ts";
import { stressedReport } from "../../test/support/stressed-report.ts";
import type { PastRun } from "../ledger/runs.ts";
import { historyFigures, trendsOf } from "./trends.ts";

function pastRun(day: number, more: Partial<PastRun> = {}): PastRun {
  const startedMs = Date.UTC(2026, 7, day, 10, 15);
  return {
    id: `smoke-${day}`,
    profile: "smoke",
    profileHash: "a".repeat(64),
    kind: "smoke",
    environment: "emulator",
    key: null,
    account: null,
    reportDir: `/reports/smoke-${day}`,
    startedMs,
    trippedMs: null,
    ended: {
      endedMs: startedMs + 12_000,
      verdict: "passed",
      exitCode: 0,
      sent: 12,
      figures: historyFigures(passedReport()),
    },
    ...more,
  };
}

test("a run's figures come out of the history as they went in", () => {
  const report = passedReport();
  const trends = trendsOf([pastRun(2)]);
  expect(trends.map(({ operation }) => operation)).toEqual(
    report.operations.map(({ name }) => name),
  );
  for (const [i, { responseTime, errorRatio }] of report.operations.entries()) {
    const { figures } = trends[i]?.points[0] ?? {};
    expect(figures?.p95Us).toEqual({
      value: responseTime.percentiles.find(({ p }) => p === 95)?.valueUs,
      censored: false,
    });
    expect(figures?.errorRatio).toEqual({ value: errorRatio.value, censored: false });
  }
});

test("a percentile among censored samples stays more than its value", () => {
  const report = stressedReport();
  const censored = report.operations.flatMap(({ name, responseTime }) =>
    responseTime.percentiles.filter((one) => one.censored && one.p === 99).map(() => name),
  );
  expect(censored.length).toBeGreaterThan(0);
  const ended = { endedMs: 1, verdict: "failed" as const, exitCode: 3, sent: 1 };
  const run = pastRun(1, { ended: { ...ended, figures: historyFigures(report) } });
  for (const { operation, points } of trendsOf([run])) {
    expect(points[0]?.figures.p99Us?.censored ?? false).toBe(censored.includes(operation));
  }
});

test("one line of figures for each operation in each place, the newest first", () => {
  const runs = [
    pastRun(9),
    pastRun(8, { environment: "klarna-test" }),
    pastRun(7, { ended: null }),
    pastRun(6),
  ];
  const create = trendsOf(runs).filter(({ operation }) => operation === "payment-request.create");
  expect(
    create.map(({ environment, points }) => [environment, points.map(({ run }) => run)]),
  ).toEqual([
    ["emulator", ["smoke-9", "smoke-6"]],
    ["klarna-test", ["smoke-8"]],
  ]);
});

test("what an earlier version kept, or nobody knows, is no figure", () => {
  const ended = { endedMs: 1, verdict: "passed" as const, exitCode: 0, sent: 1 };
  const figures = { "create p50Us": 12, "create p95Us": "x", "read p50Us": null };
  const [create, read] = trendsOf([pastRun(1, { ended: { ...ended, figures } })]);
  expect(create?.points[0]?.figures).toEqual({
    p50Us: { value: 12, censored: false },
    p95Us: null,
    p99Us: null,
    errorRatio: null,
  });
  expect(read?.points[0]?.figures.p50Us).toBeNull();
});
