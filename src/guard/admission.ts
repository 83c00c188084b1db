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
import { HeldWindow, type Slot, StampWindow, type Window, windowOf } from "./cap-window.ts";
import { type QuotaLeft, QuotaSteering } from "./quota-steering.ts";

/**
 * How far ahead of its even spacing a request may go, so that a timer that woke late can catch up. With it
 * a window of w seconds under one cap holds at most `cap × (w + 0.02) + 1` requests.
 */
const CATCH_UP_US = 20_000;

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
  /** Nothing goes before this for the quota's sake, whatever the cap says. */
  #notBefore: Micros = micros(0);
  readonly #steering = new QuotaSteering();
  /** Since the last write, in order of time: when nothing could go for the quota's sake, by answers that later ones replaced. */
  #held: { readonly from: number; readonly until: number }[] = [];
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
    return this.#firstFree(Math.max(from, this.#notBefore), { steered: true });
  }

  /** Requests may have been held back for the quota's sake until then: before now, if they are not any more. */
  get steeredUntil(): Micros {
    const held = this.#held.at(-1)?.until ?? 0;
    return micros(Math.max(this.#notBefore, held, this.#slowedUntil(this.#lastWrite) ?? 0));
  }

  /** Admits one request, or none before its time. */
  take(now: Micros): Slot | undefined {
    if (this.earliest(now) !== now) return undefined;
    const { capPerSecond } = this.#regimeAt(now);
    const slot = this.#window.add(now, windowOf(capPerSecond).length);
    this.#place = this.#nextPlace(now, capPerSecond);
    this.pauseUntil(micros(Math.min(this.steeredUntil, now)));
    if (this.#held.length > 0) this.#held = this.#held.filter(({ until }) => until > now);
    this.#steering.took();
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

  /** Nothing is admitted before `at`: after a 429. Never shortens an earlier pause. */
  pauseUntil(at: Micros): void {
    if (at > this.#notBefore) this.#notBefore = at;
  }

  /**
   * Slows down as the remaining quota nears zero, and goes on as soon as it does not: the latest answer counts. Not
   * while a burst lasts: to meet the quota is what a drill's bursts are for.
   */
  steer(at: Micros, quota: QuotaLeft): void {
    // What was held back until now stays so, though nothing may hold it any more: waits are worked out afterwards.
    const since = Math.max(this.#lastWrite, this.#steering.since);
    if (this.#steering.until(since) !== undefined) {
      const free = this.#firstFree(since, { steered: true }) ?? at;
      const byCap = this.#firstFree(since, { steered: false }) ?? at;
      if (free > byCap) this.#held.push({ from: since, until: Math.min(free, at) });
    }
    this.#steering.learn(at, quota);
  }

  /** Lowers the caps from now on; a higher figure changes nothing. @throws RangeError unless more than 0 */
  lowerTo(peaks: Peaks): void {
    mustBePositive(peaks.peak);
    mustBePositive(peaks.burstPeak);
    this.#schedule = lowered(this.#schedule, peaks);
  }

  #firstFree(from: number, { steered }: { readonly steered: boolean }): Micros | undefined {
    let at: number = Math.max(from, this.#lastWrite);
    for (;;) {
      const regime = this.#regimeAt(at);
      const { size, length } = windowOf(regime.capPerSecond);
      const windowFree = this.#window.freeAt(size, length) ?? Number.POSITIVE_INFINITY;
      const spaced = this.#spaced(at, regime.capPerSecond);
      const byCap = Math.max(at, windowFree, spaced);
      const free = steered ? this.#steeredFree(byCap, at, regime) : byCap;
      if (free < regime.until) return micros(free);
      if (regime.until === Number.POSITIVE_INFINITY) return undefined;
      at = regime.until;
    }
  }

  /** @param byCap when a request could go that is asked for at `at`, by the cap alone */
  #steeredFree(byCap: number, at: number, { capPerSecond }: Regime): number {
    let free = byCap;
    for (const { from, until } of this.#held) if (free >= from) free = Math.max(free, until);
    const until = this.#slowedUntil(at);
    // What could go before the answer came was not slowed down by it.
    if (until === undefined || free < this.#steering.since) return free;
    const slowed = this.#steering.slowed(capPerSecond);
    return Math.max(free, slowed > 0 ? Math.min(until, this.#spaced(at, slowed)) : until);
  }

  /** Until when it slows down from `at` on; not in a burst. */
  #slowedUntil(at: number): number | undefined {
    const until = this.#steering.until(at);
    return until === undefined || this.#regimeAt(at).inBurst ? undefined : until;
  }

  /** When a request is next by even spacing, a late timer's catching up included. */
  #spaced(at: number, capPerSecond: PerSecond): number {
    return Math.ceil(this.#nextPlace(at, capPerSecond) - CATCH_UP_US);
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
