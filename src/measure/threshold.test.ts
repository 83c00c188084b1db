import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { figureText, figureUnit, parseFigure } from "./figure.ts";
import { independent } from "./samples.ts";
import { decideThreshold, type Figures } from "./threshold.ts";

const FIGURES = [
  ...["serviceTime", "responseTime"].flatMap((time) =>
    ["p50", "p90", "p95", "p99", "p99.9", "max"].map((what) => `${time}.${what}`),
  ),
  "errorRatio",
  "dropRatio",
  "errors",
  "dropped",
];

/** `known` answers of 1 ms, 2 ms, …, and `censored` that lasted 10 s at least. */
function figures(known: number, censored = 0, more: Partial<Figures> = {}): Figures {
  const times = new CensoredHistogram();
  for (let i = 1; i <= known; i++) times.record(i * 1000);
  for (let i = 0; i < censored; i++) times.recordCensored(10_000_000);
  const sent = known + censored;
  return {
    serviceTime: independent(times),
    responseTime: independent(times),
    planned: sent,
    sent,
    errors: censored,
    dropped: 0,
    ...more,
  };
}

function decide(figure: string, limit: number, of: Figures | undefined) {
  const parsed = parseFigure(figure);
  if (!parsed) throw new Error(`not a figure: ${figure}`);
  const text = `${figure} <= ${limit}`;
  return decideThreshold({ text, operation: null, figure: parsed, limit }, of);
}

test.each(FIGURES)("%s is read and written back", (text) => {
  const figure = parseFigure(text);
  expect(figure && figureText(figure)).toBe(text);
});

test.each(["", "p95", "responseTime", "responseTime.p0", "responseTime.p100", "responseTime.mean"])(
  "`%s` is no figure",
  (text) => {
    expect(parseFigure(text)).toBeUndefined();
  },
);

test("figures have units", () => {
  const units = ["responseTime.p99.9", "serviceTime.max", "dropRatio", "errors"].map((text) => {
    const figure = parseFigure(text);
    return figure && figureUnit(figure);
  });
  expect(units).toEqual(["us", "us", "ratio", "count"]);
});

// Of 1..100 ms, the p90's one-sided bounds are the 85th and the 96th sample, to the histogram's 0.1 %.
test.each([
  [96_063, "met", "p90 is at most 96.1 ms at 95 % confidence, within 96.1 ms"],
  [
    96_062,
    "undecided",
    "p90 can't be told from 96.1 ms at 95 % confidence: at least 85 ms, at most 96.1 ms",
  ],
  [
    84_992,
    "undecided",
    "p90 can't be told from 85 ms at 95 % confidence: at least 85 ms, at most 96.1 ms",
  ],
  [84_991, "missed", "p90 is at least 85 ms at 95 % confidence, beyond 85 ms"],
])("p90 of 100 samples against %i µs: %s", (limit, outcome, reason) => {
  expect(decide("responseTime.p90", limit, figures(100))).toMatchObject({ outcome, reason });
});

test("a percentile's result carries what decided it", () => {
  expect(decide("responseTime.p90", 90_000, figures(100))).toMatchObject({
    outcome: "undecided",
    observed: 90_047,
    observedCensored: false,
    lower: 84_992,
    upper: 96_063,
  });
});

test("too few samples: undecided, with the number needed", () => {
  expect(decide("responseTime.p99", 800_000, figures(100))).toMatchObject({
    outcome: "undecided",
    upper: null,
    reason:
      "p99 can't be told from 800 ms at 95 % confidence: at least 97 ms, an upper bound of p99 needs 299 samples, there are 100",
  });
});

test("a stalled target can't pass: censored samples keep their rank", () => {
  const result = decide("responseTime.p90", 200_000, figures(100, 30));
  expect(result).toMatchObject({ outcome: "missed", observed: 9_994_240, observedCensored: true });
  expect(result.lower).toBe(9_994_240);
  expect(decide("responseTime.p90", 20_000_000, figures(100, 30)).outcome).toBe("undecided");
});

test("maxima are as observed, and a request without an answer has none within any limit", () => {
  expect(decide("serviceTime.max", 5_000, figures(5))).toMatchObject({
    outcome: "met",
    observed: 5_000,
    lower: null,
    upper: null,
    reason: "the largest of 5 was 5 ms, within 5 ms",
  });
  expect(decide("serviceTime.max", 4_999, figures(5)).outcome).toBe("missed");
  expect(decide("serviceTime.max", 30_000_000, figures(5, 1))).toMatchObject({
    outcome: "missed",
    observed: 10_000_000,
    observedCensored: true,
  });
});

test.each([
  [0, 299, 0.01, "met"],
  [0, 298, 0.01, "undecided"],
  [3, 299, 0.01, "undecided"],
  [9, 299, 0.01, "missed"],
  [0, 1, 0, "met"],
  [1, 1000, 0, "missed"],
  [5, 5, 1, "met"],
])("%i errors of %i sent against a ratio of %f: %s", (errors, sent, limit, outcome) => {
  expect(decide("errorRatio", limit, figures(10, 0, { errors, sent })).outcome).toBe(outcome);
});

test("a ratio's limit of 0 is decided as observed, with no bounds", () => {
  expect(decide("errorRatio", 0, figures(10))).toMatchObject({
    outcome: "met",
    observed: 0,
    lower: null,
    upper: null,
    reason: "0 of 10 sent, within 0",
  });
});

test("drops are counted among planned requests", () => {
  const some = figures(10, 0, { planned: 400, dropped: 40 });
  expect(decide("dropRatio", 0.05, some)).toMatchObject({ outcome: "missed", observed: 0.1 });
  expect(decide("dropped", 40, some).outcome).toBe("met");
  expect(decide("dropped", 39, some).outcome).toBe("missed");
  expect(decide("errors", 0, figures(10, 1)).outcome).toBe("missed");
});

test.each(FIGURES)("%s without data is never met", (figure) => {
  for (const nothing of [undefined, figures(0)]) {
    expect(decide(figure, 1_000_000_000, nothing)).toMatchObject({
      outcome: "no-data",
      observed: null,
    });
  }
});
