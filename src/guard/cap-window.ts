import { MICROS_PER_SECOND, type Micros } from "../base/units.ts";

/** A request's place under the cap, from the moment it is admitted. */
export interface Slot {
  /**
   * Says when the request was written, stamped after the write and so never too early. Until then nothing else
   * is admitted: a process frozen between decision and write can't let one request too many through.
   */
  written(at: Micros): void;
  /** Says when its answer was complete, or when it ended without one; what was never sent counts as answered. */
  ended(at: Micros, answered: boolean): void;
}

/** After a request that ended unanswered, its slot is held this long: the server may still be at work on it. */
const UNANSWERED_HOLD_US = 60 * MICROS_PER_SECOND;

/** How many requests a window takes, and how long it is in microseconds. */
export function windowOf(perSecond: number): { size: number; length: number } {
  return perSecond >= 1
    ? { size: Math.floor(perSecond), length: MICROS_PER_SECOND }
    : { size: 1, length: Math.ceil(MICROS_PER_SECOND / perSecond) };
}

export interface Window {
  /** When a window of `length` has room for one more, at `size` requests a window. */
  freeAt(size: number, length: number): number | undefined;
  add(now: Micros, length: number): Slot;
}

/** Counts a request from its write: a ring of the latest writes, constant time at any rate. */
export class StampWindow implements Window {
  readonly #stamps: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#stamps = new Float64Array(size);
  }

  freeAt(size: number, length: number): number {
    if (this.#count < size) return 0;
    return (this.#stamps[(this.#count - size) % this.#stamps.length] ?? 0) + length;
  }

  add(now: Micros): Slot {
    const index = this.#count++ % this.#stamps.length;
    this.#stamps[index] = now;
    return {
      written: (at) => {
        this.#stamps[index] = Math.max(this.#stamps[index] ?? 0, at);
      },
      ended: () => {},
    };
  }
}

/**
 * Counts a request from its write until a window's length after its answer: however long the network holds
 * requests back, those that reach the server together are never more than the cap.
 */
export class HeldWindow implements Window {
  #expiries: { at: number }[] = [];

  freeAt(size: number): number | undefined {
    const sorted = this.#expiries.map(({ at }) => at).sort((a, b) => a - b);
    const free = sorted.length < size ? 0 : sorted[sorted.length - size];
    return free === undefined || free === Number.POSITIVE_INFINITY ? undefined : free;
  }

  add(now: Micros, length: number): Slot {
    this.#expiries = this.#expiries.filter(({ at }) => at > now);
    const expiry = { at: Number.POSITIVE_INFINITY };
    this.#expiries.push(expiry);
    return {
      written: () => {},
      ended: (at, answered) => {
        expiry.at = at + (answered ? length : Math.max(length, UNANSWERED_HOLD_US));
      },
    };
  }
}
