import { holdsCredential } from "../guard/credentials.ts";
import type { RunEndRecord } from "../report/run-record.ts";
import type { CleanUpOutcome } from "../workload/left-open.ts";

/** So many are listed; what is beyond is counted. On Klarna's environments no run makes more. */
const LISTED_MOST = 3_000;

/**
 * Klarna's names of things, as far as a report may hold them: opaque, or a KRN of a payment's parts. No account stands in
 * one, and nothing that could be a credential.
 */
const SHOWN = /^(?:krn:payment:[a-z0-9]{1,16}:[a-z-]{1,32}:)?[A-Za-z0-9-]{1,64}$/;

/** What a run left on the server's side, as its report tells. @param ways the operations that would end it, in the order of the workload's ways */
export function leftBehind(
  { created, ended, cancelled, left, unknown }: CleanUpOutcome,
  ways: readonly string[],
): NonNullable<RunEndRecord["cleanUp"]> {
  return {
    created,
    ended,
    cancelled,
    left: left.slice(0, LISTED_MOST).map(({ way, id, why }) => ({
      operation: ways[way] ?? "",
      id: SHOWN.test(id) && !holdsCredential(id) ? id : null,
      why,
    })),
    leftUnlisted: Math.max(0, left.length - LISTED_MOST),
    unknown,
  };
}
