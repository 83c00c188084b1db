import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import type { Figure } from "./figure.ts";
import {
  ascending,
  binomialAtLeast,
  binomialAtMost,
  lowerRankOf,
  PARTS,
  upperRankOf,
} from "./references.support.ts";
import { independent } from "./samples.ts";
import { decideThreshold, type Figures } from "./threshold.ts";

const durations = fc.array(fc.integer({ min: 1, max: 2047 }), { maxLength: 120, size: "max" });
const limits = fc.integer({ min: 1, max: 2047 });
/** To the microsecond at one of the two bounds, or anywhere. */
const places = fc.constantFrom("upper", "lower", "any");

function figuresOf(known: readonly number[], censored: readonly number[]): Figures {
  const times = new CensoredHistogram();
  for (const us of known) times.record(us);
  for (const us of censored) times.recordCensored(us);
  const none = independent(new CensoredHistogram());
  const counts = { planned: 0, sent: 0, errors: 0, dropped: 0 };
  return { serviceTime: none, responseTime: independent(times), ...counts };
}

function outcomeOf(figure: Figure, limit: number, figures: Figures): string {
  return decideThreshold({ text: "", operation: null, figure, limit }, figures).outcome;
}

test("a percentile is met, missed or undecided by the samples at its two ranks", () => {
  fc.assert(
    fc.property(
      durations,
      fc.array(fc.integer({ min: 1, max: 2047 }), { maxLength: 12 }),
      fc.constantFrom(50, 90, 95),
      limits,
      places,
      (known, censored, p, any, place) => {
        const n = known.length + censored.length;
        const [lower, upper] = [lowerRankOf(n, p, 0.05), upperRankOf(n, p, 0.05)];
        const atLeast = ascending([...known, ...censored])[(lower ?? 0) - 1] ?? 0;
        const atMost = ascending(known)[(upper ?? Number.NaN) - 1] ?? Number.POSITIVE_INFINITY;
        const at = { upper: atMost, lower: atLeast, any }[place];
        const limit = Number.isFinite(at) ? at : any;
        const figure = { kind: "percentile", time: "responseTime", p } as const;
        expect(outcomeOf(figure, limit, figuresOf(known, censored))).toBe(
          n === 0 ? "no-data" : atMost <= limit ? "met" : atLeast > limit ? "missed" : "undecided",
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("a maximum is met when every sample is known and within", () => {
  fc.assert(
    fc.property(durations, fc.array(limits, { maxLength: 2 }), limits, (known, censored, limit) => {
      const none = known.length + censored.length === 0;
      const met = censored.length === 0 && known.every((us) => us <= limit);
      const figure = { kind: "max", time: "responseTime" } as const;
      expect(outcomeOf(figure, limit, figuresOf(known, censored))).toBe(
        none ? "no-data" : met ? "met" : "missed",
      );
    }),
  );
});

test("a ratio is met or missed where the limit itself would make what was seen too unlikely", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 150 }),
      fc.oneof(fc.nat(150), fc.nat(3)),
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: PARTS - 1 })),
      fc.constantFrom("errorRatio", "dropRatio"),
      (of, any, parts, ratio) => {
        const count = any % (of + 1);
        const figures = {
          ...figuresOf([], []),
          ...(ratio === "errorRatio"
            ? { sent: of, errors: count }
            : { planned: of, dropped: count }),
        };
        const expected = (): string => {
          if (of === 0) return "no-data";
          if (parts === 0) return count === 0 ? "met" : "missed";
          if (binomialAtMost(count, of, parts) <= 0.05) return "met";
          return binomialAtLeast(count, of, parts) < 0.05 ? "missed" : "undecided";
        };
        expect(outcomeOf({ kind: "ratio", of: ratio }, parts / PARTS, figures)).toBe(expected());
      },
    ),
    { numRuns: 200 },
  );
});

test("a count is what it is, of what there was to count", () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.nat(50),
      fc.nat(50),
      fc.constantFrom("errors", "dropped"),
      (of, any, limit, what) => {
        const count = any % (of + 1);
        const figures = {
          ...figuresOf([], []),
          ...(what === "errors" ? { sent: of, errors: count } : { planned: of, dropped: count }),
        };
        expect(outcomeOf({ kind: "count", of: what }, limit, figures)).toBe(
          of === 0 ? "no-data" : count <= limit ? "met" : "missed",
        );
      },
    ),
  );
});
