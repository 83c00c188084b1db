import { UsageError } from "../base/errors.ts";
import { micros, milliseconds, seconds } from "../base/units.ts";
import { catalogued } from "../klarna/catalogue.ts";
import { repeatsSafely } from "../klarna/operation.ts";
import type { RetriedResult, RetryPolicy } from "../workload/retry.ts";
import { at, everyStep, plain, type Tree } from "./tree.ts";
import { flag, listOf, oneOf, positiveDuration, strict, whole, written } from "./written.ts";

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
  max: positiveDuration().default(seconds(30)),
  jitter: oneOf(["full", "none"], "a jitter").default("full"),
  ignoreReset: flag().default(false),
  idempotencyKey: oneOf(["same", "fresh"], "a choice of key").default("same"),
}).transform(({ backoff, base, ...policy }): RetryPolicy => {
  return { ...policy, base: backoff === "none" ? micros(0) : base };
});

/** A client that comes back sooner than this gives a server in trouble no rest. */
const BACKOFF_LEAST_US = milliseconds(100);

/** Whether no good client would do so: it comes back at once, or before it was told to, or has its writes executed twice. */
export function isNaive({
  attempts,
  base,
  max,
  ignoreReset,
  idempotencyKey,
}: RetryPolicy): boolean {
  const isHasty = Math.min(base, max) < BACKOFF_LEAST_US;
  return attempts > 1 && (isHasty || ignoreReset || idempotencyKey === "fresh");
}

/** `PROFILE_NAIVE_RETRY` for each policy that is there to show what a bad client does: Klarna never meets one. */
export function naiveProblems(profile: Tree): UsageError[] {
  const written = [profile, ...everyStep(profile)].flatMap((part) => at(part, "retry") ?? []);
  return written.flatMap((policy) => {
    const { data } = retry.safeParse(plain(policy));
    if (data === undefined || !isNaive(data)) return [];
    return [
      new UsageError("PROFILE_NAIVE_RETRY", "a retry policy of a bad client's", {
        place: policy.place,
        hint: "Klarna is only ever called with a back-off of 100 ms or more (`base` and `max`), after the reset it names, and with the same idempotency key: leave out backoff: none, ignoreReset and idempotencyKey: fresh, or use --env emulator",
      }),
    ];
  });
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
