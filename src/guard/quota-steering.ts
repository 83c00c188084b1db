import type { Random } from "../base/random.ts";
import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type PerSecond,
  perSecond,
} from "../base/units.ts";

/** What an answer told of the quota closest to being exceeded. */
export interface QuotaLeft {
  /** Requests that a window of it takes. */
  readonly limit: number;
  /** Of these, as many as may still go: what the answer said, less our own requests since the one that it answers. */
  readonly left: number;
  /** When the window has turned, at the latest. */
  readonly until: Micros;
}

/** A quota is nearly gone when less than this part of it is left. Whoever keeps to four fifths of it is never slowed down. */
const NEARLY_GONE = 0.2;

/** Klarna's quotas are counted by the second; a longer wait than this is no quota's. */
const RESET_MAX_S = 60;

/**
 * Slows down as the remaining quota nears zero, as Klarna asks of its callers beside a token bucket (which the cap is).
 *
 * While less than a fifth of the quota is left, the cap is lowered in proportion: to all of it at a fifth, half of it
 * at a tenth, nothing at none, until the window has turned or an answer tells of more. Proportion, because nobody says
 * how a quota is counted: in fixed windows it lets the rest of one run out gently and waits for the next; in a sliding
 * window or a bucket that fills steadily it comes to rest where as much comes in as goes out. It only ever slows down,
 * so that a header which lies costs time and no more. Pure in time.
 */
export class QuotaSteering {
  #nearlyGone = 0;
  #left = Number.POSITIVE_INFINITY;
  #since: number = Number.NEGATIVE_INFINITY;
  #until: number = Number.NEGATIVE_INFINITY;

  /** An answer has come at `at`; the latest is what counts. */
  learn(at: Micros, { limit, left, until }: QuotaLeft): void {
    this.#since = at;
    this.#nearlyGone = NEARLY_GONE * limit;
    this.#left = left;
    this.#until = until;
  }

  /** When it was told: what could go before that was not slowed down by it. */
  get since(): number {
    return this.#since;
  }

  /** A request of ours has been let go. */
  took(): void {
    this.#left--;
  }

  /** Until when it slows down, unless an answer ends it before; `undefined`: it does not. */
  until(at: number): number | undefined {
    return at < this.#until && this.#left < this.#nearlyGone ? this.#until : undefined;
  }

  /** What is left of a cap; 0: nothing at all. */
  slowed(cap: PerSecond): PerSecond {
    if (this.#left <= 0) return perSecond(0);
    return perSecond(cap * Math.min(1, this.#left / this.#nearlyGone));
  }
}

/**
 * When to try again after a 429: after the quota's reset, and up to half as long again, since many callers that wait
 * for one reset must not meet there.
 *
 * @param resetSeconds as the answer's header gave it; 1 to 60 are believed
 */
export function afterReset(now: Micros, resetSeconds: number | undefined, random: Random): Micros {
  return micros(now + Math.ceil(untilReset(resetSeconds) * (1 + random.next() / 2)));
}

/** When a window has turned of which an answer said that so many seconds are left; 1 to 60 are believed. */
export function windowTurns(now: Micros, resetSeconds: number | undefined): Micros {
  return micros(now + untilReset(resetSeconds));
}

/** How long a reset is waited for: 1 to 60 seconds of what a header said are believed. */
export function untilReset(seconds = 1): Micros {
  return micros(Math.min(RESET_MAX_S, Math.max(1, seconds)) * MICROS_PER_SECOND);
}
