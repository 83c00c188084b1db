import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { answered, due, failed, MemoryRecord, sent } from "../measure/record.support.ts";
import { Recorder } from "../measure/recorder.ts";
import { steadyFigures } from "../measure/steady-figures.ts";
import { summarise } from "../measure/summary.ts";
import { decideThreshold } from "../measure/threshold.ts";
import { buildReport, REPORTED_PERCENTILES, type ReportParts } from "./build.ts";
import { reportSchema } from "./schema.ts";

function partsOf(requests: number): ReportParts {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const happenings: { readonly atUs: number; readonly tell: () => void }[] = [];
  for (let i = 0; i < requests; i++) {
    const request = due(i * 50_000, { request: i });
    const started = sent(request, 500, 200);
    const latencyUs = i % 100 === 7 ? 5_000_000 : 1_000 + ((i * 171) % 400) * 10;
    const during = i === 7 ? "body" : "waiting";
    const outcome =
      i % 100 === 7
        ? ({ ...failed(started, latencyUs, "timeout"), during } as const)
        : answered(started, latencyUs);
    happenings.push(
      { atUs: request.due, tell: () => recorder.due(request) },
      { atUs: started.start, tell: () => recorder.started(started) },
      { atUs: started.start + latencyUs, tell: () => recorder.outcome(outcome) },
    );
  }
  for (const { tell } of happenings.sort((a, b) => a.atUs - b.atUs)) tell();
  if (requests > 0) {
    const dropped = due(requests * 50_000 + 5_000_000);
    recorder.due(dropped);
    recorder.outcome({ ...dropped, kind: "dropped", at: micros(dropped.due + 80), reason: "cap" });
    recorder.stop({ at: micros(9_000_000), code: "STOP_FILE", text: "asked to", advice: "none" });
  }
  recorder.close();
  const stages = [{ phase: "steady" as const, duration: micros(20_000_000) }];
  const summary = summarise(memory.contents(), stages);
  const threshold = {
    text: "responseTime.p95 <= 800ms",
    operation: null,
    figure: { kind: "percentile", time: "responseTime", p: 95 },
    limit: 800_000,
  } as const;
  const at = "2026-09-01T12:00:00Z";
  const host = { node: "", platform: "", arch: "", cpus: 2, cpuModel: "", memoryMb: 1 };
  return {
    gate: null,
    run: {
      id: "r",
      profile: "smoke",
      description: "",
      kind: "smoke",
      environment: "emulator",
      startedAt: at,
      endedAt: at,
      seed: 7,
      tool: { name: "klarna-perf", version: "0.1.0" },
      host,
      ci: null,
      profileHash: "",
      tags: {},
      command: "",
    },
    plan: {
      durationS: 20,
      journeys: requests,
      requests,
      maxInFlight: 5,
      webhooks: 0,
      stages: [],
      categories: [],
    },
    guard: {
      decision: "allowed",
      origin: "https://127.0.0.1:1",
      checks: [],
      permit: null,
      addresses: [],
      connectionsOpened: 1,
      connectFailures: 0,
      audit: null,
    },
    rateLimits: [],
    summary,
    forecast: requests,
    thresholds: [decideThreshold(threshold, steadyFigures(summary)(null))],
    verdict: "passed",
    verdictReason: "",
    interrupted: false,
    warnings: [],
  };
}

test.each([0, 1, 400])("a report of %i requests is valid by its schema", (requests) => {
  expect(reportSchema.parse(buildReport(partsOf(requests)))).toEqual(
    buildReport(partsOf(requests)),
  );
});

test("each percentile has a value and an interval, or the reason why not", () => {
  const [operation] = buildReport(partsOf(400)).operations;
  const percentiles = operation?.responseTime.percentiles ?? [];
  expect(percentiles.map(({ p }) => p)).toEqual(REPORTED_PERCENTILES);
  for (const { interval, reason } of percentiles) {
    expect([interval === null, reason === undefined]).toSatisfy(([no, none]) => no !== none);
  }
  expect(percentiles.at(-1)).toMatchObject({
    p: 99.9,
    valueUs: 4_997_120, // at least: among the time-outs
    censored: true,
    interval: null,
    reason: "an upper bound of p99.9 needs 3688 samples, there are 401",
  });
});

test("ratios, thresholds and the stop are carried over", () => {
  const report = buildReport(partsOf(400));
  expect(report.totals).toMatchObject({ planned: 401, sent: 400, failed: 4, dropped: 1 });
  expect(report.totals.errorRatio.value).toBe(0.01);
  expect(report.totals.errorRatio.high).toBeCloseTo(0.0254, 3);
  expect(report.operations[0]?.results).toEqual({ "200": 396, timeout: 4 });
  expect(report.thresholds).toMatchObject([
    {
      figure: "responseTime.p95",
      unit: "us",
      limit: 800_000,
      outcome: "met",
      observed: 5_320, // or a little more: nobody knows how long the dropped one would have taken
      observedCensored: true,
    },
  ]);
  expect(report.stopReason).toEqual({
    code: "STOP_FILE",
    text: "asked to",
    advice: "none",
    atS: 9,
  });
  expect(report.errors).toMatchObject([
    { what: "timeout", during: "waiting", count: 3 },
    { what: "timeout", during: "body", count: 1 },
    { what: "dropped: cap", during: null, count: 1 },
  ]);
});
