import type { SentStep } from "./journey.ts";
import type { Answer, Thing } from "./roles.ts";

/** Something that a run made and that is still there. */
export interface Left extends Thing {
  /** Why: a status, a failure code, why the request was dropped, or `not tried`. */
  readonly why: string;
}

/** What became of everything that a run made. created = ended + cancelled + left. */
export interface CleanUpOutcome {
  /** Things that answers named. */
  readonly created: number;
  /** By the journeys themselves. */
  readonly ended: number;
  /** By the clean-up. */
  readonly cancelled: number;
  readonly left: readonly Left[];
  /** Requests that may have made something which no answer named. */
  readonly unknown: number;
}

/**
 * Keeps account of what a run makes on the server's side and has not ended. What it holds grows with what is left
 * open, not with the run.
 */
export class LeftOpen {
  readonly #open = new Map<string, { thing: Thing; why: string }>();
  /** By the request that was the first attempt: a later one may bring the answer. */
  readonly #unknown = new Set<number>();
  /** Called with each thing that an answer names. */
  onMade: (thing: Thing) => void = () => {};
  #created = 0;
  #ended = 0;
  #cancelled = 0;

  answered({ sent, journey, step, turn }: SentStep, answer: Answer): void {
    const made = answer.kind === "answered" ? (answer.created ?? []) : [];
    const ended = answer.kind === "answered" ? answer.ended : undefined;
    if (journey.scenario.steps[step]?.creates) {
      const first = turn.firstAttempt ?? sent.request;
      if (made.length > 0) this.#unknown.delete(first);
      else if (mayHaveMade(answer)) this.#unknown.add(first);
    }
    // The same may be named twice, as by the replay of a write.
    for (const thing of made) {
      if (this.#open.has(keyOf(thing))) continue;
      this.#open.set(keyOf(thing), { thing, why: "not tried" });
      this.#created++;
      this.onMade(thing);
    }
    if (ended && this.#open.delete(keyOf(ended))) {
      if (journey.phase === "clean-up") this.#cancelled++;
      else this.#ended++;
    }
  }

  /** Its answer never came: the server may have executed it. */
  unfinished({ sent, journey, step, turn }: SentStep): void {
    if (journey.scenario.steps[step]?.creates) this.#unknown.add(turn.firstAttempt ?? sent.request);
  }

  /** An attempt to end it has failed. */
  notEnded(thing: Thing, why: string): void {
    const open = this.#open.get(keyOf(thing));
    if (open) open.why = why;
  }

  get things(): readonly Thing[] {
    return [...this.#open.values()].map(({ thing }) => thing);
  }

  outcome(): CleanUpOutcome {
    return {
      created: this.#created,
      ended: this.#ended,
      cancelled: this.#cancelled,
      left: [...this.#open.values()].map(({ thing, why }) => ({ ...thing, why })),
      unknown: this.#unknown.size,
    };
  }
}

function keyOf({ way, id }: Thing): string {
  return `${way} ${id}`;
}

/** A 4xx made nothing; nor did an answer that says what it made, where that is nothing. */
function mayHaveMade(answer: Answer): boolean {
  if (answer.kind === "failed") return answer.code !== "not-sent";
  if (answer.status >= 500) return true;
  return answer.status >= 200 && answer.status < 300 && answer.created === undefined;
}
