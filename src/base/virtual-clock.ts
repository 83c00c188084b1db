import type { Cancel, Clock } from "./clock.ts";
import { type Micros, micros } from "./units.ts";

interface Timer {
  readonly due: Micros;
  readonly callback: () => void;
  cancelled: boolean;
}

/**
 * A clock that stands still until it is told to go on. `plan` runs the schedule on it, and so do the tests:
 * thousands of runs with no sleeping, each repeatable to the microsecond.
 */
export class VirtualClock implements Clock {
  #now: Micros = micros(0);
  #timers: Timer[] = [];
  readonly #wallOriginMs: number;

  /** @param wallOriginMs civil time at the clock's origin, milliseconds since the Unix epoch */
  constructor(wallOriginMs = Date.UTC(2026, 0, 1)) {
    this.#wallOriginMs = wallOriginMs;
  }

  now(): Micros {
    return this.#now;
  }

  wallMs(): number {
    return this.#wallOriginMs + this.#now / 1000;
  }

  at(due: Micros, callback: () => void): Cancel {
    const timer: Timer = { due, callback, cancelled: false };
    this.#insert(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  atCoarse(due: Micros, callback: () => void): Cancel {
    return this.at(due, callback);
  }

  /** Timers that have neither run nor been cancelled. */
  get pending(): number {
    return this.#timers.filter((timer) => !timer.cancelled).length;
  }

  /** Moves time on without running anything in between, as a frozen process sees it; what came due runs at the next `step`. */
  freeze(by: Micros): void {
    this.#now = micros(this.#now + by);
  }

  /** Runs the next timer, moving time on to it. @returns false when there is none. */
  step(): boolean {
    for (;;) {
      const timer = this.#timers.shift();
      if (!timer) return false;
      if (timer.cancelled) continue;
      if (timer.due > this.#now) this.#now = timer.due;
      timer.callback();
      return true;
    }
  }

  /**
   * Runs timers in order of their due times until none is left, letting promises settle in between.
   * @throws RangeError after `most` timers, since a loop that never ends is a bug worth a message
   */
  async runAll(most = 10_000_000): Promise<void> {
    for (let count = 0; count < most; count++) {
      await settle();
      if (!this.step()) {
        await settle();
        if (this.pending === 0) return;
      }
    }
    throw new RangeError(`virtual clock: more than ${most} timers`);
  }

  #insert(timer: Timer): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle];
      if (other && other.due <= timer.due) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }
}

/** Lets every promise that can settle without time passing do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
