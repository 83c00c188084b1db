import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../base/units.ts";
import { type Bounds, decide } from "./decide.ts";
import {
  asks,
  emulatorFacts,
  GOOD_STANDING,
  klarnaFacts,
  NOW_MS,
  PERMIT,
} from "./facts.support.ts";
import type { RunFacts } from "./run-facts.ts";

/**
 * The naive reference: the design's table of environments and ceilings told once more, with figures of its own and none
 * of the guard's code. Whatever the guard allows must be allowed here; what the guard refuses beyond that is its affair.
 */

const KLARNA = {
  "klarna-test": "network",
  "playground-eu": "classic",
  "playground-na": "classic",
  "playground-oc": "classic",
} as const;

/** Requests a second: Klarna's test quotas for partner and acquiring partner. What is not here counts as 5/s. */
const QUOTAS: Readonly<Record<string, readonly [partner: number, acquirer: number]>> = {
  "account-onboarding": [0, 5],
  "payment-transaction-capture": [12, 50],
  "payment-transaction-management": [50, 125],
  dispute: [5, 12],
  settlement: [0, 37],
  "partner-management": [5, 12],
  "on-site-messaging": [50, 125],
  "classic-other": [50, 50],
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECOND_US = 1_000_000;

interface Ceilings {
  readonly requests: number;
  readonly durationS: number;
  peak(quota: number): number;
  burst(quota: number): number;
  inFlight(quota: number): number;
}

function ceilingsOf(kind: string, quotas: readonly number[]): Ceilings | undefined {
  if (kind === "smoke") {
    const peak = (q: number): number => Math.min(1, 0.2 * q);
    return { requests: 60, durationS: 120, peak, burst: peak, inFlight: () => 2 };
  }
  if (kind === "baseline") {
    const peak = (q: number): number => 0.5 * q;
    return {
      requests: 3000,
      durationS: 600,
      peak,
      burst: peak,
      inFlight: (q) => Math.ceil(0.5 * q),
    };
  }
  if (kind === "rate-limit-drill") {
    return {
      requests: Math.max(500, ...quotas.map((q) => 6 * q)),
      durationS: 120,
      peak: (q) => 0.5 * q,
      burst: (q) => 1.5 * q,
      inFlight: (q) => Math.ceil(1.5 * q),
    };
  }
  return undefined;
}

/** Whole days since 1970 in UTC; NaN for no date. */
function dayOf(date: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) / DAY : Number.NaN;
}

