import type { Clock } from "../base/clock.ts";
import type { Micros } from "../base/units.ts";
import type { Recorder } from "../measure/recorder.ts";
import type { Due, JourneyOutcome, Outcome, Sent } from "../workload/outcome.ts";
import type { Sink } from "../workload/roles.ts";

/** Left untouched before the next due time, so that writing never makes a request late. */
const MARGIN_US = 3_000;
/** At most so much writing in one go: an answer may come in at any time. */
const TURN_US = 1_000;

/** Looks at outcomes as they come, and says when the run should end. */
export interface Watch {
  outcome(outcome: Outcome): void;
  tick(now: Micros): void;
}

/** Hands what happens to the recorder, and lets it write when nothing is due. */
export class RecordingSink implements Sink {
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #watch: Watch | undefined;

  constructor(recorder: Recorder, clock: Clock, watch?: Watch) {
    this.#recorder = recorder;
    this.#clock = clock;
    this.#watch = watch;
  }

  due(due: Due): void {
    this.#recorder.due(due);
  }
  started(sent: Sent): void {
    this.#recorder.started(sent);
  }
  outcome(outcome: Outcome): void {
    this.#recorder.outcome(outcome);
    this.#watch?.outcome(outcome);
  }
  journey(outcome: JourneyOutcome): void {
    this.#recorder.journey(outcome);
  }
  gap(from: Micros, to: Micros): void {
    this.#recorder.gap(from, to);
  }
  tick(now: Micros): void {
    this.#recorder.tick(now);
    this.#watch?.tick(now);
  }
  idle(budget: Micros): void {
    const begun = this.#clock.now();
    const until = begun + Math.min(TURN_US, budget - MARGIN_US);
    while (this.#clock.now() < until && this.#recorder.flushOne());
  }
}
