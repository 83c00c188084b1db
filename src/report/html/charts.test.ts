import { expect, test } from "vitest";
import { passedReport, stressedReport } from "../../../test/support/report-fixture.ts";
import type { Report } from "../schema.ts";
import { chartData, hiddenPercentiles } from "./charts.ts";

function chart(report: Report, id: "latency" | "throughput") {
  const found = chartData(report).charts.find((one) => one.id === id);
  if (!found) throw new Error(`no chart ${id}`);
  return found;
}

test("a small run gets dots, and no line for a percentile that is the maximum throughout", () => {
  const latency = chart(passedReport(), "latency");
  expect(latency.dots).toBe(true);
  expect(latency.scale).toBe("linear");
  expect(latency.series.map(({ label }) => label)).toEqual([
    "response p50",
    "response max",
    "service p50",
    "service p99",
  ]);
  expect(hiddenPercentiles(latency)).toEqual(["p95", "p99"]);
});

test("a run with a stall gets every line and a logarithmic axis", () => {
  const latency = chart(stressedReport(), "latency");
  expect(latency.dots).toBe(false);
  expect(latency.scale).toBe("log");
  expect(hiddenPercentiles(latency)).toEqual([]);
  expect(latency.series).toHaveLength(6);
});

test("rates are a second's, whatever the interval's length", () => {
  const report = passedReport();
  const timeline = report.timeline.map((row) => ({
    ...row,
    atS: row.atS * 5,
    lengthS: 5,
    planned: 10,
  }));
  const { startS, endS } = chartData({ ...report, timeline });
  expect([startS[1], endS[1]]).toEqual([5, 10]);
  const planned = chart({ ...report, timeline }, "throughput").series[0];
  expect(planned?.values).toEqual(timeline.map(() => 2));
});

test("marks stand where there were failures or drops, with their number", () => {
  const report = passedReport();
  const timeline = report.timeline.map((row, i) => ({
    ...row,
    failed: i === 2 ? 3 : 0,
    unexpected: i === 4 ? 1 : 0,
    dropped: i === 2 ? 7 : 0,
  }));
  const [failed, dropped] = chart({ ...report, timeline }, "throughput").marks;
  expect(failed).toMatchObject({ at: [2, 4], counts: [3, 1] });
  expect(dropped).toMatchObject({ at: [2], counts: [7] });
});

test("phases that are not steady, and gaps, are bands", () => {
  expect(chartData(stressedReport()).bands).toEqual([
    { fromS: 0, toS: 10, label: "warm-up", kind: "phase" },
    { fromS: 10, toS: 30, label: "ramp", kind: "phase" },
    { fromS: 41, toS: 42, label: "runner gap", kind: "gap" },
  ]);
});

test("a run without a row draws nothing and says so", () => {
  const data = chartData({ ...passedReport(), timeline: [] });
  expect(data.startS).toEqual([]);
  expect(data.bands).toEqual([]);
});
