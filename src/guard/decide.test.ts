import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal, Refusals } from "../base/errors.ts";
import { seconds } from "../base/units.ts";
import { ApprovedPlan, approve } from "./approval.ts";
import { type Decision, decide } from "./decide.ts";
import { WORDS } from "./errors.support.ts";
import {
  asks,
  asksInBursts,
  emulatorFacts,
  GOOD_STANDING,
  klarnaFacts,
  NOW_MS,
  PERMIT,
} from "./facts.support.ts";
import type { OperationFacts, RunFacts } from "./run-facts.ts";

const LIVE_ACCOUNT = "krn:partner:global:account:live:LWT2XJSE";
const CLASSIC: OperationFacts = { name: "order.read", family: "classic", allowedOn: "everywhere" };
const NETWORK: OperationFacts = { name: "webhook", family: "network", allowedOn: "emulator" };
const LATER = { ...PERMIT, validFrom: "2026-06-16", guidelinesReadOn: "2026-06-16" };

const THREE_OF_THREE = [
  [0, 3],
  [4, 7],
  [8, 11],
] as const;

/** One row for each way a rule refuses: what differs from allowed facts, and the code. */
const refused: readonly (readonly [string, RunFacts, string])[] = [
  ["a soak on Klarna's", klarnaFacts({ kind: "soak" }), "GUARD_KIND_EMULATOR_ONLY"],
  [
    "a capacity search on a playground",
    klarnaFacts({ environment: "playground-eu", kind: "capacity" }),
    "GUARD_KIND_EMULATOR_ONLY",
  ],
  [
    "a live host in the profile",
    emulatorFacts({ profile: { data: [{ url: "https://api.klarna.com/" }] } }),
    "GUARD_LIVE_MARKER",
  ],
  [
    "a live sign in a field's name",
    emulatorFacts({ profile: { klarna_live_api_x: 1 } }),
    "GUARD_LIVE_MARKER",
  ],
  ["a live account", klarnaFacts({ account: LIVE_ACCOUNT }), "GUARD_LIVE_MARKER"],
  [
    "a live account, on the emulator too",
    emulatorFacts({ account: LIVE_ACCOUNT }),
    "GUARD_LIVE_MARKER",
  ],
  [
    "an older API's operation on the network's host",
    klarnaFacts({ operations: [CLASSIC] }),
    "GUARD_OPERATION_OTHER_HOST",
  ],
  [
    "a network operation on a playground",
    klarnaFacts({ environment: "playground-na" }),
    "GUARD_OPERATION_OTHER_HOST",
  ],
  [
    "an operation for the emulator alone",
    klarnaFacts({ operations: [NETWORK] }),
    "GUARD_OPERATION_EMULATOR_ONLY",
  ],
  [
    "one such among others",
    klarnaFacts({ operations: [...klarnaFacts().operations, NETWORK] }),
    "GUARD_OPERATION_EMULATOR_ONLY",
  ],
  ["no permit", klarnaFacts({ permit: undefined }), "GUARD_PERMIT_MISSING"],
  ["a permit of tomorrow's", klarnaFacts({ permit: LATER }), "GUARD_PERMIT_NOT_VALID"],
  [
    "a permit that has ended",
    klarnaFacts({ nowMs: Date.UTC(2026, 7, 31) }),
    "GUARD_PERMIT_NOT_VALID",
  ],
  ["a time that is no number", klarnaFacts({ nowMs: Number.NaN }), "GUARD_PERMIT_NOT_VALID"],
  [
    "a permit for another account",
    klarnaFacts({ account: `${PERMIT.account}X` }),
    "GUARD_PERMIT_OTHER_ACCOUNT",
  ],
  [
    "a permit for another level",
    klarnaFacts({ level: "acquiring-partner" }),
    "GUARD_PERMIT_OTHER_ACCOUNT",
  ],
  [
    "a baseline without consent",
    baseline({ permit: without(PERMIT, "klarnaReference") }),
    "GUARD_CONSENT_MISSING",
  ],
  ["a debugger", klarnaFacts({ weakeningSettings: ["--inspect"] }), "GUARD_RUNTIME_WEAKENED"],
  ["a stop turned off", klarnaFacts({ relaxedStops: ["throttled"] }), "GUARD_STOPS_RELAXED"],
  ["a request above a smoke's 60", klarnaFacts({ requests: 61 }), "GUARD_REQUESTS_ABOVE_CEILING"],
  [
    "a request above a baseline's 3000",
    baseline({ requests: 3001 }),
    "GUARD_REQUESTS_ABOVE_CEILING",
  ],
  ["a request above a drill's 500", drill({ requests: 501 }), "GUARD_REQUESTS_ABOVE_CEILING"],
  [
    "a request above the emulator's ceiling",
    emulatorFacts({ requests: 4_320_000_001 }),
    "GUARD_REQUESTS_ABOVE_CEILING",
  ],
  [
    "requests that are no number",
    klarnaFacts({ requests: Number.NaN }),
    "GUARD_REQUESTS_ABOVE_CEILING",
  ],
  [
    "requests without end",
    emulatorFacts({ requests: Number.POSITIVE_INFINITY }),
    "GUARD_REQUESTS_ABOVE_CEILING",
  ],
  [
    "a microsecond above a smoke's 2 min",
    klarnaFacts({ durationUs: seconds(120) + 1 }),
    "GUARD_DURATION_ABOVE_CEILING",
  ],
  [
    "a microsecond above a baseline's 10 min",
    baseline({ durationUs: seconds(600) + 1 }),
    "GUARD_DURATION_ABOVE_CEILING",
  ],
  [
    "a microsecond above a drill's 2 min",
    drill({ durationUs: seconds(120) + 1 }),
    "GUARD_DURATION_ABOVE_CEILING",
  ],
  [
    "more than a day on the emulator",
    emulatorFacts({ durationUs: seconds(86_400) + 1 }),
    "GUARD_DURATION_ABOVE_CEILING",
  ],
  [
    "a duration that is no number",
    emulatorFacts({ durationUs: Number.NaN }),
    "GUARD_DURATION_ABOVE_CEILING",
  ],
  [
    "a partner's call of a category without quota",
    klarnaFacts({ categories: [asks("settlement", 0.1, 1)] }),
    "GUARD_QUOTA_ZERO",
  ],
  [
    "a smoke above 1/s",
    klarnaFacts({ categories: [asks("payment-transaction-capture", 1.001, 5)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "a smoke above its own cap",
    klarnaFacts({ categories: [asks("payment-transaction-capture", 0.51, 0.5)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "a baseline at its ceiling of half the quota",
    baseline({ categories: [asks("payment-transaction-capture", 6, 12)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "a baseline of an unknown category at half of 5/s",
    baseline({ categories: [asks("unknown", 2.5, 9)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "a drill at half the quota outside its bursts",
    drill({ categories: [asks("payment-transaction-capture", 6, 12)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "bursts in a smoke",
    klarnaFacts({ categories: [{ ...bursting(), ...asks("dispute", 1, 1) }] }),
    "GUARD_BURSTS_DRILL_ONLY",
  ],
  ["bursts in a baseline", baseline({ categories: [bursting()] }), "GUARD_BURSTS_DRILL_ONLY"],
  [
    "bursts in a soak on the emulator",
    emulatorFacts({ kind: "soak", categories: [bursting()] }),
    "GUARD_BURSTS_DRILL_ONLY",
  ],
  [
    "a burst a microsecond above 3 s",
    drill({ categories: [bursting({ bursts: [[1, 4.000001]] })] }),
    "GUARD_BURST_TOO_LONG",
  ],
  [
    "two bursts that come to more than 3 s with less than a second between them",
    drill({
      categories: [
        bursting({
          bursts: [
            [1, 2.5],
            [3.499999, 5],
          ],
        }),
      ],
    }),
    "GUARD_BURST_TOO_LONG",
  ],
  [
    "bursts a microsecond above 10 s in all",
    drill({ categories: [bursting({ bursts: [...THREE_OF_THREE, [20, 21.000001]] })] }),
    "GUARD_BURSTS_TOO_LONG_IN_ALL",
  ],
  [
    "a burst above 1.5 times the quota",
    drill({ categories: [bursting({ peak: 18.01, cap: 30 })] }),
    "GUARD_BURST_ABOVE_CAP",
  ],
  [
    "a burst above the limit of its own",
    drill({ categories: [bursting({ peak: 15, cap: 14 })] }),
    "GUARD_BURST_ABOVE_CAP",
  ],
  [
    "a burst of which no whole request is left",
    drill({ categories: [bursting({ peak: 0, cap: 0 })] }),
    "GUARD_BURST_ABOVE_CAP",
  ],
  [
    "bursts in the second category only",
    drill({ categories: [asks("dispute", 1, 2), bursting({ bursts: [[1, 5]] })] }),
    "GUARD_BURST_TOO_LONG",
  ],
  [
    "a burst of a day and more on the emulator",
    emulatorFacts({
      kind: "rate-limit-drill",
      categories: [bursting({ bursts: [[0, 86_400.000001]] })],
    }),
    "GUARD_BURST_TOO_LONG",
  ],
  [
    "a peak at its cap on the emulator",
    emulatorFacts({ categories: [asks("dispute", 20, 20)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "a peak above its cap, though users wait for their answers",
    emulatorFacts({ model: "closed", categories: [asks("dispute", 20.001, 20)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  [
    "the second category only",
    emulatorFacts({ categories: [asks("dispute", 1, 20), asks("unknown", 3, 2)] }),
    "GUARD_PEAK_AT_CAP",
  ],
  ["no ledger", klarnaFacts({ standing: undefined }), "GUARD_LEDGER_UNAVAILABLE"],
  [
    "a budget one request short",
    klarnaFacts({ standing: { ...GOOD_STANDING, budgetLeft: 29 } }),
    "GUARD_BUDGET_SPENT",
  ],
  [
    "a protection rule tripped a moment less than an hour ago",
    klarnaFacts({ standing: { ...GOOD_STANDING, protectionTrippedMs: NOW_MS - 3_599_999 } }),
    "GUARD_PROTECTION_COOL_DOWN",
  ],
  [
    "a baseline before any smoke",
    baseline({ standing: { ...GOOD_STANDING, lastPassedSmokeMs: undefined } }),
    "GUARD_SMOKE_FIRST",
  ],
];

/** The neighbours of those rows, just inside the rule. */
const allowed: readonly (readonly [string, RunFacts])[] = [
  ["a smoke on Klarna's, by a later version", klarnaFacts()],
  [
    "the last requests of the budget",
    klarnaFacts({ standing: { ...GOOD_STANDING, budgetLeft: 30 } }),
  ],
  [
    "a smoke an hour after a protection rule",
    klarnaFacts({ standing: { ...GOOD_STANDING, protectionTrippedMs: NOW_MS - 3_600_000 } }),
  ],
  ["a soak on the emulator", emulatorFacts({ kind: "soak" })],
  [
    "an older API's operation on a playground",
    klarnaFacts({ environment: "playground-oc", operations: [CLASSIC] }),
  ],
  ["an operation for the emulator, there", emulatorFacts({ operations: [NETWORK, CLASSIC] })],
  [
    "test hosts and ordinary words in the profile",
    klarnaFacts({
      profile: { description: "delivery: alive at https://api-global.test.klarna.com" },
    }),
  ],
  ["the permit's own account", klarnaFacts({ account: PERMIT.account })],
  ["the permit's last millisecond", klarnaFacts({ nowMs: Date.UTC(2026, 7, 31) - 1 })],
  ["a smoke without consent", klarnaFacts({ permit: without(PERMIT, "klarnaReference") })],
  ["a debugger on the emulator", emulatorFacts({ weakeningSettings: ["--inspect"] })],
  [
    "a smoke's last request and microsecond",
    klarnaFacts({ requests: 60, durationUs: seconds(120) }),
  ],
  [
    "a baseline's last request and microsecond",
    baseline({ requests: 3000, durationUs: seconds(600) }),
  ],
  ["a drill's last request and microsecond", drill({ requests: 500, durationUs: seconds(120) })],
  [
    "the emulator's last request and microsecond",
    emulatorFacts({ requests: 4_320_000_000, durationUs: seconds(86_400) }),
  ],
  [
    "a category that an acquiring partner may call",
    klarnaFacts({
      level: "acquiring-partner",
      permit: { ...PERMIT, level: "acquiring-partner" },
      categories: [asks("settlement", 1, 1)],
    }),
  ],
  ["a smoke at 1/s", klarnaFacts({ categories: [asks("payment-transaction-capture", 1, 5)] })],
  [
    "a baseline just below half the quota",
    baseline({ categories: [asks("payment-transaction-capture", 5.999, 12)] }),
  ],
  [
    "a drill just below half the quota outside its bursts",
    drill({ categories: [asks("payment-transaction-capture", 5.999, 12)] }),
  ],
  ["a drill with one burst", drill({ categories: [bursting()] })],
  [
    "bursts of 3 s, a second apart and 10 s in all, at 1.5 times the quota",
    drill({ categories: [bursting({ bursts: [...THREE_OF_THREE, [20, 21]] })] }),
  ],
  [
    "bursts of any length and rate on the emulator",
    emulatorFacts({
      kind: "rate-limit-drill",
      categories: [bursting({ peak: 500, cap: 600, bursts: [[0, 3600]] })],
    }),
  ],
  [
    "a peak just below its cap on the emulator",
    emulatorFacts({ categories: [asks("dispute", 19.999, 20)] }),
  ],
  ["no ledger on the emulator", emulatorFacts()],
  ["a plan that makes no request", klarnaFacts({ requests: 0 })],
  [
    "a peak at its cap where users wait for their answers, and so leave no backlog",
    emulatorFacts({ model: "closed", categories: [asks("dispute", 20, 20)] }),
  ],
];

/** A quarter of the quota of 12/s outside bursts, 1.5 times it within. */
function bursting({
  peak = 18,
  cap = 18,
  bursts = [[5, 8]],
}: {
  peak?: number;
  cap?: number;
  bursts?: readonly (readonly [number, number])[];
} = {}) {
  return asksInBursts(asks("payment-transaction-capture", 3, 6), peak, cap, bursts);
}

function baseline(changed: Partial<RunFacts> = {}): RunFacts {
  const categories = [asks("payment-transaction-capture", 4, 5)];
  return klarnaFacts({ kind: "baseline", categories, ...changed });
}

function drill(changed: Partial<RunFacts> = {}): RunFacts {
  return klarnaFacts({ kind: "rate-limit-drill", categories: [bursting()], ...changed });
}

function without<T extends object, K extends keyof T>(from: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = from;
  return rest;
}

function codesOf(decision: Decision): string[] {
  return decision.allowed ? [] : [decision, ...decision.also].map(({ code }) => code);
}

describe("decide", () => {
  it.each(refused)("refuses %s", (_, facts, code) => {
    const decision = decide(facts);
    expect(decision).toMatchObject({ allowed: false, code });
    if (decision.allowed) return;
    expect(decision.text).toMatch(/^[^.].*[^.]$/);
    expect(decision.hint.length).toBeGreaterThan(10);
  });

  /** Things that can be wrong at once, in the order of the rules: what makes them so, and the code. */
  const wrongs: readonly (readonly [Partial<RunFacts>, string])[] = [
    [{ profile: { klarna_live_api_x: 1 } }, "GUARD_LIVE_MARKER"],
    [{ operations: [CLASSIC] }, "GUARD_OPERATION_OTHER_HOST"],
    [{ account: `${PERMIT.account}X` }, "GUARD_PERMIT_OTHER_ACCOUNT"],
    [{ weakeningSettings: ["--inspect"] }, "GUARD_RUNTIME_WEAKENED"],
    [{ relaxedStops: ["errors"] }, "GUARD_STOPS_RELAXED"],
    [{ requests: 61 }, "GUARD_REQUESTS_ABOVE_CEILING"],
    [{ durationUs: seconds(121) }, "GUARD_DURATION_ABOVE_CEILING"],
    [{ categories: [asks("dispute", 3, 4)] }, "GUARD_PEAK_AT_CAP"],
    [{ standing: { ...GOOD_STANDING, budgetLeft: 0 } }, "GUARD_BUDGET_SPENT"],
  ];

  it("tells all that is wrong at once, in the order of its rules", () => {
    fc.assert(
      fc.property(fc.subarray([...wrongs], { minLength: 1 }), (some) => {
        const decision = decide(
          Object.assign({}, klarnaFacts(), ...some.map(([change]) => change)),
        );
        expect(codesOf(decision)).toEqual(some.map(([, code]) => code));
      }),
    );
  });

  it.each<[string, RunFacts, readonly string[]]>([
    [
      "an operation of another host and one for the emulator alone",
      klarnaFacts({ operations: [CLASSIC, NETWORK] }),
      ["GUARD_OPERATION_OTHER_HOST", "GUARD_OPERATION_EMULATOR_ONLY"],
    ],
    [
      "two categories",
      klarnaFacts({ categories: [asks("dispute", 3, 4), asks("account-onboarding", 0.1, 1)] }),
      ["GUARD_PEAK_AT_CAP", "GUARD_QUOTA_ZERO"],
    ],
    [
      "bursts that are too long, in all too, and too high",
      drill({ categories: [bursting({ peak: 19, bursts: [...THREE_OF_THREE, [20, 24]] })] }),
      ["GUARD_BURST_TOO_LONG", "GUARD_BURSTS_TOO_LONG_IN_ALL", "GUARD_BURST_ABOVE_CAP"],
    ],
    [
      "bursts in two categories of a baseline",
      baseline({
        categories: [bursting(), { ...asks("dispute", 1, 2), bursts: bursting().bursts }],
      }),
      ["GUARD_BURSTS_DRILL_ONLY", "GUARD_BURSTS_DRILL_ONLY"],
    ],
    [
      "a baseline without a permit: of the ledger, which nobody could ask, nothing is said",
      baseline({ permit: undefined, standing: undefined }),
      ["GUARD_PERMIT_MISSING", "GUARD_CONSENT_MISSING"],
    ],
    [
      "facts that one rule can't read",
      klarnaFacts({ relaxedStops: null as never, weakeningSettings: ["--inspect"] }),
      ["GUARD_RUNTIME_WEAKENED", "GUARD_UNDECIDED"],
    ],
  ])("tells all that is wrong with %s", (_, facts, codes) => {
    expect(codesOf(decide(facts))).toEqual(codes);
  });

  it("says nothing of what else is wrong with a kind that may not run there: it depends on the kind", () => {
    const decision = decide(klarnaFacts({ kind: "soak", requests: 1e6, permit: undefined }));
    expect(codesOf(decision)).toEqual(["GUARD_KIND_EMULATOR_ONLY"]);
  });

  it.each(allowed)("allows %s", (_, facts) => {
    expect(decide(facts)).toMatchObject({ allowed: true });
  });

  it.each([
    ["on Klarna's", klarnaFacts()],
    ["on the emulator", emulatorFacts()],
  ])("lists every check that it made, in order and in words, %s", (_, facts) => {
    const decision = decide(facts);
    const codes = [
      "ENVIRONMENT",
      "LIVE_MARKER",
      "OPERATIONS",
      "PERMIT",
      "CONSENT",
      "RUNTIME",
      "STOPS",
      "TOTALS",
      "CATEGORIES",
      "BURSTS",
      "LEDGER",
    ];
    expect(decision.allowed && decision.checks).toEqual(
      codes.map((code) => ({ code, text: WORDS })),
    );
  });

  it("names in its checks what they rest on", () => {
    const decision = decide(klarnaFacts({ requests: 59 }));
    const texts = new Map(
      decision.allowed ? decision.checks.map(({ code, text }) => [code, text]) : [],
    );
    expect(texts.get("ENVIRONMENT")).toBe("smoke may run on klarna-test");
    expect(texts.get("PERMIT")).toBe("permit team-a, until 2026-08-30");
    expect(texts.get("TOTALS")).toBe("59 requests in 30 s at most, within the ceilings");
    expect(texts.get("LEDGER")).toContain("20000 requests are left");
  });

  it.each<[string, RunFacts, { code?: string; text?: string; hint?: unknown }]>([
    [
      "a kind, and those that Klarna's environments take",
      klarnaFacts({ kind: "soak" }),
      {
        text: "a soak run may not go to klarna-test",
        hint: expect.stringContaining("take smoke, baseline, rate-limit-drill;"),
      },
    ],
    [
      "each operation that a host does not serve",
      klarnaFacts({ operations: [CLASSIC, { ...CLASSIC, name: "session.create" }] }),
      { text: "klarna-test does not serve order.read, session.create" },
    ],
    [
      "each operation that is for the emulator alone",
      klarnaFacts({ operations: [NETWORK, { ...NETWORK, name: "reset" }] }),
      { text: "webhook, reset may run on the emulator only" },
    ],
    [
      "each stop that is turned off",
      klarnaFacts({ relaxedStops: ["throttled", "errors"] }),
      {
        text: "the profile turns off the stop at a cluster of 429 answers and errors in more than half of the last requests",
      },
    ],
    [
      "each setting that weakens the process",
      klarnaFacts({ weakeningSettings: ["--inspect", "NODE_DEBUG"] }),
      { text: "this process runs with --inspect, NODE_DEBUG" },
    ],
    [
      "a duration and its ceiling, in seconds",
      klarnaFacts({ durationUs: seconds(120.5) }),
      { text: "the plan lasts 120.5 s with its drain, the ceiling is 120 s" },
    ],
    [
      "a cap of the profile's own, which it may raise",
      emulatorFacts({ categories: [asks("dispute", 20, 20)] }),
      { hint: expect.stringMatching(/^lower the rate or raise `limits`/) },
    ],
    [
      "the same where a whole number of requests a second is less than was asked for",
      emulatorFacts({ categories: [asks("dispute", 2.2, 2.5)] }),
      {
        text: "the plan's peak of 2.2/s in dispute is not below the cap of 2/s",
        hint: expect.stringMatching(/^lower the rate or raise `limits`/),
      },
    ],
    [
      "a ceiling that the cap is above",
      baseline({ categories: [asks("payment-transaction-capture", 6, 12)] }),
      { hint: "lower the rate: the cap is this environment's ceiling" },
    ],
    [
      "a ceiling that the cap has reached: raising it would be of no use",
      baseline({ categories: [asks("payment-transaction-capture", 6, 6)] }),
      { hint: "lower the rate: the cap is this environment's ceiling" },
    ],
    [
      "a burst's ceiling that its cap has reached",
      drill({ categories: [bursting({ peak: 19, cap: 18 })] }),
      { hint: "lower the rate of the burst: its cap is this environment's ceiling" },
    ],
    [
      "why the ledger could not say, in the ledger's words",
      klarnaFacts({
        standing: { code: "GUARD_LEDGER_CORRUPT", text: "it is torn", hint: "mend it" },
      }),
      { code: "GUARD_LEDGER_CORRUPT", text: "it is torn", hint: "mend it" },
    ],
  ])("a refusal names %s", (_, facts, told) => {
    expect(decide(facts)).toMatchObject({ allowed: false, ...told });
  });

  it("bounds the run by the lower of what was asked for and the ceiling", () => {
    const categories = [
      asks("payment-transaction-capture", 5, 12),
      asks("payment-transaction-management", 2, 3),
      asks("dispute", 1.5, 3),
    ];
    const decision = decide(baseline({ maxInFlight: 4, categories }));
    expect(decision.allowed && decision.bounds).toEqual({
      environment: "klarna-test",
      requests: 30,
      durationUs: 30_000_000,
      maxInFlight: 4,
      connectsPerSecond: 5,
      holdsSlotUntilAnswered: true,
      addresses: undefined,
      relaxedStops: [],
      categories: [
        { category: "payment-transaction-capture", capPerSecond: 6, inFlight: 4 },
        { category: "payment-transaction-management", capPerSecond: 3, inFlight: 4 },
        // Half of 5/s is 2.5/s, of which a window of 1 s holds two.
        { category: "dispute", capPerSecond: 2, inFlight: 3 },
      ],
    });
  });

  it("turns off on the emulator what may be turned off, says so, and nothing else", () => {
    const asked = ["redirect", "errors", "throttled"] as unknown as RunFacts["relaxedStops"];
    const decision = decide(emulatorFacts({ relaxedStops: asked }));
    expect(decision.allowed && decision.bounds.relaxedStops).toEqual(["throttled", "errors"]);
    const one = decide(emulatorFacts({ relaxedStops: ["throttled"] }));
    expect(one.allowed && one.bounds.relaxedStops).toEqual(["throttled"]);
    const none = decide(emulatorFacts());
    expect(none.allowed && none.bounds.relaxedStops).toEqual([]);
    expect(one.allowed && one.checks).toContainEqual({
      code: "STOPS",
      text: "the profile turns off the stop at a cluster of 429 answers; every other stop is on",
    });
  });

  it("bounds what is in flight in all by what its categories may have in flight", () => {
    const decision = decide(klarnaFacts({ maxInFlight: 1000 }));
    expect(decision.allowed && decision.bounds.maxInFlight).toBe(2);
  });

  it("opens no more than 5 connections a second to Klarna, and as many as it likes to the emulator", () => {
    const bounds = [drill(), emulatorFacts()].map((facts) => {
      const decision = decide(facts);
      return decision.allowed ? decision.bounds : undefined;
    });
    expect(bounds.map((one) => one?.connectsPerSecond)).toEqual([5, undefined]);
    expect(bounds.map((one) => one?.holdsSlotUntilAnswered)).toEqual([false, false]);
  });

  it("warns of a cap that leaves little to catch up with, and how long that takes", () => {
    const warningsAt = (peak: number): readonly unknown[] => {
      const decision = decide(emulatorFacts({ categories: [asks("dispute", peak, 10)] }));
      return decision.allowed ? decision.warnings : ["refused"];
    };
    expect(warningsAt(8)).toEqual([]);
    expect(warningsAt(9.5)).toEqual([
      {
        code: "CAP_TIGHT",
        text: "dispute: the peak of 9.5/s is above 80 % of the cap of 10/s; after a stall of 1 s the backlog takes 19 s to repay",
      },
    ]);
  });

  it("warns of none in a smoke, which may go up to its cap", () => {
    const decision = decide(klarnaFacts());
    expect(decision.allowed && decision.warnings).toEqual([]);
  });

  it("bounds a drill's bursts by the lower of what was asked for and 1.5 times the quota, and says so", () => {
    const categories = [
      bursting({
        cap: 23,
        bursts: [
          [5, 8],
          [20, 22.5],
        ],
      }),
      asksInBursts(asks("dispute", 1, 9), 5, 5, [[5, 8]]),
      asks("unknown", 1, 9),
    ];
    const decision = decide(drill({ maxInFlight: 100, categories }));
    expect(decision.allowed && decision.bounds.categories).toEqual([
      {
        category: "payment-transaction-capture",
        capPerSecond: 6,
        bursts: {
          capPerSecond: 18,
          windows: [
            { fromUs: 5e6, toUs: 8e6 },
            { fromUs: 20e6, toUs: 22.5e6 },
          ],
        },
        inFlight: 18,
      },
      {
        category: "dispute",
        capPerSecond: 2,
        bursts: { capPerSecond: 5, windows: [{ fromUs: 5e6, toUs: 8e6 }] },
        inFlight: 8,
      },
      { category: "unknown", capPerSecond: 2, inFlight: 8 },
    ]);
    expect(decision.allowed && decision.checks.find(({ code }) => code === "BURSTS")?.text).toBe(
      "payment-transaction-capture goes up to 18/s in 2 bursts, 3 s the longest and 5.5 s in all; dispute goes up to 5/s in 1 burst, 3 s the longest and 3 s in all",
    );
  });

  it("says that a drill stays below half the quota outside its bursts", () => {
    const categories = [{ ...bursting(), ...asks("payment-transaction-capture", 6, 6) }];
    expect(decide(drill({ categories }))).toMatchObject({
      text: "the plan's peak of 6/s in payment-transaction-capture is not below the cap of 6/s",
      hint: "lower the rate: outside its bursts a drill stays below half the quota, and below `limits`",
    });
  });

  it.each([
    [
      "too long",
      { bursts: [[1, 4.5]] },
      "a burst in payment-transaction-capture lasts 3.5 s, the ceiling is 3 s",
      "stages above half the quota are bursts: at most 3 s each and 10 s in all, 1 s or more between two",
    ],
    [
      "too many",
      { bursts: [...THREE_OF_THREE, [20, 22]] },
      "the bursts in payment-transaction-capture last 11 s in all, the ceiling is 10 s",
      "stages above half the quota are bursts: at most 3 s each and 10 s in all, 1 s or more between two",
    ],
    [
      "above the ceiling",
      { peak: 20, cap: 25 },
      "the bursts' peak of 20/s in payment-transaction-capture is above their cap of 18/s",
      "lower the rate of the burst: its cap is this environment's ceiling",
    ],
    [
      "above the profile's own limit",
      { peak: 15, cap: 14 },
      "the bursts' peak of 15/s in payment-transaction-capture is above their cap of 14/s",
      "lower the rate of the burst or raise `limits`",
    ],
  ] as const)("says what is accepted where bursts are %s", (_, asked, text, hint) => {
    expect(decide(drill({ categories: [bursting(asked)] }))).toMatchObject({ text, hint });
  });

  it.each<[string, object]>([
    [
      "a getter that throws",
      Object.defineProperty({ ...klarnaFacts() }, "permit", { enumerable: true, get: fail }),
    ],
    ["a proxy that throws", new Proxy(klarnaFacts(), { get: fail })],
    ["a permit that throws", klarnaFacts({ permit: new Proxy(PERMIT, { get: fail }) })],
    ["a profile that throws", klarnaFacts({ profile: new Proxy({ name: "x" }, { get: fail }) })],
    ["a profile that holds itself", klarnaFacts({ profile: ownTail() })],
    ["categories that are no list", { ...klarnaFacts(), categories: undefined }],
    [
      "a category that does not exist",
      { ...klarnaFacts(), categories: [{ ...asks("unknown", 0.1, 1), category: "__proto__x" }] },
    ],
    [
      "bursts out of order",
      drill({
        categories: [
          bursting({
            bursts: [
              [4, 5],
              [1, 2],
            ],
          }),
        ],
      }),
    ],
    ["a burst without an end", drill({ categories: [bursting({ bursts: [[1, Number.NaN]] })] })],
    ["a category that throws", klarnaFacts({ categories: [new Proxy(bursting(), { get: fail })] })],
    [
      "a cap below nothing",
      {
        ...klarnaFacts(),
        categories: [{ ...asks("unknown", 0, 0), peakPerSecond: -2, capPerSecond: -1 }],
      },
    ],
  ])("can't decide about %s, so it refuses", (_, facts) => {
    // The compiler would stop these; whatever reaches the guard at run time is refused all the same.
    expect(decide(facts as RunFacts)).toEqual({
      allowed: false,
      code: "GUARD_UNDECIDED",
      text: "the guard could not decide, so the answer is no",
      hint: "please report this with the profile that caused it",
      also: [],
    });
  });

  it.each([
    [null],
    [undefined],
    [{}],
    [
      new (class {
        environment = "emulator";
      })(),
    ],
  ])("refuses what are no facts: %o", (facts) => {
    expect(decide(facts as unknown as RunFacts).allowed).toBe(false);
  });

  it.each(["Emulator", "emulator ", "", "__proto__", "constructor", "live"])(
    "treats an environment that is not exactly the emulator as Klarna's: %j",
    (environment) => {
      const forged = { ...emulatorFacts(), environment } as RunFacts;
      expect(decide(forged)).toMatchObject({ allowed: false });
    },
  );

  it("judges one reading of the facts, so that none can change between check and bounds", () => {
    let readings = 0;
    const facts = emulatorFacts();
    const shifty = Object.defineProperty({ ...facts }, "environment", {
      enumerable: true,
      get: () => (readings++ === 0 ? "emulator" : "klarna-test"),
    });
    const decision = decide(shifty);
    expect(decision.allowed && decision.bounds.environment).toBe("emulator");
    expect(readings).toBe(1);
  });

  it("judges one reading of each burst too", () => {
    let readings = 0;
    const shifty = Object.defineProperty({ ...bursting() }, "bursts", {
      enumerable: true,
      get: () => bursting({ bursts: readings++ === 0 ? [[5, 8]] : [[0, 60]] }).bursts,
    });
    const decision = decide(drill({ categories: [shifty] }));
    const [bounds] = decision.allowed ? decision.bounds.categories : [];
    expect(bounds?.bursts?.windows).toEqual([{ fromUs: 5e6, toUs: 8e6 }]);
  });
});

describe("approve", () => {
  it("throws the decision's code", () => {
    const facts = klarnaFacts({ standing: undefined });
    expect(() => approve(facts)).toThrow(
      expect.objectContaining({ name: "Refusal", code: "GUARD_LEDGER_UNAVAILABLE", exitCode: 4 }),
    );
  });

  it("throws all that is wrong, and speaks for the first", () => {
    const facts = klarnaFacts({ requests: 61, relaxedStops: ["errors"] });
    try {
      approve(facts);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof Refusals)) throw error;
      expect([error.code, error.exitCode, error.hint]).toEqual(["GUARD_STOPS_RELAXED", 4, WORDS]);
      expect(error.all.map(({ name, code, message, hint }) => [name, code, message, hint])).toEqual(
        [
          ["Refusal", "GUARD_STOPS_RELAXED", WORDS, WORDS],
          ["Refusal", "GUARD_REQUESTS_ABOVE_CEILING", WORDS, WORDS],
        ],
      );
    }
  });

  it("gives bounds that can't be changed", () => {
    const approved = approve(emulatorFacts());
    const { bounds } = approved;
    const before = structuredClone(bounds);
    expect(() => Object.assign(bounds, { maxInFlight: 1e9 })).toThrow(TypeError);
    expect(() => Object.assign(bounds.categories[0] ?? {}, { capPerSecond: 1e9 })).toThrow(
      TypeError,
    );
    expect(() =>
      Object.defineProperty(approved, "bounds", { value: { maxInFlight: 1e9 } }),
    ).toThrow(TypeError);
    expect(approved.bounds).toEqual(before);
    expect(() => {
      // @ts-expect-error bounds are read-only
      approved.bounds.requests = 1e9;
    }).toThrow(TypeError);
  });

  it("can't be forged", () => {
    const { bounds } = approve(emulatorFacts());
    // @ts-expect-error the mint token is not exported
    expect(() => new ApprovedPlan(Symbol("guard mint"), bounds, [], [])).toThrow(Refusal);
    const genuine = approve(emulatorFacts());
    for (const forged of [
      { bounds, checks: [], warnings: [] },
      Object.create(ApprovedPlan.prototype),
      new Proxy(genuine, {}),
      structuredClone({ bounds }),
      null,
      undefined,
      "approved",
    ]) {
      expect(() => ApprovedPlan.assertGenuine(forged)).toThrow(
        expect.objectContaining({ code: "GUARD_FORGED" }),
      );
    }
    expect(ApprovedPlan.assertGenuine(genuine)).toBe(genuine);
  });
});

function fail(): never {
  throw new Error(`not to be read, ${NOW_MS}`);
}

function ownTail(): object {
  const snake: { tail?: object } = {};
  snake.tail = snake;
  return snake;
}
