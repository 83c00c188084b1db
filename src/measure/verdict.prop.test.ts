import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { percentileOf } from "./references.support.ts";
import { independent } from "./samples.ts";
import {
  decideThreshold,
  type Figures,
  type Threshold,
  type ThresholdResult,
} from "./threshold.ts";
import { decideVerdict, invalidReasons } from "./verdict.ts";

const OUTCOMES = ["met", "missed", "undecided", "no-data"] as const;

const anyThreshold = fc.constantFrom(...OUTCOMES).map((outcome): ThresholdResult => {
  const threshold: Threshold = {
    text: "errors <= 0",
    operation: null,
    figure: { kind: "count", of: "errors" },
    limit: 0,
  };
  const bounds = { observed: 1, observedCensored: false, lower: null, upper: null };
  return { threshold, outcome, ...bounds, reason: outcome };
});

test("the first that applies of stopped, invalid, failed, inconclusive, passed", () => {
  fc.assert(
    fc.property(
      fc.record({
        stopped: fc.constantFrom(null, "a 401"),
        invalidReasons: fc.subarray(["late", "throttled"]),
        aborted: fc.constantFrom(null, "missed in two windows"),
        regression: fc.constantFrom(null, "p50 is up"),
        client: fc.constantFrom(
          null,
          { outcome: "fails", reason: "no jitter" } as const,
          { outcome: "untold", reason: "no 429" } as const,
        ),
        thresholds: fc.array(anyThreshold, { maxLength: 4 }),
      }),
      (facts) => {
        const some = (...outcomes: string[]): boolean =>
          facts.thresholds.some(({ outcome }) => outcomes.includes(outcome));
        const applies = {
          stopped: facts.stopped !== null,
          invalid: facts.invalidReasons.length > 0,
          failed:
            facts.aborted !== null ||
            facts.regression !== null ||
            facts.client?.outcome === "fails" ||
            some("missed"),
          inconclusive: facts.client?.outcome === "untold" || some("undecided", "no-data"),
          passed: true,
        };
        const first = Object.entries(applies).find(([, does]) => does)?.[0];
        expect(decideVerdict(facts).verdict).toBe(first);
      },
    ),
    { numRuns: 500 },
  );
});

/** Where a lag of some milliseconds is now more than 5 %, now less. */
const durations = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 100 });

test("lag makes a run invalid when it moves the figure by 2 ms and 5 %, or changes a decision", () => {
  fc.assert(
    fc.property(
      durations,
      fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 100, maxLength: 100 }),
      fc.constantFrom(50, 90),
      fc.integer({ min: 1, max: 130 }),
      (prompt, lags, p, limitMs) => {
        const late = prompt.map((ms, i) => ms + (lags[i] ?? 0));
        const limit = limitMs * 1000;
        const figure = { kind: "percentile", time: "responseTime", p } as const;
        const threshold: Threshold = { text: "", operation: null, figure, limit };
        const [withLag, without] = [figuresOf(late), figuresOf(prompt)];
        const seen = withLag.responseTime.times.percentile(p).valueUs ?? 0;
        const real = without.responseTime.times.percentile(p).valueUs ?? 0;
        // Both are the sorted arrays' own, to the histogram's bucket.
        for (const [us, all] of [
          [seen, late],
          [real, prompt],
        ] as const) {
          expect(Math.abs(us - 1000 * (percentileOf(all, p) ?? 0))).toBeLessThanOrEqual(us / 1000);
        }
        const moved = seen - real > 2_000 && seen - real > real / 20;
        const changed =
          decideThreshold(threshold, withLag).outcome !==
          decideThreshold(threshold, without).outcome;
        const reasons = invalidReasons({
          thresholds: [threshold],
          figures: () => withLag,
          figuresWithoutLag: () => without,
          planned: 100,
          runnerDrops: 0,
          throttled: 0,
          drill: false,
        });
        expect(reasons.length).toBe(moved || changed ? 1 : 0);
      },
    ),
  );
});

function figuresOf(ms: readonly number[]): Figures {
  const times = new CensoredHistogram();
  for (const one of ms) times.record(one * 1000);
  const counts = { planned: ms.length, sent: ms.length, errors: 0, dropped: 0 };
  return { serviceTime: independent(times), responseTime: independent(times), ...counts };
}
