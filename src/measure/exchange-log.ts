import type { Micros } from "../base/units.ts";
import type { Outcome } from "../workload/outcome.ts";
import { EXCHANGES_KEPT, type ExchangeEvent } from "./record-format.ts";

/** A line for each request of a drill that was sent, up to a bound: whoever reads it can count how many are missing. */
export class ExchangeLog {
  #left = EXCHANGES_KEPT;

  /** @param since microseconds from the run's start @returns a line to write, or null */
  outcome(outcome: Outcome, since: (time: Micros) => number): ExchangeEvent | null {
    if (outcome.kind === "dropped" || this.#left === 0) return null;
    this.#left--;
    const { operation, category, request, journey, attempt, phase, due, start } = outcome;
    const limits = outcome.kind === "unfinished" ? undefined : outcome.limits;
    return {
      type: "exchange",
      operation,
      category,
      request,
      journey,
      attempt,
      phase,
      dueUs: since(due),
      startUs: since(start),
      endUs: since(outcome.kind === "unfinished" ? outcome.at : outcome.end),
      what: whatOf(outcome),
      keyHash: limits?.keyHash ?? null,
      ...(limits?.intent === undefined ? {} : { intent: limits.intent, write: limits.write }),
      limitPerSecond: limits?.limitPerSecond ?? null,
      remaining: limits?.remaining ?? null,
      resetS: limits?.resetSeconds ?? null,
    };
  }
}

function whatOf(outcome: Exclude<Outcome, { kind: "dropped" }>): number | string {
  switch (outcome.kind) {
    case "answered":
      return outcome.status;
    case "failed":
      return outcome.code;
    case "unfinished":
      return "unfinished";
  }
}
