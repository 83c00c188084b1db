import { micros, milliseconds, seconds } from "../base/units.ts";
import { catalogued } from "../klarna/catalogue.ts";
import { repeatsSafely } from "../klarna/operation.ts";
import type { RetriedResult, RetryPolicy } from "../workload/retry.ts";
import {
  duration,
  flag,
  listOf,
  oneOf,
  positiveDuration,
  strict,
  whole,
  written,
} from "./written.ts";

const retried = written(
  {
    code: "PROFILE_RETRY",
    what: "a result to retry",
    form: "429, 5xx, another status from 400 to 599, timeout, or connection",
  },
  (value): RetriedResult | undefined => {
    if (value === "5xx" || value === "timeout" || value === "connection") return value;
    const isStatus = typeof value === "number" && Number.isInteger(value);
    return isStatus && value >= 400 && value <= 599 ? value : undefined;
  },
);

/** `retry: { attempts: 3 }`. One attempt in all is no retry, which is how a step turns the profile's policy off. */
export const retry = strict({
  attempts: whole(1, 10),
  on: listOf(retried, "results", 20).default([429, "5xx", "timeout", "connection"]),
  backoff: oneOf(["exponential", "none"], "a back-off").default("exponential"),
  base: positiveDuration().default(milliseconds(500)),
  max: duration().default(seconds(30)),
  jitter: oneOf(["full", "none"], "a jitter").default("full"),
  ignoreReset: flag().default(false),
  idempotencyKey: oneOf(["same", "fresh"], "a choice of key").default("same"),
}).transform(({ backoff, base, ...policy }): RetryPolicy => {
  return { ...policy, base: backoff === "none" ? micros(0) : base };
});

/** Whether no good client would do so: it comes back at once, or before it was told to, or has its writes executed twice. */
export function isNaive({ attempts, base, ignoreReset, idempotencyKey }: RetryPolicy): boolean {
  return attempts > 1 && (base === 0 || ignoreReset || idempotencyKey === "fresh");
}

/**
 * The policy as it holds for an operation. A write without an idempotency key is made again only where the answer says
 * that it was not executed.
 */
export function retryOf(
  operation: string,
  policy: RetryPolicy | undefined,
): RetryPolicy | undefined {
  if (policy === undefined || policy.attempts <= 1) return undefined;
  if (repeatsSafely(catalogued(operation))) return policy;
  const on = policy.on.filter((result) => result === 429);
  return on.length === 0 ? undefined : { ...policy, on };
}
