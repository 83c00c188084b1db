import { type Micros, micros } from "./units.ts";

/**
 * How long before a due time `setTimeout` is no longer trusted, whose resolution is 1 ms and which is late by up to a
 * further millisecond under load, and time is polled for between input/output turns instead.
 */
const SPIN_US = 1_500;

/**
 * How long one poll goes on by itself before it lets input and output have their turn. Each turn leaves some 400 bytes
 * behind, so that turns alone would make 0.3 MB of garbage a wait, and a collection of a millisecond every few waits, just
 * when something is due; and each takes some microseconds, so that the due time would pass in the middle of one.
 */
const LOOK_US = 20;
/** Steps of counting between two looks at the clock, about a microsecond: each look leaves 16 bytes behind. */
const STEPS = 1_000;

interface Waiting {
  readonly due: Micros;
  readonly callback: () => void;
  cancelled: boolean;
}

/**
 * Callbacks at due times, late by tens of microseconds instead of a millisecond: sleeps until shortly before the first
 * of them, then polls on `setImmediate`, so that input and output go on. That takes at most 2.5 ms of processor time a
 * wait, and one immediate a turn however many wait.
 */
export class PreciseTimers {
  readonly #now: () => Micros;
  /** By due time; of two due together, the one put in first. */
  readonly #waiting: Waiting[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #counted = 0;
  #timeout: { readonly due: Micros; readonly handle: NodeJS.Timeout } | undefined;
  readonly #poll = (): void => {
    this.#immediate = undefined;
    this.#wakeNoMore();
    this.#awaitFirst();
    this.#runDue();
  };

  constructor(now: () => Micros) {
    this.#now = now;
  }

  /** Runs `callback` at `due` or as soon after as can be, in a turn of its own. @returns cancels it; does nothing once it has run */
  add(due: Micros, callback: () => void): () => void {
    const timer: Waiting = { due, callback, cancelled: false };
    this.#waiting.splice(this.#placeFor(due), 0, timer);
    this.#arrange();
    return () => {
      timer.cancelled = true;
      const place = this.#waiting.lastIndexOf(timer);
      if (place >= 0) this.#waiting.splice(place, 1);
      // A wake-up for nothing does no harm, but an empty list must not keep the process alive.
      if (this.#waiting.length === 0) this.#arrange();
    };
  }

  #placeFor(due: Micros): number {
    let [low, high] = [0, this.#waiting.length];
    // Mostly the last: tried first.
    if (due >= (this.#waiting[high - 1]?.due ?? 0)) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle]?.due ?? 0) <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Until the first is due, if that is at hand. */
  #awaitFirst(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const until = Math.min(first.due, this.#now() + LOOK_US);
    while (this.#now() < until) this.#countSteps();
  }

  /** Lets time pass. What it counts is kept, so that no compiler takes the counting for superfluous. */
  #countSteps(): void {
    for (let step = 0; step < STEPS; step++) this.#counted = (this.#counted + step) | 0;
  }

  /** Only those that were due when the turn began: one that asks for the same time again waits for the next. */
  #runDue(): void {
    const now = this.#now();
    let count = 0;
    while ((this.#waiting[count]?.due ?? Number.POSITIVE_INFINITY) <= now) count++;
    const due = this.#waiting.splice(0, count);
    let ran = 0;
    try {
      for (const timer of due) {
        ran++;
        if (!timer.cancelled) timer.callback();
      }
    } finally {
      // One that throws keeps none of the others from running.
      if (ran < due.length) this.#waiting.unshift(...due.slice(ran));
      this.#arrange();
    }
  }

  /** Sees to it that the first is not missed. */
  #arrange(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#wakeNoMore();
      clearImmediate(this.#immediate);
      this.#immediate = undefined;
      return;
    }
    if (this.#immediate !== undefined) return;
    const left = first.due - this.#now();
    if (left <= SPIN_US + 1000) {
      this.#wakeNoMore();
      this.#immediate = setImmediate(this.#poll);
    } else if (this.#timeout === undefined || first.due < this.#timeout.due) {
      this.#wakeNoMore();
      const handle = setTimeout(this.#poll, sleepMs(micros(left - SPIN_US)));
      this.#timeout = { due: first.due, handle };
    }
  }

  #wakeNoMore(): void {
    clearTimeout(this.#timeout?.handle);
    this.#timeout = undefined;
  }
}

/** `setTimeout` takes whole milliseconds up to 2^31 - 1; longer waits are made in turns. */
export function sleepMs(us: Micros): number {
  return Math.min(Math.ceil(us / 1000), 0x7fff_ffff);
}
