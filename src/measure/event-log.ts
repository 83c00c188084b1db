import type {
  Answered,
  Dropped,
  Evidence,
  ExchangePhase,
  Failed,
  Outcome,
  Unfinished,
} from "../workload/outcome.ts";
import type { RecordEvent, SlowEvent } from "./record-format.ts";

/** Requests of one kind that get a line of their own; further ones are counted. */
const LINES_PER_KIND = 20;
/** Every unfinished request is listed, since the server may have executed it; more than this are never in flight at Klarna. */
const UNFINISHED_LINES = 1_000;
const SLOWEST = 20;

type Noteworthy = Answered | Failed | Dropped | Unfinished;

interface Kind {
  readonly operation: string;
  readonly what: string;
  readonly errorCode: string | null;
  readonly during: ExchangePhase | null;
  lines: number;
  more: number;
  moreAtUs: number;
}

/**
 * What deserves a line: the first requests of each kind of trouble, how many more there were, and the slowest
 * answers. Bounded by the number of kinds (operations x statuses, codes, phases and reasons), not by the run's length.
 */
export class EventLog {
  readonly #kinds = new Map<string, Kind>();
  readonly #slowest: { event: SlowEvent; told: boolean }[] = [];

  /** @param atUs when it ended, from the run's start @returns a line to write, or null */
  outcome(outcome: Outcome, atUs: number): RecordEvent | null {
    const what = whatOf(outcome);
    return what === null ? null : this.#trouble(outcome, what, atUs);
  }

  /** @param atUs when the answer had come, from the run's start */
  offerSlow(answered: Answered, atUs: number): void {
    const responseTimeUs = answered.end - answered.due;
    const least = this.#slowest.at(-1);
    if (this.#slowest.length === SLOWEST && least && responseTimeUs <= least.event.responseTimeUs) {
      return;
    }
    const event: SlowEvent = {
      type: "slow",
      operation: answered.operation,
      atUs,
      request: answered.request,
      responseTimeUs,
      serviceTimeUs: answered.end - answered.start,
      status: answered.status,
      correlationId: answered.correlationId ?? null,
    };
    const place = this.#slowest.findIndex((one) => one.event.responseTimeUs < responseTimeUs);
    this.#slowest.splice(place === -1 ? this.#slowest.length : place, 0, { event, told: false });
    if (this.#slowest.length > SLOWEST) this.#slowest.pop();
  }

  /** What is to be told at the end of an interval: counts since the last time, and newly slowest answers. */
  takeInterval(): RecordEvent[] {
    const events: RecordEvent[] = [];
    for (const kind of this.#kinds.values()) {
      if (kind.more === 0) continue;
      const { operation, what, errorCode, during, more, moreAtUs } = kind;
      const same = { operation, what, errorCode, during };
      events.push({ type: "more", ...same, atUs: moreAtUs, count: more });
      kind.more = 0;
    }
    for (const one of this.#slowest) {
      if (!one.told) events.push(one.event);
      one.told = true;
    }
    return events;
  }

  #trouble(outcome: Noteworthy, what: string, atUs: number): RecordEvent | null {
    const evidence: Evidence =
      outcome.kind === "answered" || outcome.kind === "failed" ? outcome : {};
    const errorCode = evidence.errorCode ?? null;
    const during = (outcome.kind === "failed" && outcome.during) || null;
    const key = `${outcome.operation}\n${what}\n${errorCode ?? ""}\n${during ?? ""}`;
    let kind = this.#kinds.get(key);
    if (!kind) {
      const { operation } = outcome;
      kind = { operation, what, errorCode, during, lines: 0, more: 0, moreAtUs: 0 };
      this.#kinds.set(key, kind);
    }
    if (kind.lines >= (outcome.kind === "unfinished" ? UNFINISHED_LINES : LINES_PER_KIND)) {
      if (kind.more === 0) kind.moreAtUs = atUs;
      kind.more++;
      return null;
    }
    kind.lines++;
    return {
      type: "request",
      operation: outcome.operation,
      what,
      errorCode,
      during,
      atUs,
      request: outcome.request,
      attempt: outcome.attempt,
      poll: outcome.poll,
      phase: outcome.phase,
      errorId: evidence.errorId ?? null,
      correlationId: evidence.correlationId ?? null,
    };
  }
}

/** A status, a failure code, `dropped: reason` or `unfinished`; null for an answer as expected. */
function whatOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "answered":
      return outcome.expected ? null : String(outcome.status);
    case "failed":
      return outcome.code;
    case "dropped":
      return `dropped: ${outcome.reason}`;
    case "unfinished":
      return "unfinished";
  }
}
