import type { DropReason } from "../workload/outcome.ts";
import type { RequestCounts } from "./record-format.ts";
import { add } from "./tally.ts";

/** The fate of requests. planned = dropped + sent; sent = answered + failed + unfinished. */
export interface Counts {
  planned: number;
  sent: number;
  answered: number;
  failed: number;
  unfinished: number;
  dropped: number;
  readonly drops: Record<DropReason, number>;
  /** Answered, but not as expected; part of `answered`. */
  unexpected: number;
  /** Of `planned`: further attempts at what did not succeed. */
  retries: number;
  /** Of `planned`: further polls of steps that ask again, retries of them aside. */
  polls: number;
}

export function emptyCounts(): Counts {
  return {
    planned: 0,
    sent: 0,
    answered: 0,
    failed: 0,
    unfinished: 0,
    dropped: 0,
    drops: { "in-flight": 0, cap: 0, "quota-steering": 0, runner: 0, "run-ended": 0 },
    unexpected: 0,
    retries: 0,
    polls: 0,
  };
}

/** Adds what one interval counted. */
export function addRequestCounts(to: Counts, from: RequestCounts): void {
  to.planned += from.planned;
  to.sent += from.started;
  to.answered += total(from.answered);
  to.failed += total(from.failed);
  to.unfinished += from.unfinished;
  to.unexpected += from.unexpected;
  to.retries += from.retries;
  to.polls += from.polls;
  for (const [reason, count] of Object.entries(from.dropped)) {
    to.dropped += count;
    add(to.drops, reason, count);
  }
}

/** Failed, and answered but not as expected. */
export function errorsOf(counts: Counts): number {
  return counts.failed + counts.unexpected;
}

export function total(tally: Readonly<Record<string, number>>): number {
  return Object.values(tally).reduce((sum, count) => sum + count, 0);
}
