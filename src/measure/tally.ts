import { Fault } from "../base/errors.ts";
import type { Due, JourneyOutcome, Outcome, Phase, Sent } from "../workload/outcome.ts";
import type { CountsLine, JourneyCounts, RequestCounts } from "./record-format.ts";

/** Counts of one interval, by operation or scenario and phase. */
export class IntervalTally {
  readonly #operations = new Map<
    string,
    { readonly category: string; readonly phases: Map<Phase, RequestCounts> }
  >();
  readonly #journeys = new Map<string, Map<Phase, JourneyCounts>>();

  due(due: Due): void {
    const counts = this.#counts(due);
    counts.planned++;
    if (due.attempt > 1) counts.retries++;
    else if (due.poll > 1) counts.polls++;
  }

  started(sent: Sent): void {
    this.#counts(sent).started++;
  }

  outcome(outcome: Outcome): void {
    const counts = this.#counts(outcome);
    switch (outcome.kind) {
      case "answered":
        add(counts.answered, String(outcome.status));
        if (!outcome.expected) counts.unexpected++;
        if (outcome.phases?.connection === "new") counts.newConnections++;
        else if (outcome.phases) counts.reusedConnections++;
        return;
      case "failed":
        add(counts.failed, outcome.code);
        return;
      case "dropped":
        add(counts.dropped, outcome.reason);
        return;
      case "unfinished":
        counts.unfinished++;
    }
  }

  journey(journey: JourneyOutcome): void {
    const phases = ensure(this.#journeys, journey.scenario, () => new Map());
    const counts = ensure(phases, journey.phase, emptyJourneyCounts);
    counts.ended++;
    if (journey.completed) counts.completed++;
    counts.notReached += journey.notReached;
    counts.notDue += journey.notDue;
  }

  /** Null if nothing happened. Starts anew. */
  take(interval: number): CountsLine | null {
    if (this.#operations.size === 0 && this.#journeys.size === 0) return null;
    const line: CountsLine = {
      interval,
      operations: Object.fromEntries(
        [...this.#operations].map(([name, { category, phases }]) => [
          name,
          { category, phases: Object.fromEntries(phases) },
        ]),
      ),
      journeys: Object.fromEntries(
        [...this.#journeys].map(([name, phases]) => [name, Object.fromEntries(phases)]),
      ),
    };
    this.#operations.clear();
    this.#journeys.clear();
    return line;
  }

  #counts(due: Due): RequestCounts {
    const { phases } = ensure(this.#operations, due.operation, () => ({
      category: due.category,
      phases: new Map<Phase, RequestCounts>(),
    }));
    return ensure(phases, due.phase, emptyRequestCounts);
  }
}

/** The fate of every request of an operation. planned = dropped + sent; sent = answered + failed + unfinished. */
export interface Totals {
  planned: number;
  sent: number;
  answered: number;
  /** Answered, but not as expected; part of `answered`. */
  unexpected: number;
  failed: number;
  unfinished: number;
  dropped: number;
}

/** Totals of the whole run by operation, kept to be checked against each other when it has ended. */
export class Ledger {
  readonly #operations = new Map<string, Totals>();
  readonly run: Totals = emptyTotals();

  due(due: Due): void {
    this.#of(due).planned++;
    this.run.planned++;
  }

  started(sent: Sent): void {
    this.#of(sent).sent++;
    this.run.sent++;
  }

  outcome(outcome: Outcome): void {
    const totals = this.#of(outcome);
    totals[outcome.kind]++;
    this.run[outcome.kind]++;
    if (outcome.kind === "answered" && !outcome.expected) {
      totals.unexpected++;
      this.run.unexpected++;
    }
  }

  /** Requests sent and not yet ended. */
  get inFlight(): number {
    return this.run.sent - this.run.answered - this.run.failed - this.run.unfinished;
  }

  /** @throws Fault FAULT_ACCOUNTING if a request was lost or counted twice, for any operation */
  check(): void {
    for (const [operation, t] of this.#operations) {
      if (t.planned !== t.dropped + t.sent) {
        throw breach(operation, `planned ${t.planned} = dropped ${t.dropped} + sent ${t.sent}`);
      }
      if (t.sent !== t.answered + t.failed + t.unfinished) {
        throw breach(
          operation,
          `sent ${t.sent} = answered ${t.answered} + failed ${t.failed} + unfinished ${t.unfinished}`,
        );
      }
    }
  }

  #of(due: Due): Totals {
    return ensure(this.#operations, due.operation, emptyTotals);
  }
}

function breach(operation: string, identity: string): Fault {
  return new Fault("FAULT_ACCOUNTING", `requests do not add up for ${operation}: not ${identity}`, {
    hint: "this is a defect of klarna-perf: report it with the run's record folder",
  });
}

export function emptyRequestCounts(): RequestCounts {
  return {
    planned: 0,
    started: 0,
    answered: {},
    unexpected: 0,
    failed: {},
    dropped: {},
    unfinished: 0,
    retries: 0,
    polls: 0,
    newConnections: 0,
    reusedConnections: 0,
  };
}

export function emptyJourneyCounts(): JourneyCounts {
  return { ended: 0, completed: 0, notReached: 0, notDue: 0 };
}

function emptyTotals(): Totals {
  return {
    planned: 0,
    sent: 0,
    answered: 0,
    unexpected: 0,
    failed: 0,
    unfinished: 0,
    dropped: 0,
  };
}

/** Adds to one entry of a tally that may not have it yet. */
export function add(tally: Record<string, number>, key: string, count = 1): void {
  tally[key] = (tally[key] ?? 0) + count;
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
