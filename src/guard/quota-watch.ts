import { MICROS_PER_SECOND, type Micros } from "../base/units.ts";
import type { StopReason } from "./kill-switch.ts";

/** What an answer's headers say of the quota closest to being exceeded. */
export interface SeenQuota {
  readonly limitPerSecond: number | undefined;
  readonly remaining: number | undefined;
}

/** Our own requests of this long ago may still count: Klarna's windows are a second, its counts approximate and per data centre. */
const OWN_US = 2 * MICROS_PER_SECOND;
/** Klarna calls the figure approximate: a tenth of the quota, and two requests at least, are no sign of anybody. */
const TOLERANCE_SHARE = 0.1;
const TOLERANCE_REQUESTS = 2;
const ANSWERS_RUNNING = 3;

/**
 * Notices somebody else's traffic on the same quota: three answers running whose remaining quota is lower than
 * our own requests explain. Keeps one category; memory is two seconds of writes.
 */
export class QuotaWatch {
  #own: Micros[] = [];
  #running = 0;

  /** A request of ours was written. */
  sent(at: Micros): void {
    this.#forget(at);
    this.#own.push(at);
  }

  /** An answer came. @returns a reason to stop, or `undefined` to go on */
  answered(at: Micros, { limitPerSecond, remaining }: SeenQuota): StopReason | undefined {
    if (limitPerSecond === undefined || remaining === undefined) return undefined;
    this.#forget(at);
    const tolerance = Math.max(TOLERANCE_REQUESTS, TOLERANCE_SHARE * limitPerSecond);
    const explained = limitPerSecond - this.#own.length - tolerance;
    this.#running = remaining < explained ? this.#running + 1 : 0;
    if (this.#running < ANSWERS_RUNNING) return undefined;
    return {
      code: "STOP_SHARED_QUOTA",
      text: `someone else is using this quota: ${remaining} of ${limitPerSecond} remain, and ${this.#own.length} requests of ours explain no more`,
      advice:
        "find out who else calls Klarna's test environment with this account, and run when they don't",
      verdict: "invalid",
    };
  }

  #forget(now: Micros): void {
    while (this.#own[0] !== undefined && now - this.#own[0] > OWN_US) this.#own.shift();
  }
}
