import { expect, test } from "vitest";
import {
  hostileReport,
  passedReport,
  stressedReport,
} from "../../../../test/support/report-fixture.ts";
import type { Distribution, Report } from "../../schema.ts";
import type { Chart } from "./chart.ts";
import { hiddenPercentiles } from "./latency.ts";
import { pageCharts, pageData } from "./page-charts.ts";

function chart(report: Report, id: Chart["id"], ...more: [((name: string) => Distribution)?]) {
  const found = pageCharts(report, ...more).charts.find((one) => one.id === id);
  if (!found) throw new Error(`no chart ${id}`);
  return found;
}

const withoutRequests = (report: Report): Report => ({ ...report, requests: [] });

test("a short run gets dots, and no line for a percentile that is the maximum throughout", () => {
  const latency = chart(withoutRequests(passedReport()), "latency");
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
  const { edgesS } = pageCharts({ ...report, timeline });
  expect(edgesS).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
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
  expect(pageCharts(stressedReport()).bands).toEqual([
    { fromS: 0, toS: 10, label: "warm-up", kind: "phase" },
    { fromS: 10, toS: 30, label: "ramp", kind: "phase" },
    { fromS: 41, toS: 42, label: "runner gap", kind: "gap" },
  ]);
});

test("a run without a row draws nothing and says so", () => {
  const data = pageCharts({ ...passedReport(), timeline: [] });
  expect(data.edgesS).toEqual([]);
  expect(data.bands).toEqual([]);
});

test("a small run gets a mark for each request, in the order of becoming due", () => {
  const report = passedReport();
  const [first, second, ...rest] = report.requests;
  if (!first || !second) throw new Error("the fixture has requests");
  const failed = { ...second, outcome: "failed", what: "timeout", expected: false } as const;
  const latency = chart({ ...report, requests: [failed, first, ...rest] }, "latency");
  expect(latency.draw).toBe("requests");
  expect(latency.xs).toEqual([...latency.xs].sort((a, b) => a - b));
  expect(latency.fates.slice(0, 3)).toEqual([
    "answered as expected",
    "failed or unfinished",
    "answered as expected",
  ]);
  expect(latency.series.map(({ label }) => label)).toHaveLength(4);
  expect(latency.series[0]?.values.slice(0, 2)).toEqual([first.responseTimeUs, null]);
  expect(latency.serviceUs[0]).toBe(first.serviceTimeUs);
});

test("a spectrum ends at the largest sample, or where censored ones begin, and has the baseline beneath", () => {
  const report = stressedReport();
  const [create, read] = report.operations;
  if (!create || !read) throw new Error("the fixture has operations");
  const spectrum = chart(report, "spectrum", () => read.responseTime);
  const [created, , reading, baseline] = spectrum.series;
  const last = (values: readonly (number | null)[] = []) => values.filter((v) => v !== null).at(-1);
  expect(created?.values.at(-1)).toBeNull();
  expect(last(created?.values)).toBeLessThan(1_100_000);
  expect(last(reading?.values)).toBeLessThanOrEqual(read.responseTime.maxUs ?? 0);
  const p90 = read.responseTime.percentiles.find(({ p }) => p === 90)?.valueUs ?? 0;
  expect((reading?.values[spectrum.xs.indexOf(1)] ?? 0) / p90).toBeCloseTo(1, 3);
  expect(baseline).toMatchObject({ values: reading?.values, stroke: { color: "c-o2-pale" } });
});

test("a histogram that can't be read leaves its line out, and no more", () => {
  const report = passedReport();
  const operations = report.operations.map((one, i) =>
    i === 0 ? { ...one, responseTime: { ...one.responseTime, histogram: "bm8=" } } : one,
  );
  const { series } = chart({ ...report, operations }, "spectrum");
  expect(series.map(({ values }) => values.every((value) => value === null))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("the script reads no foreign text", () => {
  const text = JSON.stringify(pageData(pageCharts(hostileReport())));
  expect(text).not.toMatch(/script|alert|evil|planted/);
});
