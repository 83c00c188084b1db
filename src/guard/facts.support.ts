import { perSecond, seconds } from "../base/units.ts";
import type { Permit } from "./permit.ts";
import type { Category } from "./quotas.ts";
import type { CategoryFacts, RunFacts } from "./run-facts.ts";
import type { Standing } from "./standing.ts";

/** Facts and permits for the guard's tests: each allowed as it stands, so that a test changes one thing. */

export const NOW_MS = Date.UTC(2026, 5, 15, 12);

export const PERMIT: Permit = {
  permitVersion: 1,
  label: "team-a",
  who: "A. Person",
  account: "krn:partner:global:account:test:LWT2XJSE",
  level: "partner",
  guidelinesReadOn: "2026-06-01",
  klarnaReference: "TICKET-1",
  validFrom: "2026-06-01",
  validUntil: "2026-08-30",
};

export function asks(category: Category, peak: number, cap: number): CategoryFacts {
  return { category, requests: 30, peakPerSecond: perSecond(peak), capPerSecond: perSecond(cap) };
}

/** The same, and this peak under this cap in bursts from and to these seconds. */
export function asksInBursts(
  asked: CategoryFacts,
  peak: number,
  cap: number,
  bursts: readonly (readonly [number, number])[],
): CategoryFacts {
  const windows = bursts.map(([from, to]) => ({ fromUs: from * 1e6, toUs: to * 1e6 }));
  return {
    ...asked,
    bursts: { peakPerSecond: perSecond(peak), capPerSecond: perSecond(cap), windows },
  };
}

/** A key and an account that have done nothing wrong, a smoke run an hour ago. */
export const GOOD_STANDING: Standing = {
  withKey: true,
  budgetLeft: 20_000,
  lastDrillMs: undefined,
  protectionTrippedMs: undefined,
  lastPassedSmokeMs: NOW_MS - 3_600_000,
};

/** A baseline on the emulator. */
export function emulatorFacts(changed: Partial<RunFacts> = {}): RunFacts {
  return {
    environment: "emulator",
    kind: "baseline",
    model: "open",
    level: "partner",
    account: undefined,
    durationUs: seconds(60),
    requests: 600,
    maxInFlight: 20,
    categories: [asks("payment-transaction-capture", 10, 20)],
    operations: [{ name: "payment-request.create", family: "network", allowedOn: "everywhere" }],
    profile: { name: "baseline" },
    relaxedStops: [],
    permit: undefined,
    weakeningSettings: [],
    standing: undefined,
    nowMs: NOW_MS,
    ...changed,
  };
}

/** A smoke against Klarna's test environment that the guard allows. */
export function klarnaFacts(changed: Partial<RunFacts> = {}): RunFacts {
  return emulatorFacts({
    environment: "klarna-test",
    kind: "smoke",
    durationUs: seconds(30),
    requests: 30,
    maxInFlight: 2,
    categories: [asks("payment-transaction-capture", 1, 1)],
    permit: PERMIT,
    standing: GOOD_STANDING,
    ...changed,
  });
}
