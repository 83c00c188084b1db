import { describe, expect, it, test } from "vitest";
import { type Random, seededRandom } from "../base/random.ts";
import { micros, milliseconds, seconds } from "../base/units.ts";
import type { FailureCode } from "./outcome.ts";
import { backOff, isRetried, type RetriedResult, type RetryPolicy } from "./retry.ts";
import type { Answer } from "./roles.ts";

function policy(more: Partial<RetryPolicy> = {}): RetryPolicy {
  return {
    attempts: 3,
    on: [429, "5xx", "timeout", "connection"],
    base: milliseconds(100),
    max: seconds(1),
    jitter: "full",
    ignoreReset: false,
    idempotencyKey: "same",
    ...more,
  };
}

const answered = (status: number, resetAfter?: number): Answer => ({
  kind: "answered",
  end: micros(0),
  status,
  expected: false,
  saved: {},
  ...(resetAfter === undefined ? {} : { resetAfter: micros(resetAfter) }),
});
const failed = (code: FailureCode): Answer => ({ kind: "failed", end: micros(0), code });
/** Draws the same number each time. */
const always = (n: number): Random => ({ next: () => n, fork: () => always(n) });

describe("what is retried", () => {
  test.each<[string, Answer, readonly RetriedResult[], boolean]>([
    ["a listed status", answered(429), [429], true],
    ["another status", answered(409), [429, "5xx"], false],
    ["a status listed by its class", answered(503), ["5xx"], true],
    ["what was answered well", answered(201), [429, "5xx"], false],
    ["no answer in time", failed("timeout"), ["timeout"], true],
    ["no answer in time, not listed", failed("timeout"), ["connection", "5xx"], false],
    ["a reset connection", failed("connection-reset"), ["connection"], true],
    ["a connection that was closed", failed("connection-closed"), ["connection"], true],
    ["an answer that can't be read", failed("malformed-answer"), ["connection", "timeout"], false],
    ["a request that the guard refused", failed("not-sent"), ["connection", "timeout"], false],
  ])("%s", (_, answer, on, retried) => {
    expect(isRetried(policy({ on }), 1, answer)).toBe(retried);
  });

  it("ends with the last attempt", () => {
    const asked = [1, 2, 3, 4].map((attempt) => isRetried(policy(), attempt, answered(429)));
    expect(asked).toEqual([true, true, false, false]);
  });
});

describe("how long it is waited", () => {
  it("doubles the longest back-off up to its bound", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((attempt) =>
      backOff(policy({ jitter: "none" }), attempt, answered(503), always(0)),
    );
    expect(waits).toEqual([100_000, 200_000, 400_000, 800_000, 1_000_000, 1_000_000]);
  });

  it("takes any part of it, as likely as any other", () => {
    const random = seededRandom(1);
    const waits = Array.from({ length: 10_000 }, () => backOff(policy(), 2, answered(503), random));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(200_000);
    const tenths = waits.reduce((counts, wait) => {
      const tenth = Math.floor(wait / 20_000);
      return counts.with(tenth, (counts[tenth] ?? 0) + 1);
    }, new Array<number>(10).fill(0));
    // 4 standard deviations of a binomial of 10 000 at a tenth.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it("comes after the reset that a 429 names, and spreads from there", () => {
    expect(backOff(policy(), 1, answered(429, 2_000_000), always(0.5))).toBe(2_050_000);
    expect(backOff(policy(), 1, answered(429), always(0.5))).toBe(50_000);
  });

  it("of a bad client does neither", () => {
    const bad = policy({ base: micros(0), ignoreReset: true });
    expect(backOff(bad, 1, answered(429, 2_000_000), always(0.9))).toBe(0);
  });

  it("needs no reset for a request without an answer", () => {
    expect(backOff(policy(), 1, failed("timeout"), always(0.25))).toBe(25_000);
  });
});
