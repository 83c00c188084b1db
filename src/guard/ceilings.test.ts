import { describe, expect, it } from "vitest";
import { ceilingOf, drillRequests, peaksUnderQuota } from "./ceilings.ts";
import { ENVIRONMENT_NAMES, isKlarnaEnvironment, KINDS, KLARNA_KINDS } from "./environments.ts";
import {
  bindingQuota,
  CATEGORIES,
  type Category,
  documentedQuota,
  LEVELS,
  quotaIsMerchants,
} from "./quotas.ts";

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
    "classic-create-session": [5, 5, 40, 40],
    "classic-create-token-session": [5, 5, 40, 40],
    "classic-create-hosted-page": [5, 5, 40, 40],
    "classic-other": [50, 50, 200, 200],
    unknown: [5, 5, 5, 5],
  };

  it.each(CATEGORIES)("of %s are as documented", (category) => {
    const seen = (["test", "live"] as const).flatMap((environment) =>
      LEVELS.map((level) => documentedQuota(environment, category, level)),
    );
    expect(seen).toEqual(table[category]);
  });

  it("are counted by merchant for the older APIs, and for no other", () => {
    expect(CATEGORIES.filter(quotaIsMerchants)).toEqual([
      "classic-create-session",
      "classic-create-token-session",
      "classic-create-hosted-page",
      "classic-other",
    ]);
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
  const CAPTURE = "payment-transaction-capture";

  it.each([
    ["smoke", 60, 120, true, undefined, 1, 1, 2],
    ["baseline", 3000, 600, true, undefined, 6, 6, 6],
    ["rate-limit-drill", 500, 120, false, { each: 3e6, inAll: 10e6 }, 6, 18, 18],
  ] as const)(
    "of a %s on Klarna's",
    (kind, requests, durationS, holds, bursts, peak, burstPeak, inFlight) => {
      const ceiling = ceilingOf("klarna-test", kind, "partner", [CAPTURE]);
      expect(ceiling).toMatchObject({
        requests,
        duration: durationS * 1e6,
        bursts,
        connectsPerSecond: 5,
        holdsSlotUntilAnswered: holds,
      });
      expect(ceiling?.category(CAPTURE)).toEqual({ peak, burstPeak, inFlight });
    },
  );

  it("round what may be in flight up: half of an unknown category's 5/s, and 1.5 times it", () => {
    const unknown = (["baseline", "rate-limit-drill"] as const).map((kind) =>
      ceilingOf("playground-eu", kind, "partner", ["unknown"])?.category("unknown"),
    );
    expect(unknown).toEqual([
      { peak: 2.5, burstPeak: 2.5, inFlight: 3 },
      { peak: 2.5, burstPeak: 7.5, inFlight: 8 },
    ]);
  });

  it("give a drill six times the largest quota of its categories, and 500 requests at least", () => {
    expect([[], [12], [83], [12, 84, 5]].map(drillRequests)).toEqual([500, 500, 500, 504]);
    const requests = (categories: readonly Category[]) =>
      ceilingOf("klarna-test", "rate-limit-drill", "acquiring-partner", categories)?.requests;
    // No quota that binds is above 83/s yet, so none comes to more than 500.
    expect([requests([]), requests([CAPTURE]), requests(CATEGORIES)]).toEqual([500, 500, 500]);
  });

  it("leave nothing of a category without quota", () => {
    const peaks = (["smoke", "baseline", "rate-limit-drill"] as const).map((kind) =>
      ceilingOf("klarna-test", kind, "partner", [])?.category("settlement"),
    );
    expect(peaks.map((one) => [one?.peak, one?.burstPeak])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it("are one for all kinds on the emulator, and finite; a drill's bursts may take as long as the run", () => {
    for (const kind of KINDS) {
      const ceiling = ceilingOf("emulator", kind, "partner", []);
      expect(ceiling).toMatchObject({
        requests: 4_320_000_000,
        duration: 86_400_000_000,
        connectsPerSecond: undefined,
        holdsSlotUntilAnswered: false,
      });
      expect(ceiling?.bursts).toEqual(
        kind === "rate-limit-drill" ? { each: 86_400_000_000, inAll: 86_400_000_000 } : undefined,
      );
      expect(ceiling?.category("settlement")).toEqual({
        peak: 50_000,
        burstPeak: 50_000,
        inFlight: 10_000,
      });
    }
  });

  it("exist on Klarna's for three kinds alone", () => {
    for (const environment of ENVIRONMENT_NAMES.filter(isKlarnaEnvironment)) {
      const kinds = KINDS.filter(
        (kind) => ceilingOf(environment, kind, "partner", []) !== undefined,
      );
      expect(kinds).toEqual(["smoke", "baseline", "rate-limit-drill"]);
      expect(new Set(kinds)).toEqual(KLARNA_KINDS);
    }
  });

  it("never reach half of Klarna's quota by more than nothing, but for a drill's bursts", () => {
    for (const quota of [0, 0.5, 1, 5, 12, 50, 125]) {
      const half = quota / 2;
      const little = Math.min(1, quota / 5);
      const burstPeak = 1.5 * quota;
      expect(peaksUnderQuota("baseline", quota)).toEqual({ peak: half, burstPeak: half });
      expect(peaksUnderQuota("rate-limit-drill", quota)).toEqual({ peak: half, burstPeak });
      expect(peaksUnderQuota("smoke", quota)).toEqual({ peak: little, burstPeak: little });
    }
  });
});
