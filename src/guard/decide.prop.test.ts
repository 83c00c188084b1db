import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PerSecond } from "../base/units.ts";
import type { BurstWindow } from "./cap-schedule.ts";
import { ceilingOf } from "./ceilings.ts";
import { decide } from "./decide.ts";
import {
  ENVIRONMENT_NAMES,
  type Family,
  isKlarnaEnvironment,
  KINDS,
  KLARNA_KINDS,
} from "./environments.ts";
import { asks, GOOD_STANDING, klarnaFacts, NOW_MS, PERMIT } from "./facts.support.ts";
import { permitProblem } from "./permit.ts";
import { CATEGORIES, LEVELS } from "./quotas.ts";
import type { OperationFacts, RunFacts } from "./run-facts.ts";

const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300);
/** Mostly small enough for a smoke. A cast, since what is no rate must be refused whatever its type says. */
const rate = fc
  .oneof(
    { weight: 10, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 4, arbitrary: fc.double({ min: 0, max: 30, noNaN: true }) },
    { weight: 1, arbitrary: odd },
  )
  .map((n) => n as PerSecond);
const burstRate = fc
  .oneof(fc.double({ min: 1, max: 30, noNaN: true }), odd)
  .map((n) => n as PerSecond);
/** Mostly well-formed, and short enough for a drill about as often as not. */
const windows = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 3_000_000 }),
      fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 3_500_000 }) },
        { weight: 1, arbitrary: odd },
      ),
    ),
    { maxLength: 5 },
  )
  .map((parts) => {
    let end = 0;
    return parts.map(([gap, length]) => {
      const fromUs = end + gap;
      end = fromUs + length;
      return { fromUs, toUs: end };
    });
  });
/** Mostly the first, which is what an allowed run has. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );
}
const day = fc
  .integer({ min: -100, max: 100 })
  .map((days) => new Date(NOW_MS + days * 86_400_000).toISOString().slice(0, 10));
const dates = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ guidelinesReadOn: day, validFrom: day, validUntil: day }) },
);
const facts: fc.Arbitrary<RunFacts> = fc
  .record({
    environment: fc.constantFrom(...ENVIRONMENT_NAMES),
    kind: fc.constantFrom(...KINDS),
    model: fc.constantFrom("open" as const, "closed" as const),
    level: fc.constantFrom(...LEVELS),
    account: mostly<string | undefined>(undefined, PERMIT.account, `${PERMIT.account}X`),
    durationUs: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 150_000_000 }) }, odd),
    requests: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 80 }) }, odd),
    maxInFlight: fc.integer({ min: 1, max: 30_000 }),
    categories: fc.uniqueArray(
      fc.record({
        category: fc.constantFrom(...CATEGORIES),
        requests: fc.constant(1),
        peakPerSecond: rate,
        capPerSecond: rate,
        bursts: fc.option(fc.record({ peakPerSecond: rate, capPerSecond: burstRate, windows }), {
          nil: undefined,
          freq: 2,
        }),
      }),
      { selector: ({ category }) => category, maxLength: 3 },
    ),
    family: fc.constantFrom<Family>("network", "classic"),
    allowedOn: mostly<OperationFacts["allowedOn"]>("everywhere", "emulator"),
    profile: mostly<object>({}, { note: "klarna_live_" }),
    dates,
    permitLevel: fc.constantFrom(...LEVELS),
    klarnaReference: mostly<string | undefined>("T-1", undefined),
    hasPermit: mostly(true, false),
    weakeningSettings: mostly<string[]>([], ["--inspect"]),
    relaxedStops: mostly<RunFacts["relaxedStops"]>([], ["throttled"], ["errors", "throttled"]),
    standing: mostly<RunFacts["standing"]>(GOOD_STANDING, undefined),
  })
  .map(({ family, allowedOn, dates, permitLevel, klarnaReference, hasPermit, ...rest }) => ({
    ...rest,
    operations: [{ name: "some.operation", family, allowedOn }],
    permit: hasPermit ? { ...PERMIT, ...dates, level: permitLevel, klarnaReference } : undefined,
    nowMs: NOW_MS,
  }));

/** What nothing may go without, told once more and independently of the rules. */
function holds(run: RunFacts): boolean {
  if (run.profile !== undefined && JSON.stringify(run.profile).includes("klarna_live_"))
    return false;
  if (!isKlarnaEnvironment(run.environment)) return true;
  const { permit, kind } = run;
  return (
    KLARNA_KINDS.has(kind) &&
    permit !== undefined &&
    permitProblem(permit, run.nowMs) === undefined &&
    permit.level === run.level &&
    (run.account === undefined || run.account === permit.account) &&
    (kind !== "baseline" || permit.klarnaReference !== undefined) &&
    run.weakeningSettings.length === 0 &&
    run.relaxedStops.length === 0 &&
    run.standing !== undefined &&
    run.operations.every(
      ({ family, allowedOn }) =>
        allowedOn === "everywhere" &&
        (family === "network") === (run.environment === "klarna-test"),
    )
  );
}