/** Each line must hold. False for anything that is no number, which is no smaller than a bound. */
function mayGoToKlarna(run: RunFacts, bounds: Bounds): boolean {
  const { permit, standing } = run;
  const family = Object.entries(KLARNA).find(([name]) => name === run.environment)?.[1];
  if (family === undefined || permit === undefined || standing === undefined) return false;
  const today = Math.floor(run.nowMs / DAY);
  const [from, until, readOn] = [permit.validFrom, permit.validUntil, permit.guidelinesReadOn].map(
    dayOf,
  ) as [number, number, number];
  const quotaOf = (category: string): number => {
    const [partner, acquirer] = QUOTAS[category] ?? [5, 5];
    return run.level === "partner" || partner > 0 ? partner : acquirer;
  };
  const ceilings = ceilingsOf(
    run.kind,
    run.categories.map(({ category }) => quotaOf(category)),
  );
  if (!ceilings || "code" in standing) return false;
  const ago = (ms: number): number => run.nowMs - ms;
  return (
    from <= today &&
    today <= until &&
    until - from <= 90 &&
    readOn <= today &&
    from - readOn <= 90 &&
    permit.level === run.level &&
    (run.account === undefined || run.account === permit.account) &&
    (run.kind !== "baseline" || Boolean(permit.klarnaReference)) &&
    run.weakeningSettings.length === 0 &&
    run.relaxedStops.length === 0 &&
    bounds.relaxedStops.length === 0 &&
    run.operations.every((one) => one.allowedOn === "everywhere" && one.family === family) &&
    run.requests >= 0 &&
    run.requests <= ceilings.requests &&
    run.requests <= standing.budgetLeft &&
    run.durationUs >= 0 &&
    run.durationUs <= ceilings.durationS * SECOND_US &&
    (standing.protectionTrippedMs === undefined || ago(standing.protectionTrippedMs) >= HOUR) &&
    (run.kind !== "rate-limit-drill" ||
      standing.lastDrillMs === undefined ||
      ago(standing.lastDrillMs) >= HOUR) &&
    (run.kind === "smoke" ||
      (standing.lastPassedSmokeMs !== undefined &&
        ago(standing.lastPassedSmokeMs) < DAY &&
        ago(standing.lastPassedSmokeMs) >= -120_000)) &&
    run.categories.every(({ category, peakPerSecond, bursts }) => {
      const quota = quotaOf(category);
      const calm = quota > 0 && peakPerSecond <= ceilings.peak(quota);
      if (!bursts) return calm;
      const lengths = bursts.windows.map(({ fromUs, toUs }) => (toUs - fromUs) / SECOND_US);
      return (
        calm &&
        run.kind === "rate-limit-drill" &&
        bursts.peakPerSecond <= ceilings.burst(quota) &&
        lengths.every((length) => length > 0 && length <= 3) &&
        lengths.reduce((sum, length) => sum + length, 0) <= 10
      );
    }) &&
    bounds.connectsPerSecond !== undefined &&
    bounds.connectsPerSecond <= 5 &&
    bounds.holdsSlotUntilAnswered === (run.kind !== "rate-limit-drill") &&
    bounds.addresses === permit.addresses &&
    bounds.categories.every(({ category, capPerSecond, bursts, inFlight }) => {
      const quota = quotaOf(category);
      return (
        capPerSecond > 0 &&
        capPerSecond <= ceilings.peak(quota) &&
        (bursts?.capPerSecond ?? 0) <= ceilings.burst(quota) &&
        inFlight >= 0 &&
        inFlight <= ceilings.inFlight(quota)
      );
    })
  );
}

function mayGoToEmulator(run: RunFacts, bounds: Bounds): boolean {
  return (
    run.requests <= 50_000 * 86_400 &&
    run.durationUs >= 0 &&
    run.durationUs <= 86_400 * SECOND_US &&
    bounds.requests <= 50_000 * 86_400 &&
    bounds.categories.every(
      ({ capPerSecond, inFlight }) =>
        capPerSecond > 0 && capPerSecond <= 50_000 && inFlight >= 0 && inFlight <= 10_000,
    )
  );
}

function mayRun(run: RunFacts, bounds: Bounds): boolean {
  const shown = JSON.stringify([run.profile ?? "", run.account ?? ""]);
  const names = run.categories.map(({ category }) => category);
  return (
    !/klarna_live_|:live:|"api\.klarna\.com/.test(shown) &&
    new Set(names).size === names.length &&
    bounds.environment === run.environment &&
    bounds.requests >= 0 &&
    bounds.durationUs === run.durationUs &&
    bounds.maxInFlight >= 0 &&
    bounds.maxInFlight <= run.maxInFlight &&
    bounds.categories.map(({ category }) => category).join() === names.join() &&
    bounds.categories.every(({ capPerSecond, bursts, inFlight }, at) => {
      const asked = run.categories[at];
      return (
        asked !== undefined &&
        capPerSecond <= asked.capPerSecond &&
        asked.peakPerSecond <= capPerSecond &&
        (bursts === undefined) === (asked.bursts === undefined) &&
        inFlight <= run.maxInFlight
      );
    }) &&
    (run.environment === "emulator" ? mayGoToEmulator(run, bounds) : mayGoToKlarna(run, bounds))
  );
}

const ODD_NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  1e300,
  0.5,
];
const ODD: readonly unknown[] = [...ODD_NUMBERS, -0, undefined, null, "", "1", {}, []];

/** Puts something odd, or nothing, in the place of one field, at any depth. */
function disturbed(facts: RunFacts, at: readonly number[], odd: unknown): RunFacts {
  const copy = structuredClone(facts) as unknown as Record<string, unknown>;
  let here = copy;
  for (const index of at) {
    const keys = Object.keys(here);
    const key = keys[index % keys.length];
    if (key === undefined) break;
    const inner = here[key];
    const deeper = typeof inner === "object" && inner !== null && Object.keys(inner).length > 0;
    if (deeper && index !== at.at(-1)) {
      here = inner as Record<string, unknown>;
    } else {
      if (odd === undefined) delete here[key];
      else here[key] = odd;
      break;
    }
  }
  // Whatever its type says: what reaches the guard at run time is judged all the same.
  return copy as unknown as RunFacts;
}

