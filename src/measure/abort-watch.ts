import { type Micros, seconds } from "../base/units.ts";
import type { Outcome } from "../workload/outcome.ts";
import { SampledFigures, saysOf } from "./sampled-figures.ts";
import { decideThreshold, type Threshold } from "./threshold.ts";

/** A window holds so many samples, */
const SAMPLES_LEAST = 30;
/** and is so long: one stall is one event, however many answers it slows. */
const WINDOW_US = seconds(5);
/** So many windows one after the other. */
const WINDOWS = 2;

/**
 * Watches thresholds that are to end the run once they are as good as missed: when, in each of two successive windows of
 * the steady phase, the figure's lower bound is beyond the limit at 95 %. What is decided is to stop and no more: the
 * report judges the threshold on the whole of what was measured.
 */
export class AbortWatch {
  readonly #windows: readonly Window[];
  #missed = false;

  /** @param thresholds of percentiles and ratios */
  constructor(thresholds: readonly Threshold[]) {
    this.#windows = thresholds.map((threshold) => new Window(threshold));
  }

  outcome(outcome: Outcome): void {
    if (outcome.phase !== "steady") return;
    // What the runner dropped itself is no word against the target: it makes the run invalid, at its end.
    if (saysOf(outcome) === "nothing") return;
    for (const window of this.#windows) window.outcome(outcome);
  }

  /** Closes the windows that are full. @returns why the run should end, in words, once; `undefined` while it should not */
  tick(now: Micros): string | undefined {
    if (this.#missed) return undefined;
    for (const window of this.#windows) {
      const missed = window.tick(now);
      if (missed === undefined) continue;
      this.#missed = true;
      return missed;
    }
    return undefined;
  }
}

/** One threshold's. */
class Window {
  readonly #threshold: Threshold;
  readonly #sampled = new SampledFigures();
  #since: Micros | undefined;
  #missedBefore = 0;

  constructor(threshold: Threshold) {
    this.#threshold = threshold;
  }

  outcome(outcome: Outcome): void {
    const { operation } = this.#threshold;
    if (operation === null || operation === outcome.operation) this.#sampled.add(outcome);
  }

  tick(now: Micros): string | undefined {
    if (this.#sampled.planned === 0) return undefined;
    this.#since ??= now;
    const samples = this.#sampled.countOf(this.#threshold.figure);
    if (now - this.#since < WINDOW_US || samples < SAMPLES_LEAST) return undefined;
    const { outcome, reason } = decideThreshold(this.#threshold, this.#sampled.figures());
    this.#missedBefore = outcome === "missed" ? this.#missedBefore + 1 : 0;
    this.#sampled.reset();
    this.#since = now;
    return this.#missedBefore < WINDOWS
      ? undefined
      : `${this.#threshold.text}: missed in ${WINDOWS} windows one after the other; in the last, ${reason}`;
  }
}
