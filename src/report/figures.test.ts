import { expect, test } from "vitest";
import { passedReport } from "../../test/support/report-fixture.ts";
import {
  formatBounds,
  formatCount,
  formatInterval,
  formatMax,
  formatObserved,
  formatPercentile,
  formatProportion,
  formatStage,
  revealed,
  sentence,
} from "./figures.ts";
import type { Percentile, ThresholdReport } from "./schema.ts";

const percentile: Percentile = {
  p: 95,
  valueUs: 412_000,
  censored: false,
  interval: { lowUs: 398_000, highUs: 1_431_000 },
};
const threshold: ThresholdReport = {
  text: "errorRatio <= 1 %",
  operation: null,
  figure: "errorRatio",
  limit: 0.01,
  unit: "ratio",
  outcome: "missed",
  observed: 0.0284,
  observedCensored: false,
  lower: 0.0235,
  upper: 0.0334,
  reason: "the lower bound is beyond the limit",
};

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1\u00a0000"],
  [1_234_567, "1\u00a0234\u00a0567"],
])("the count %i reads %s", (n, text) => {
  expect(formatCount(n)).toBe(text);
});

test("a percentile reads as a time, as more than one when censored, as a dash without a value", () => {
  expect(formatPercentile(percentile)).toBe("412 ms");
  expect(formatPercentile({ ...percentile, censored: true })).toBe("> 412 ms");
  expect(formatPercentile({ ...percentile, valueUs: null })).toBe("–");
  expect(formatPercentile(undefined)).toBe("–");
});

test("an interval names its unit once where both bounds share it", () => {
  expect(formatInterval(percentile)).toBe("398 ms to 1.43 s");
  const narrow = { lowUs: 398_000, highUs: 431_000 };
  expect(formatInterval({ ...percentile, interval: narrow })).toBe("398 to 431 ms");
  const open = { lowUs: 398_000, highUs: null };
  expect(formatInterval({ ...percentile, interval: open })).toBe("from 398 ms");
  expect(formatInterval({ ...percentile, interval: null })).toBeUndefined();
});

test("a maximum beside censored samples is a lower bound", () => {
  const distribution = passedReport().waits.runnerLag;
  expect(formatMax({ ...distribution, maxUs: 5_000_000 })).toBe("5 s");
  expect(formatMax({ ...distribution, maxUs: 5_000_000, censored: 1 })).toBe("≥ 5 s");
});

test("a threshold's figures stand in its own unit", () => {
  expect(formatObserved(threshold)).toBe("2.84 %");
  expect(formatBounds(threshold)).toBe("2.35 to 3.34 %");
  expect(formatBounds({ ...threshold, upper: null })).toBe("at least 2.35 %");
  expect(formatBounds({ ...threshold, lower: null })).toBe("at most 3.34 %");
  expect(formatBounds({ ...threshold, lower: null, upper: null })).toBeUndefined();
  const late: ThresholdReport = { ...threshold, unit: "us", observed: 10_000_000 };
  expect(formatObserved({ ...late, observedCensored: true })).toBe("> 10 s");
});

test("a proportion carries its interval as far as known", () => {
  expect(formatProportion({ value: 0.01, low: 0.005, high: 0.02 })).toBe(
    "1 %, 95 % interval 0.5 to 2 %",
  );
  expect(formatProportion({ value: 0, low: null, high: null })).toBe("0 %");
  expect(formatProportion({ value: null, low: null, high: null })).toBe("–");
});

test("a ramp names both rates, a constant stage one", () => {
  const stage = { phase: "ramp", fromPerSecond: 5, toPerSecond: 10, durationS: 30 } as const;
  expect(formatStage(stage)).toBe("5/s to 10/s for 30 s (ramp)");
  expect(formatStage({ ...stage, phase: "steady", toPerSecond: 5 })).toBe("5/s for 30 s (steady)");
});

test("hidden characters are written out at any length, sentences are cut at 1 000", () => {
  expect(revealed(`${"a".repeat(300)}\u202e\n`)).toBe(`${"a".repeat(300)}‹U+202E›‹U+000A›`);
  expect(sentence("é".repeat(1001))).toBe(`${"é".repeat(1000)}…`);
  expect(sentence("412 µs – fine")).toBe("412 µs – fine");
});
