import { expect, test } from "vitest";
import { formatPlace, UsageError } from "../base/errors.ts";
import { milliseconds, seconds } from "../base/units.ts";
import type { RetryPolicy } from "../workload/retry.ts";
import { parseProfile } from "./read.ts";
import { isNaive } from "./retry.ts";

const GOOD: RetryPolicy = {
  attempts: 3,
  on: [429],
  base: milliseconds(500),
  max: seconds(30),
  jitter: "full",
  ignoreReset: false,
  idempotencyKey: "same",
};

test.each<[string, Partial<RetryPolicy>, boolean]>([
  ["the default", {}, false],
  ["no back-off", { base: milliseconds(0) }, true],
  ["a back-off of next to nothing", { base: milliseconds(0.001) }, true],
  ["one that may not grow", { max: milliseconds(0.001) }, true],
  ["just below the floor", { base: milliseconds(99.999) }, true],
  ["at the floor", { base: milliseconds(100), max: milliseconds(100) }, false],
  ["before the reset", { ignoreReset: true }, true],
  ["a key of its own", { idempotencyKey: "fresh" }, true],
  ["one attempt, however made", { attempts: 1, base: milliseconds(0) }, false],
])("%s: naive or not", (_, change, naive) => {
  expect(isNaive({ ...GOOD, ...change })).toBe(naive);
});

/** @returns the code and the place of what is wrong; undefined when nothing is */
function told(policy: string, environment?: string, step = ""): string | undefined {
  const text = `name: p
kind: smoke
retry: { attempts: 3, ${policy} }
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
scenarios: [{ name: one, steps: [{ operation: payment-request.create${step} }] }]
`;
  try {
    parseProfile(text, "p.yaml", environment === undefined ? {} : { environment });
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return `${error.code} ${formatPlace(error.place)}`;
    throw error;
  }
}

test("against Klarna no policy is naive, and the first place of one that is gets named", () => {
  const naive = "PROFILE_NAIVE_RETRY p.yaml:3:8";
  expect(told("base: 1us", "emulator")).toBeUndefined();
  expect(told("base: 1us")).toBeUndefined();
  expect(told("base: 1us", "klarna-test")).toBe(naive);
  expect(told("max: 1us", "playground-eu")).toBe(naive);
  expect(told("backoff: none", "klarna-test")).toBe(naive);
  expect(told("base: 100ms", "klarna-test")).toBeUndefined();
  const step = ", retry: { attempts: 2, idempotencyKey: fresh }";
  expect(told("base: 1s", "klarna-test", step)).toBe("PROFILE_NAIVE_RETRY p.yaml:5:78");
});

test("a back-off may not be bounded to nothing, wherever", () => {
  expect(told("max: 0s")).toBe("PROFILE_DURATION p.yaml:3:28");
  expect(told("max: 0")).toBe("PROFILE_DURATION p.yaml:3:28");
});
