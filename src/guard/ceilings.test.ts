import { describe, expect, it } from "vitest";
import { ceilingOf, peakUnderQuota } from "./ceilings.ts";
import { ENVIRONMENT_NAMES, isKlarnaEnvironment, KINDS } from "./environments.ts";
import { bindingQuota, CATEGORIES, type Category, documentedQuota, LEVELS } from "./quotas.ts";

describe("quotas", () => {
  /** Klarna's table, transcribed once more: test partner, test acquiring partner, live partner, live acquiring partner. */
  const table: Record<Category, readonly [number, number, number, number]> = {
    "account-onboarding": [0, 5, 0, 10],
    "payment-transaction-capture": [12, 50, 50, 200],
    "payment-transaction-management": [50, 125, 200, 500],
    dispute: [5, 12, 20, 50],
    settlement: [0, 37, 0, 150],
    "partner-management": [5, 12, 20, 50],
    "on-site-messaging": [50, 125, 200, 500],
    unknown: [5, 5, 5, 5],
  };

  it.each(CATEGORIES)("of %s are as documented", (category) => {
    const seen = (["test", "live"] as const).flatMap((environment) =>
      LEVELS.map((level) => documentedQuota(environment, category, level)),
    );
    expect(seen).toEqual(table[category]);
  });

  it.each([
    ["a partner's own", "payment-transaction-capture", "partner", 12],
    [
      "the partner's, which is the lower, for an acquiring partner too",
      "payment-transaction-capture",
      "acquiring-partner",
      12,
    ],
    ["the acquiring partner's where a partner has none", "settlement", "acquiring-partner", 37],
    ["none where a partner has none", "settlement", "partner", 0],
  ] as const)("bind by %s", (_, category, level, quota) => {
    expect(bindingQuota("test", category, level)).toBe(quota);
  });
});

describe("ceilings", () => {
  it.each([
    ["smoke", 60, 120, true, 1, 2],
    ["baseline", 3000, 600, true, 6, 6],
    ["rate-limit-drill", 500, 120, false, 6, 6],
  ] as const)("of a %s on Klarna's", (kind, requests, durationS, holds, peak, inFlight) => {
    const ceiling = ceilingOf("klarna-test", kind, "partner");
    expect(ceiling).toMatchObject({
      requests,
      duration: durationS * 1e6,
      connectsPerSecond: 5,
      holdsSlotUntilAnswered: holds,
    });
    expect(ceiling?.category("payment-transaction-capture")).toEqual({ peak, inFlight });
  });

  it("round what may be in flight up: half of an unknown category's 5/s", () => {
    expect(ceilingOf("playground-eu", "baseline", "partner")?.category("unknown")).toEqual({
      peak: 2.5,
      inFlight: 3,
    });
  });

  it("leave nothing of a category without quota", () => {
    const peaks = (["smoke", "baseline", "rate-limit-drill"] as const).map(
      (kind) => ceilingOf("klarna-test", kind, "partner")?.category("settlement").peak,
    );
    expect(peaks).toEqual([0, 0, 0]);
  });

  it("are one for all kinds on the emulator, and finite", () => {
    for (const kind of KINDS) {
      const ceiling = ceilingOf("emulator", kind, "partner");
      expect(ceiling).toMatchObject({
        requests: 4_320_000_000,
        duration: 86_400_000_000,
        connectsPerSecond: undefined,
        holdsSlotUntilAnswered: false,
      });
      expect(ceiling?.category("settlement")).toEqual({ peak: 50_000, inFlight: 10_000 });
    }
  });

  it("exist on Klarna's for three kinds alone", () => {
    for (const environment of ENVIRONMENT_NAMES.filter(isKlarnaEnvironment)) {
      const kinds = KINDS.filter((kind) => ceilingOf(environment, kind, "partner") !== undefined);
      expect(kinds).toEqual(["smoke", "baseline", "rate-limit-drill"]);
    }
  });

  it("never reach half of Klarna's quota by more than nothing", () => {
    for (const quota of [0, 0.5, 1, 5, 12, 50, 125]) {
      expect(peakUnderQuota("baseline", quota)).toBe(quota / 2);
      expect(peakUnderQuota("rate-limit-drill", quota)).toBe(quota / 2);
      expect(peakUnderQuota("smoke", quota)).toBe(Math.min(1, quota / 5));
    }
  });
});
