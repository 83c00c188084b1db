import type { Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import type { FailureCode } from "./outcome.ts";
import type { Answer } from "./roles.ts";

/** What is retried: answers of a status or of any 5xx, requests that ran out of time, connections that ended under one. */
export type RetriedResult = number | "5xx" | "timeout" | "connection";

/** How a request that did not succeed is made again, each time as a request of its own. */
export interface RetryPolicy {
  /** Requests for one intended one, the first included; at least 2. */
  readonly attempts: number;
  readonly on: readonly RetriedResult[];
  /** The longest back-off before the second attempt; doubled for each further one. 0: none at all. */
  readonly base: Micros;
  /** What doubling ends at. */
  readonly max: Micros;
  /** `full`: any part of the longest back-off, as likely as any other; `none`: all of it. */
  readonly jitter: "full" | "none";
  /** Comes back before the reset that a 429 names. For showing what a bad client does, on the emulator alone. */
  readonly ignoreReset: boolean;
  /** `fresh`: each attempt is a write of its own to the server, which then may execute each. On the emulator alone. */
  readonly idempotencyKey: "same" | "fresh";
}

const ENDED_UNDER_IT: ReadonlySet<FailureCode> = new Set(["connection-closed", "connection-reset"]);

/** Whether the policy asks for another attempt after this one, which was the `attempt`th. */
export function isRetried({ attempts, on }: RetryPolicy, attempt: number, answer: Answer): boolean {
  if (attempt >= attempts) return false;
  return on.some((one) => {
    if (answer.kind === "failed") {
      if (one === "timeout") return answer.code === "timeout";
      return one === "connection" && ENDED_UNDER_IT.has(answer.code);
    }
    return one === answer.status || (one === "5xx" && answer.status >= 500);
  });
}

/**
 * How long after its answer the next attempt becomes due: exponential back-off with full jitter (M. Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015), after the reset that the answer names. The jitter comes on top
 * of the reset, since callers that all wait for one reset must not meet there.
 *
 * @param attempt which attempt the answer was to, from 1
 */
export function backOff(
  { base, max, jitter, ignoreReset }: RetryPolicy,
  attempt: number,
  answer: Answer,
  random: Random,
): Micros {
  const longest = Math.min(max, base * 2 ** (attempt - 1));
  const waits = jitter === "full" ? Math.floor(random.next() * longest) : longest;
  const reset = answer.kind === "answered" ? (answer.resetAfter ?? 0) : 0;
  return micros((ignoreReset ? 0 : reset) + waits);
}
