import type { Micros } from "../base/units.ts";
import type { Outcome } from "../workload/outcome.ts";
import { type EachEvent, REQUESTS_KEPT } from "./record-format.ts";

/**
 * A line for each of the first requests to end, so that a report of a small run can show every one of them. Bounded:
 * a larger run's are the first few hundred, and no report draws them.
 */
export class FirstRequests {
  #left = REQUESTS_KEPT;

  /** @param since microseconds from the run's start @returns a line to write, or null */
  outcome(outcome: Outcome, since: (time: Micros) => number): EachEvent | null {
    if (this.#left === 0) return null;
    this.#left--;
    const { kind, operation, request, attempt, poll, phase, due } = outcome;
    const end = kind === "answered" || kind === "failed" ? outcome.end : outcome.at;
    return {
      type: "each",
      operation,
      request,
      attempt,
      poll,
      phase,
      kind,
      what: whatOf(outcome),
      expected: kind === "answered" && outcome.expected,
      dueUs: since(due),
      startUs: kind === "dropped" ? null : since(outcome.start),
      endUs: since(end),
    };
  }
}

function whatOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return String(outcome.status);
    case "failed":
      return outcome.code;
    case "dropped":
      return outcome.reason;
    case "unfinished":
      return "unfinished";
  }
}
