import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Kind } from "./environments.ts";
import { WORDS } from "./errors.support.ts";
import {
  BUDGET_WINDOW_MS,
  budgetLeft,
  GATE_PROFILE,
  PROBE_PROFILE,
  type Standing,
  standingProblem,
} from "./standing.ts";

const NOW = Date.UTC(2026, 0, 2);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const good: Standing = {
  withKey: true,
  budgetLeft: 20_000,
  lastDrillMs: undefined,
  protectionTrippedMs: undefined,
  lastPassedSmokeMs: NOW - HOUR,
};

function codeFor(standing: Partial<Standing>, kind: Kind, requests = 12): string | undefined {
  const asked = { kind, environment: "klarna-test", requests, nowMs: NOW };
  const problem = standingProblem({ ...good, ...standing }, asked);
  if (problem) expect(problem).toMatchObject({ text: WORDS, hint: WORDS });
  return problem?.code;
}

describe("standing", () => {
  it.each<[string, Partial<Standing>, Kind, number, string | undefined]>([
    ["nothing against it", {}, "baseline", 3000, undefined],
    ["tripped an hour ago", { protectionTrippedMs: NOW - HOUR }, "smoke", 12, undefined],
    [
      "tripped a little less ago",
      { protectionTrippedMs: NOW - HOUR + 1 },
      "smoke",
      12,
      "GUARD_PROTECTION_COOL_DOWN",
    ],
    [
      "tripped in the future, by a clock that was wrong",
      { protectionTrippedMs: NOW + DAY },
      "smoke",
      12,
      "GUARD_PROTECTION_COOL_DOWN",
    ],
    ["a drill an hour ago", { lastDrillMs: NOW - HOUR }, "rate-limit-drill", 12, undefined],
    [
      "a drill a little less ago",
      { lastDrillMs: NOW - HOUR + 1 },
      "rate-limit-drill",
      12,
      "GUARD_DRILL_COOL_DOWN",
    ],
    ["a drill just now, and no drill is asked for", { lastDrillMs: NOW }, "smoke", 12, undefined],
    ["no smoke, none needed", { lastPassedSmokeMs: undefined }, "smoke", 12, undefined],
    ["no smoke", { lastPassedSmokeMs: undefined }, "baseline", 12, "GUARD_SMOKE_FIRST"],
    [
      "no smoke for a drill",
      { lastPassedSmokeMs: undefined },
      "rate-limit-drill",
      12,
      "GUARD_SMOKE_FIRST",
    ],
    ["a smoke within a day", { lastPassedSmokeMs: NOW - DAY + 1 }, "baseline", 12, undefined],
    ["a smoke a day ago", { lastPassedSmokeMs: NOW - DAY }, "baseline", 12, "GUARD_SMOKE_FIRST"],
    ["a smoke two minutes ahead", { lastPassedSmokeMs: NOW + 120_000 }, "baseline", 12, undefined],
    [
      "a smoke that is still to come",
      { lastPassedSmokeMs: NOW + 120_001 },
      "baseline",
      12,
      "GUARD_SMOKE_FIRST",
    ],
    ["the last of the budget", { budgetLeft: 60 }, "smoke", 60, undefined],
    ["one more than the budget", { budgetLeft: 59 }, "smoke", 60, "GUARD_BUDGET_SPENT"],
    ["requests that are no number", {}, "smoke", Number.NaN, "GUARD_BUDGET_SPENT"],
  ])("%s", (_, standing, kind, requests, code) => {
    expect(codeFor(standing, kind, requests)).toBe(code);
  });

  it("says when the next run may start", () => {
    const asked = { environment: "klarna-test", requests: 1, nowMs: NOW } as const;
    const hint = (standing: Partial<Standing>, kind: Kind) =>
      standingProblem({ ...good, ...standing }, { ...asked, kind })?.hint;
    const next = expect.stringContaining("2026-01-02T00:59:59.999Z");
    expect(hint({ protectionTrippedMs: NOW - 1 }, "smoke")).toEqual(next);
    expect(hint({ lastDrillMs: NOW - 1 }, "rate-limit-drill")).toEqual(next);
  });
});

it.each([
  [0, 0, 20_000],
  [1, 3, 19_997],
  [20_000, 0, 0],
  [0, 20_001, 0],
])("spent %i by key and %i by account: %i left", (byKey, byAccount, left) => {
  expect(budgetLeft({ byKey, byAccount })).toBe(left);
});

it("the probe's profile is one that ships", () => {
  expect(existsSync(new URL(`../../profiles/${PROBE_PROFILE}.yaml`, import.meta.url))).toBe(true);
});

it("gates stand in ledgers by a name that stays", () => {
  expect(GATE_PROFILE).toBe("gate");
});

it("a reserved request counts for a day and half an hour", () => {
  expect(BUDGET_WINDOW_MS).toBe(88_200_000);
});
