import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type PerSecond,
  perSecond,
} from "../base/units.ts";

/** A request's place under the cap, from the moment it is admitted. */
export interface Slot {
  /**
   * Says when the request was written, stamped after the write and so never too early. Until then nothing else
   * is admitted: a process frozen between decision and write can't let one request too many through.
   */
  written(at: Micros): void;
  /** Says when its answer was complete, or when it ended without one. */
  ended(at: Micros, answered: boolean): void;
}

/**
 * How far ahead of its even spacing a request may go, so that a timer that woke late can catch up. With it
 * a window of w seconds holds at most `cap × (w + 0.02) + 1` requests.
 */
const CATCH_UP_US = 20_000;

/** After a request that ended unanswered, its slot is held this long: the server may still be at work on it. */
const UNANSWERED_HOLD_US = 60 * MICROS_PER_SECOND;

/**
 * The cap of one rate-limit category. Two rules, both of which must hold where a request is written:
 *
 * 1. *Window*: every half-open 1 s window holds at most `floor(cap)` requests; a cap below 1/s lets one
 *    request through in every `1 / cap` seconds.
 * 2. *Spacing*: the generic cell rate algorithm (ITU-T I.371, virtual scheduling) with an increment of
 *    `1 / cap` and a limit of 20 ms, so that a backlog is repaid evenly spaced and never as a burst.
 *
 * One request at a time: the next is admitted only once the one before has been written, or has ended without.
 * Pure in time: it reads no clock, so the plan's forecast, the run and its shadow schedule share it.
 */
export class Admission {
  #perSecond: number;
  readonly #window: Window;
  /** The theoretical arrival time of the next request. */
  #theoretical = 0;
  #notBefore: Micros = micros(0);
  /** The slot whose request has been admitted and not yet written. */
  #unwritten: Slot | undefined;

  /** @throws RangeError unless the cap is more than 0 */
  constructor(cap: PerSecond, { holdsSlotUntilAnswered = false } = {}) {
    if (!(cap > 0)) throw new RangeError(`a cap must be more than 0: ${cap}`);
    this.#perSecond = cap;
    const { size } = windowOf(cap);
    this.#window = holdsSlotUntilAnswered ? new HeldWindow() : new StampWindow(size);
  }

  get capPerSecond(): number {
    return this.#perSecond;
  }

  /**
   * The earliest time at which the next request may be written; it may have passed. `undefined`: the one before
   * must be written first, or an answer come.
   */
  earliest(): Micros | undefined {
    if (this.#unwritten) return undefined;
    const { size, length } = windowOf(this.#perSecond);
    const windowFree = this.#window.freeAt(size, length);
    if (windowFree === undefined) return undefined;
    const spaced = Math.ceil(this.#theoretical - CATCH_UP_US);
    return micros(Math.max(0, windowFree, spaced, this.#notBefore));
  }

  /** Admits one request, or none before its time. */
  take(now: Micros): Slot | undefined {
    const earliest = this.earliest();
    if (earliest === undefined || now < earliest) return undefined;
    const { length } = windowOf(this.#perSecond);
    const before = this.#theoretical;
    const slot = this.#window.add(now, length);
    this.#theoretical = this.#next(before, now);
    const admitted: Slot = {
      written: (at) => {
        slot.written(at);
        this.#theoretical = Math.max(this.#theoretical, this.#next(before, at));
        if (this.#unwritten === admitted) this.#unwritten = undefined;
      },
      ended: (at, answered) => {
        slot.ended(at, answered);
        if (this.#unwritten === admitted) this.#unwritten = undefined;
      },
    };
    this.#unwritten = admitted;
    return admitted;
  }

  /** Nothing is admitted before `at`: after a 429, or while the remaining quota is nearly gone. Never shortens an earlier pause. */
  pauseUntil(at: Micros): void {
    if (at > this.#notBefore) this.#notBefore = at;
  }

  /** Lowers the cap from now on; a higher figure changes nothing. @throws RangeError unless more than 0 */
  lowerTo(cap: PerSecond): void {
    if (!(cap > 0)) throw new RangeError(`a cap must be more than 0: ${cap}`);
    this.#perSecond = Math.min(this.#perSecond, cap);
  }

  #next(theoretical: number, at: number): number {
    return Math.max(theoretical, at) + MICROS_PER_SECOND / this.#perSecond;
  }
}

/** What a cap lets through: whole requests a second, since a window of 1 s holds no part of one; below 1/s what it says. */
export function effectiveCap(perSecondAsked: number): PerSecond {
  return perSecond(perSecondAsked >= 1 ? Math.floor(perSecondAsked) : perSecondAsked);
}

/** How many requests a window takes, and how long it is in microseconds. */
function windowOf(perSecond: number): { size: number; length: number } {
  return perSecond >= 1
    ? { size: Math.floor(perSecond), length: MICROS_PER_SECOND }
    : { size: 1, length: Math.ceil(MICROS_PER_SECOND / perSecond) };
}

interface Window {
  /** When a window of `length` has room for one more, at `size` requests a window. */
  freeAt(size: number, length: number): number | undefined;
  add(now: Micros, length: number): Slot;
}

/** Counts a request from its write: a ring of the latest writes, constant time at any rate. */
class StampWindow implements Window {
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
class HeldWindow implements Window {
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
