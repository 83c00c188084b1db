import { describe, expect, test } from "vitest";
import { micros } from "../base/units.ts";
import type { DropReason } from "../workload/outcome.ts";
import { CensoredHistogram } from "./censored.ts";
import { type Fate, play } from "./fates.support.ts";
import { parseFigure } from "./figure.ts";
import { answered, due, sent } from "./record.support.ts";
import { independent } from "./samples.ts";
import { steadyFigures } from "./steady-figures.ts";
import { summarise } from "./summary.ts";
import type { Figures, Threshold, ThresholdResult } from "./threshold.ts";
import { decideVerdict, invalidReasons, type VerdictFacts } from "./verdict.ts";

const p95: Threshold = {
  text: "responseTime.p95 <= 800ms",
  operation: null,
  figure: { kind: "percentile", time: "responseTime", p: 95 },
  limit: 800_000,
};

function result(outcome: ThresholdResult["outcome"]): ThresholdResult {
  const bounds = { observed: 1, observedCensored: false, lower: null, upper: null };
  return { threshold: p95, outcome, ...bounds, reason: `it was ${outcome}` };
}

const clean: VerdictFacts = {
  stopped: null,
  invalidReasons: [],
  client: null,
  regression: null,
  aborted: null,
  thresholds: [result("met"), result("met")],
};

test.each<[string, Partial<VerdictFacts>, string, string]>([
  ["all met", {}, "passed", "all 2 thresholds were met"],
  ["none set", { thresholds: [] }, "passed", "the run kept its plan; no threshold was set"],
  [
    "no data beside met",
    { thresholds: [result("met"), result("no-data")] },
    "inconclusive",
    "responseTime.p95 <= 800ms: it was no-data",
  ],
  [
    "missed before undecided",
    { thresholds: [result("undecided"), result("missed"), result("missed")] },
    "failed",
    "responseTime.p95 <= 800ms: it was missed (and 1 more)",
  ],
  [
    "invalid before missed",
    { thresholds: [result("missed")], invalidReasons: ["late"] },
    "invalid",
    "late",
  ],
  [
    "missed early",
    { thresholds: [result("undecided")], aborted: "p95: missed in 2 windows" },
    "failed",
    "p95: missed in 2 windows",
  ],
  [
    "invalid before missed early",
    { aborted: "p95: missed in 2 windows", invalidReasons: ["late"] },
    "invalid",
    "late",
  ],
  [
    "missed before a regression",
    { thresholds: [result("missed")], regression: "p50 is up" },
    "failed",
    "responseTime.p95 <= 800ms: it was missed",
  ],
  [
    "a regression before undecided",
    { thresholds: [result("undecided")], regression: "p50 is up" },
    "failed",
    "a regression: p50 is up",
  ],
  ["stopped before all", { stopped: "a 401", invalidReasons: ["late"] }, "stopped", "a 401"],
  ["a signal stops as well", { stopped: "interrupted" }, "stopped", "interrupted"],
])("%s", (_what, facts, verdict, reason) => {
  expect(decideVerdict({ ...clean, ...facts })).toEqual({ verdict, reason });
});

/** Steady answers, all alike. */
function alike(responseUs: number, count = 100): Figures {
  const times = new CensoredHistogram();
  for (let i = 0; i < count; i++) times.record(responseUs);
  return {
    serviceTime: independent(times),
    responseTime: independent(times),
    planned: count,
    sent: count,
    errors: 0,
    dropped: 0,
  };
}

function reasons(withLagUs: number, withoutLagUs: number, more = {}) {
  return invalidReasons({
    thresholds: [p95],
    figures: () => alike(withLagUs),
    figuresWithoutLag: () => alike(withoutLagUs),
    planned: 1000,
    runnerDrops: 0,
    throttled: 0,
    drill: false,
    ...more,
  });
}