const LATER = { ...PERMIT, guidelinesReadOn: "2026-06-16", validFrom: "2026-06-16" };
const drill: Partial<RunFacts> = { kind: "rate-limit-drill", requests: 490, maxInFlight: 18 };
const bursting = {
  ...asks("payment-transaction-capture", 5, 6),
  bursts: {
    ...{ capPerSecond: asks("unknown", 0, 18).capPerSecond },
    ...{ peakPerSecond: asks("unknown", 18, 0).peakPerSecond },
    windows: [
      { fromUs: 0, toUs: seconds(3) },
      { fromUs: seconds(10), toUs: seconds(13) },
    ],
  },
};

/** Where every search begins: facts that are allowed, each in another corner. */
const ALLOWED: readonly RunFacts[] = [
  klarnaFacts(),
  klarnaFacts({ account: PERMIT.account, requests: 60, durationUs: seconds(120) }),
  klarnaFacts({
    kind: "baseline",
    requests: 3000,
    maxInFlight: 25,
    categories: [asks("payment-transaction-capture", 5, 6), asks("on-site-messaging", 20, 25)],
  }),
  klarnaFacts({ ...drill, categories: [asks("payment-transaction-capture", 5, 6)] }),
  klarnaFacts({ ...drill, categories: [bursting] }),
  klarnaFacts({
    environment: "playground-eu",
    operations: [{ name: "order.read", family: "classic", allowedOn: "everywhere" }],
    categories: [asks("classic-other", 1, 1)],
  }),
  klarnaFacts({
    level: "acquiring-partner",
    permit: { ...PERMIT, level: "acquiring-partner", addresses: ["203.0.113.9"] },
    categories: [asks("settlement", 1, 1)],
  }),
  emulatorFacts(),
  emulatorFacts({ kind: "soak", requests: 4_000_000, durationUs: seconds(80_000) }),
];

/** One field changed to another that it might well have. */
const CHANGES: readonly Partial<RunFacts>[] = [
  { environment: "emulator" },
  { environment: "klarna-test" },
  { environment: "playground-eu" },
  { environment: "live" as "emulator" },
  { environment: "Emulator" as "emulator" },
  { kind: "smoke" },
  { kind: "baseline" },
  { kind: "rate-limit-drill" },
  { kind: "soak" },
  { level: "acquiring-partner" },
  { account: `${PERMIT.account}X` },
  { account: "krn:partner:global:account:live:LWT2XJSE" },
  { profile: { note: "klarna_live_" } },
  { profile: ["api.klarna.com"] },
  { requests: 0 },
  { requests: 61 },
  { requests: 501 },
  { requests: 3001 },
  { durationUs: seconds(120) + 1 },
  { durationUs: seconds(600) + 1 },
  { maxInFlight: 0 },
  { maxInFlight: 1000 },
  { categories: [] },
  { categories: [asks("unknown", 1, 1), asks("unknown", 1, 1)] },
  { categories: [asks("dispute", 0.5, 1), asks("dispute", 0.5, 1)] },
  { categories: [asks("dispute", 2.4, 2.5)] },
  { categories: [asks("payment-transaction-capture", 5.9, 500)] },
  { categories: [asks("payment-transaction-capture", 6.1, 500)] },
  { categories: [asks("account-onboarding", 0.1, 1)] },
  { categories: [bursting] },
  {
    categories: [
      {
        ...bursting,
        bursts: { ...bursting.bursts, windows: [{ fromUs: 0, toUs: seconds(3) + 1 }] },
      },
    ],
  },
  { operations: [{ name: "x", family: "classic", allowedOn: "everywhere" }] },
  { operations: [{ name: "x", family: "network", allowedOn: "emulator" }] },
  { permit: LATER },
  { permit: { ...PERMIT, validUntil: "2026-08-31" } },
  { permit: { ...PERMIT, guidelinesReadOn: "2026-01-01" } },
  { permit: { ...PERMIT, klarnaReference: "" } },
  { permit: { ...PERMIT, level: "acquiring-partner" } },
  { weakeningSettings: ["--inspect"] },
  { relaxedStops: ["errors"] },
  { relaxedStops: ["unauthorized" as "errors"] },
  { nowMs: NOW_MS + 80 * DAY },
  { nowMs: NOW_MS - 30 * DAY },
  { standing: { code: "LEDGER_LOCKED", text: "it is locked", hint: "wait" } },
  { standing: { ...GOOD_STANDING, budgetLeft: 29 } },
  { standing: { ...GOOD_STANDING, lastPassedSmokeMs: NOW_MS - DAY } },
  { standing: { ...GOOD_STANDING, lastPassedSmokeMs: NOW_MS + DAY } },
  { standing: { ...GOOD_STANDING, lastDrillMs: NOW_MS - HOUR + 1 } },
  { standing: { ...GOOD_STANDING, protectionTrippedMs: NOW_MS - HOUR + 1 } },
];