/** The ceiling of bursts told once more: 3 s on end, however it is cut up, and 10 s in all. */
function areShort(windows: readonly BurstWindow[]): boolean {
  let end = 0;
  let began = 0;
  let inAll = 0;
  for (const { fromUs, toUs } of windows) {
    if (!(fromUs >= end && toUs > fromUs)) return false;
    if (end === 0 || fromUs - end >= 1e6) began = fromUs;
    end = toUs;
    inAll += toUs - fromUs;
    if (toUs - began > 3e6 || inAll > 10e6) return false;
  }
  return true;
}

describe("any facts at all", () => {
  it("are never allowed without what they need, and never beyond a ceiling or what was asked for", () => {
    let allowed = 0;
    let allowedOnKlarna = 0;
    fc.assert(
      fc.property(facts, (run) => {
        const decision = decide(run);
        expect(decide(run)).toEqual(decision);
        if (!decision.allowed) return;
        allowed++;
        if (isKlarnaEnvironment(run.environment)) allowedOnKlarna++;
        expect(holds(run)).toBe(true);
        const categories = run.categories.map(({ category }) => category);
        const ceiling = ceilingOf(run.environment, run.kind, run.level, categories);
        const { bounds } = decision;
        expect(bounds.environment).toBe(run.environment);
        expect([...bounds.relaxedStops].sort()).toEqual([...run.relaxedStops].sort());
        if (isKlarnaEnvironment(run.environment)) expect(bounds.requests).toBe(run.requests);
        expect(bounds.requests).toBeLessThanOrEqual(ceiling?.requests ?? 0);
        expect(bounds.durationUs).toBe(run.durationUs);
        expect(bounds.durationUs).toBeLessThanOrEqual(ceiling?.duration ?? 0);
        expect(bounds.maxInFlight).toBeLessThanOrEqual(run.maxInFlight);
        expect(bounds.categories.length).toBe(run.categories.length);
        let inFlight = 0;
        for (const [i, { category, ...mine }] of bounds.categories.entries()) {
          const most = ceiling?.category(category);
          const asked = run.categories[i];
          expect(category).toBe(asked?.category);
          const lower = Math.min(asked?.capPerSecond ?? Number.NaN, most?.peak ?? Number.NaN);
          expect(mine.capPerSecond).toBe(lower >= 1 ? Math.floor(lower) : lower);
          expect(asked?.peakPerSecond).toBeLessThanOrEqual(mine.capPerSecond);
          if (mine.bursts) {
            expect(run.kind).toBe("rate-limit-drill");
            expect(mine.bursts.windows).toEqual(asked?.bursts?.windows);
            expect(asked?.bursts?.peakPerSecond).toBeLessThanOrEqual(mine.bursts.capPerSecond);
            expect(mine.bursts.capPerSecond).toBeLessThanOrEqual(most?.burstPeak ?? 0);
            if (isKlarnaEnvironment(run.environment))
              expect(areShort(mine.bursts.windows)).toBe(true);
          } else {
            expect(asked?.bursts).toBeUndefined();
          }
          expect(mine.inFlight).toBeLessThanOrEqual(most?.inFlight ?? 0);
          expect(mine.inFlight).toBeLessThanOrEqual(run.maxInFlight);
          inFlight += most?.inFlight ?? 0;
        }
        expect(bounds.maxInFlight).toBeLessThanOrEqual(inFlight);
      }),
      { numRuns: 5000, seed: 1 },
    );
    // The property says nothing if nothing is ever allowed.
    expect(allowed).toBeGreaterThan(100);
    expect(allowedOnKlarna).toBeGreaterThan(10);
  });

  it("are allowed a drill's bursts on Klarna's exactly when these are short, and no higher than 1.5 times the quota", () => {
    const answers = { yes: 0, no: 0 };
    fc.assert(
      fc.property(windows, burstRate, burstRate, (windows, peakPerSecond, capPerSecond) => {
        const bursts = { peakPerSecond, capPerSecond, windows };
        const category = { ...asks("payment-transaction-capture", 3, 6), bursts };
        const { allowed } = decide(
          klarnaFacts({ kind: "rate-limit-drill", categories: [category] }),
        );
        const cap = Math.floor(Math.min(capPerSecond, 18));
        expect(allowed).toBe(areShort(windows) && cap > 0 && peakPerSecond <= cap);
        answers[allowed ? "yes" : "no"]++;
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(answers.yes, answers.no)).toBeGreaterThan(50);
  });

  it("are never allowed to go to Klarna in this version, which has no ledger", () => {
    fc.assert(
      fc.property(facts, (run) => {
        if (!isKlarnaEnvironment(run.environment)) return;
        expect(decide({ ...run, standing: undefined }).allowed).toBe(false);
      }),
    );
  });
});