test.each([
  ["no lag", 100_000, 100_000, 0],
  ["more than 2 ms, but within 5 %", 104_000, 100_000, 0],
  ["more than 5 %, but within 2 ms", 5_900, 4_000, 0],
  ["more than both", 106_000, 100_000, 1],
  ["neither, but the limit lies between", 800_900, 799_500, 1],
])("lag: %s", (_what, withLag, withoutLag, count) => {
  expect(reasons(withLag, withoutLag)).toHaveLength(count);
});

test("lag that no threshold judges leaves the run valid", () => {
  expect(reasons(200_000, 100_000, { thresholds: [] })).toEqual([]);
  const service: Threshold = {
    ...p95,
    figure: { kind: "percentile", time: "serviceTime", p: 95 },
  };
  expect(
    reasons(0, 0, {
      thresholds: [service],
      figures: () => ({ ...alike(200_000), serviceTime: alike(9_000).serviceTime }),
      figuresWithoutLag: () => ({ ...alike(100_000), serviceTime: alike(9_000).serviceTime }),
    }),
  ).toEqual([]);
});

test("runner drops: 1 % is borne, more is not", () => {
  expect(reasons(1000, 1000, { runnerDrops: 10 })).toEqual([]);
  expect(reasons(1000, 1000, { runnerDrops: 11 })).toEqual([
    "the runner dropped 11 of 1000 steady requests, more than 1 %, since it was late itself",
  ]);
});

test("a 429 makes a run invalid, but for a drill, which seeks it", () => {
  expect(reasons(1000, 1000, { throttled: 1 })).toEqual([
    "1 answer was 429: the rate limit was hit, so latencies are the limiter's",
  ]);
  expect(reasons(1000, 1000, { throttled: 1, drill: true })).toEqual([]);
});

describe("what the runner itself dropped", () => {
  /** A hundred planned in the steady phase; the first ones dropped, the others answered in a millisecond. */
  function reasonsOf(
    limits: Partial<Record<"dropped" | "dropRatio", number>>,
    drops: DropReason[],
  ) {
    const fates = Array.from({ length: 100 }, (_, i): Fate => {
      const request = due(i * 10_000, { request: i });
      const reason = drops[i];
      if (reason !== undefined) {
        const at = micros(request.due + 200_000);
        return { request, sent: null, outcome: { ...request, kind: "dropped", at, reason } };
      }
      const started = sent(request);
      return { request, sent: started, outcome: answered(started, 1_000) };
    });
    const summary = summarise(play(fates).memory.contents(), []);
    const thresholds = Object.entries(limits).flatMap(([text, limit]): Threshold[] => {
      const figure = parseFigure(text);
      return [null, "payment-request.create"].flatMap((operation) =>
        figure ? [{ text, operation, figure, limit }] : [],
      );
    });
    return invalidReasons({
      thresholds,
      figures: steadyFigures(summary),
      figuresWithoutLag: steadyFigures(summary, "without-lag"),
      planned: summary.steady.planned,
      runnerDrops: summary.steady.drops.runner,
      throttled: 0,
      drill: true,
    });
  }

  test("says nothing of the target: one is within 1 %, and fails no threshold", () => {
    expect(reasonsOf({ dropped: 0, dropRatio: 0 }, ["runner"])).toEqual([
      "dropped: missed with the runner's own drops, met without",
      "dropped: missed with the runner's own drops, met without",
      "dropRatio: missed with the runner's own drops, met without",
      "dropRatio: missed with the runner's own drops, met without",
    ]);
  });

  test("changes nothing where the target's are too many without it, or both are few enough", () => {
    expect(reasonsOf({ dropped: 0 }, ["runner", "cap"])).toEqual([]);
    expect(reasonsOf({ dropped: 1, dropRatio: 0.2 }, ["runner"])).toEqual([]);
  });

  test("is not among those planned either, by which a ratio is taken", () => {
    const all = reasonsOf({ dropRatio: 0.5 }, Array(100).fill("runner"));
    expect(all).toContain("dropRatio: missed with the runner's own drops, no-data without");
  });
});