const someFacts = fc
  .record({
    from: fc.constantFrom(...ALLOWED),
    changes: fc.array(fc.constantFrom(...CHANGES), { maxLength: 2 }),
    odd: fc.array(
      fc.record({
        at: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
        value: fc.constantFrom(...ODD),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ from, changes, odd }) =>
    odd.reduce(
      (facts, { at, value }) => disturbed(facts, at, value),
      Object.assign({}, from, ...changes),
    ),
  );

describe("the guard's decision", () => {
  it.each(ALLOWED.map((facts) => [facts.environment, facts.kind, facts] as const))(
    "allows what the reference allows: %s, %s",
    (_, __, facts) => {
      const decision = decide(facts);
      expect(decision).toMatchObject({ allowed: true });
      if (decision.allowed) expect(mayRun(facts, decision.bounds)).toBe(true);
    },
  );

  it("is never looser than the reference, whatever the facts", () => {
    let allowed = 0;
    const codes = new Set<string>();
    fc.assert(
      fc.property(someFacts, (facts) => {
        const decision = decide(facts);
        if (!decision.allowed) {
          codes.add(decision.code);
          return;
        }
        allowed++;
        expect(mayRun(facts, decision.bounds)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
    // The property says nothing if nothing is allowed, or all is refused for one reason.
    expect(allowed).toBeGreaterThan(500);
    expect(codes.size).toBeGreaterThan(15);
  });

  it("is a refusal for one field that is missing, or odd, wherever it makes a difference", () => {
    const fields = Object.keys(klarnaFacts()) as (keyof RunFacts)[];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.constantFrom(...ODD), (field, odd) => {
        const facts = { ...klarnaFacts(), [field]: odd };
        const decision = decide(facts);
        if (decision.allowed) expect(mayRun(facts, decision.bounds)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is a refusal for a ledger's problem, even one without a way out", () => {
    const standing = { code: "LEDGER_LOCKED", text: "it is locked" } as RunFacts["standing"];
    expect(decide(klarnaFacts({ standing }))).toMatchObject({
      allowed: false,
      code: "LEDGER_LOCKED",
    });
  });

  it.each<[string, Partial<RunFacts>]>([
    ["an environment that does not exist", { environment: "live" as "emulator" }],
    ["requests below nothing", { requests: -1 }],
    ["a duration below nothing", { durationUs: -1 }],
    ["in flight below nothing", { maxInFlight: -1 }],
    ["in flight that is no number", { maxInFlight: Number.NaN }],
    ["requests that are null", { requests: null as unknown as number }],
    [
      "a category that stands twice",
      { categories: [asks("unknown", 1, 1), asks("unknown", 1, 1)] },
    ],
  ])("can't be made of %s", (_, changed) => {
    const operations = [{ name: "x", family: "classic", allowedOn: "everywhere" } as const];
    const classic = changed.environment === undefined ? {} : { operations };
    expect(decide(klarnaFacts({ ...classic, ...changed }))).toMatchObject({
      allowed: false,
      code: "GUARD_UNDECIDED",
    });
  });
});
