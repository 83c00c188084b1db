import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type PerSecond,
  perSecond,
} from "../base/units.ts";
import {
  type CapSchedule,
  checkWindows,
  highestCap,
  lowered,
  type Peaks,
  type Regime,
  regimeAt,
} from "./cap-schedule.ts";

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
 * a window of w seconds under one cap holds at most `cap × (w + 0.02) + 1` requests.
 */
const CATCH_UP_US = 20_000;

/** After a request that ended unanswered, its slot is held this long: the server may still be at work on it. */
const UNANSWERED_HOLD_US = 60 * MICROS_PER_SECOND;

/**
 * The cap of one rate-limit category. Two rules, both of which must hold where a request is written, under the cap
 * that is in force then:
 *
 * 1. *Window*: the second up to a request holds at most `floor(cap)`, itself included; a cap below 1/s lets one
 *    request through in every `1 / cap` seconds.
 * 2. *Spacing*: the generic cell rate algorithm (ITU-T I.371, virtual scheduling) with an increment of
 *    `1 / cap` and a limit of 20 ms, so that a backlog is repaid evenly spaced and never as a burst.
 *
 * So a half-open 1 s window that touches no burst of the schedule holds at most `floor(cap)` requests, one that does
 * at most `floor(burst cap)`; by spacing, one that a change of cap falls into holds the sum of its parts. What a burst leaves over is repaid at the lower cap, after a silence: the requests of
 * its last second count until a second has passed.
 *
 * One request at a time: the next is admitted only once the one before has been written, or has ended without.
 * Pure in time: it reads no clock, so the plan's forecast, the run and its shadow schedule share it.
 */
export class Admission {
  #schedule: CapSchedule;
  readonly #window: Window;
  #origin: Micros | undefined;
  /**
   * The last request's place in even spacing: its own time, or up to 20 ms later where it caught up. The next one's
   * is `1 / cap` after it, by the cap in force at that one's time.
   */
  #place = Number.NEGATIVE_INFINITY;
  #lastWrite: Micros = micros(0);
  /** Until when the cap under which the last request was written was in force. */
  #regimeEnd = Number.POSITIVE_INFINITY;
  #notBefore: Micros = micros(0);
  /** The slot whose request has been admitted and not yet written. */
  #unwritten: Slot | undefined;

  /** @throws RangeError unless every cap is more than 0 and the bursts are in order of time */
  constructor(schedule: CapSchedule, { holdsSlotUntilAnswered = false } = {}) {
    const { capPerSecond, bursts } = schedule;
    mustBePositive(capPerSecond);
    if (bursts) {
      mustBePositive(bursts.capPerSecond);
      checkWindows(bursts.windows);
    }
    this.#schedule = schedule;
    this.#window = holdsSlotUntilAnswered
      ? new HeldWindow()
      : new StampWindow(windowOf(highestCap(schedule)).size);
  }

  /** As it stands now. */
  get schedule(): CapSchedule {
    return this.#schedule;
  }

  /** Says when the run begins: its bursts count from here. @throws TypeError the second time: bursts can't be moved */
  beginAt(origin: Micros): void {
    if (this.#origin !== undefined) throw new TypeError("a cap begins once");
    this.#origin = origin;
  }

  /**
   * The earliest time, `from` or later, at which the next request may be written. `undefined`: the one before must
   * be written first, or an answer come.
   */
  earliest(from: Micros): Micros | undefined {
    if (this.#unwritten) return undefined;
    let at: number = Math.max(from, this.#notBefore, this.#lastWrite);
    for (;;) {
      const { capPerSecond, until } = this.#regimeAt(at);
      const { size, length } = windowOf(capPerSecond);
      const windowFree = this.#window.freeAt(size, length) ?? Number.POSITIVE_INFINITY;
      const spaced = Math.ceil(this.#nextPlace(at, capPerSecond) - CATCH_UP_US);
      const free = Math.max(at, windowFree, spaced);
      if (free < until) return micros(free);
      if (until === Number.POSITIVE_INFINITY) return undefined;
      at = until;
    }
  }

  /** Admits one request, or none before its time. */
  take(now: Micros): Slot | undefined {
    if (this.earliest(now) !== now) return undefined;
    const { capPerSecond } = this.#regimeAt(now);
    const slot = this.#window.add(now, windowOf(capPerSecond).length);
    this.#place = this.#nextPlace(now, capPerSecond);
    this.#writtenAt(now);
    const admitted: Slot = {
      written: (at) => {
        slot.written(at);
        this.#writtenAt(at);
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

  /** Lowers the caps from now on; a higher figure changes nothing. @throws RangeError unless more than 0 */
  lowerTo(peaks: Peaks): void {
    mustBePositive(peaks.peak);
    mustBePositive(peaks.burstPeak);
    this.#schedule = lowered(this.#schedule, peaks);
  }

  #regimeAt(at: number): Regime {
    return regimeAt(this.#schedule, this.#origin, at);
  }

  /** The next request's place in even spacing. What the last one was ahead of its own is forgotten when the cap changes. */
  #nextPlace(at: number, capPerSecond: PerSecond): number {
    const place = at < this.#regimeEnd ? this.#place : Math.min(this.#place, this.#regimeEnd);
    return place + MICROS_PER_SECOND / capPerSecond;
  }

  #writtenAt(at: Micros): void {
    this.#place = Math.max(this.#place, at);
    this.#lastWrite = micros(Math.max(this.#lastWrite, at));
    this.#regimeEnd = this.#regimeAt(this.#lastWrite).until;
  }
}

function mustBePositive(cap: PerSecond): void {
  if (!(cap > 0)) throw new RangeError(`a cap must be more than 0: ${cap}`);
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
