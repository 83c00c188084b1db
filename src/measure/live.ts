import { MICROS_PER_SECOND } from "../base/units.ts";
import { Float64Histogram } from "./float64-histogram.ts";
import type { Totals } from "./tally.ts";

/** How far back "recent" looks, in whole seconds. */
const RECENT_SECONDS = 5;
/** Two digits (within 1 %) are enough to watch by, and make a histogram small enough to merge at each look. */
const DIGITS = 2;
const HIGHEST_US = 2 ** 37 - 1;

/** The run as it stands, for a progress line; reports are made from the record. */
export interface Live {
  readonly elapsedUs: number;
  /** Over the last whole seconds, five at most. */
  readonly plannedPerSecond: number;
  readonly startedPerSecond: number;
  readonly inFlight: number;
  /** Response times of expected answers, with time-outs and drops that the target caused as long as they had lasted; null without any. */
  readonly recentP50Us: number | null;
  readonly recentP95Us: number | null;
  readonly runP50Us: number | null;
  readonly runP95Us: number | null;
  /** Failed and unexpected, whole run. */
  readonly errors: number;
  readonly dropped: number;
  readonly totals: Readonly<Totals>;
}

interface Second {
  second: number;
  planned: number;
  started: number;
  readonly responses: Float64Histogram;
}

/** The last few seconds and the whole run, in a ring of fixed size. Times are microseconds from the run's start. */
export class LiveView {
  // One more than is looked at: the second that is still filling.
  readonly #ring: readonly Second[] = Array.from({ length: RECENT_SECONDS + 1 }, () => ({
    second: -1,
    planned: 0,
    started: 0,
    responses: emptyHistogram(),
  }));
  readonly #run = emptyHistogram();

  planned(atUs: number): void {
    const second = this.#at(atUs);
    if (second) second.planned++;
  }

  started(atUs: number): void {
    const second = this.#at(atUs);
    if (second) second.started++;
  }

  response(atUs: number, us: number): void {
    const value = Math.min(us, HIGHEST_US);
    this.#at(atUs)?.responses.recordValue(value);
    this.#run.recordValue(value);
  }

  look(nowUs: number, totals: Totals, inFlight: number): Live {
    const current = Math.floor(nowUs / MICROS_PER_SECOND);
    const whole = this.#ring.filter(
      ({ second }) => second >= current - RECENT_SECONDS && second < current,
    );
    const seconds = Math.max(1, Math.min(RECENT_SECONDS, current));
    const recent = emptyHistogram();
    for (const { second, responses } of this.#ring) {
      if (second >= current - RECENT_SECONDS && responses.totalCount > 0) recent.add(responses);
    }
    return {
      elapsedUs: nowUs,
      plannedPerSecond: whole.reduce((sum, { planned }) => sum + planned, 0) / seconds,
      startedPerSecond: whole.reduce((sum, { started }) => sum + started, 0) / seconds,
      inFlight,
      recentP50Us: percentile(recent, 50),
      recentP95Us: percentile(recent, 95),
      runP50Us: percentile(this.#run, 50),
      runP95Us: percentile(this.#run, 95),
      errors: totals.failed + totals.unexpected,
      dropped: totals.dropped,
      totals: { ...totals },
    };
  }

  /** The second's slot; undefined for one that has already left the ring. */
  #at(us: number): Second | undefined {
    const second = Math.floor(us / MICROS_PER_SECOND);
    const slot = this.#ring[second % this.#ring.length];
    if (!slot || slot.second > second) return undefined;
    if (slot.second < second) {
      slot.second = second;
      slot.planned = 0;
      slot.started = 0;
      slot.responses.reset();
    }
    return slot;
  }
}

function emptyHistogram(): Float64Histogram {
  return new Float64Histogram(1, HIGHEST_US, DIGITS);
}

function percentile(histogram: Float64Histogram, p: number): number | null {
  return histogram.totalCount === 0 ? null : histogram.getValueAtPercentile(p);
}
