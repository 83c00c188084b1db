import { pickWeighted, type Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import { type Arrival, arrivals, countArrivals } from "./arrivals.ts";
import { arrival, type StepDue } from "./journey.ts";
import type { OpenWorkload } from "./workload.ts";

/** What a journey of a scenario knows from its arrival on; what its steps save comes on top. A new object each time. */
export type ArrivalValues = (scenario: number) => Record<string, string>;

/** Of journeys that bring nothing along. */
export const noValues: ArrivalValues = () => ({});

/** Where a run's journeys come from. */
export interface JourneyFeed {
  /** When there is an arrival to look at next; `undefined` when no more comes by itself. */
  readonly nextDue: Micros | undefined;
  /** Journeys that were to arrive and have not; exact, or the mean. */
  readonly journeysLeft: number;
  /** Whether arrivals that came due while the loop stood still are dropped: those of a plan are, a user who asks now is not late. */
  readonly dropsInGap: boolean;
  /** First steps of journeys that have arrived by `now`, in order. */
  arrivedBy(now: Micros): Iterable<StepDue>;
}

/** An open workload's: arrivals by the plan. */
export class Feed implements JourneyFeed {
  readonly dropsInGap = true;
  readonly #workload: OpenWorkload;
  readonly #origin: Micros;
  readonly #arrivals: Iterator<Arrival>;
  readonly #weights: readonly number[];
  readonly #pick: Random;
  readonly #values: ArrivalValues;
  readonly #number: () => number;
  #next: Arrival | undefined;
  #arrived = 0;

  /**
   * @param origin the clock's time from which due times count
   * @param number numbers journeys, in the order of arrival
   */
  constructor(
    workload: OpenWorkload,
    random: Random,
    origin: Micros,
    values = noValues,
    number = counter(),
  ) {
    this.#workload = workload;
    this.#values = values;
    this.#number = number;
    this.#origin = origin;
    this.#arrivals = arrivals(workload, random.fork("arrivals"));
    this.#pick = random.fork("scenarios");
    this.#weights = workload.scenarios.map(({ weight }) => weight);
    this.#next = this.#arrivals.next().value;
  }

  get nextDue(): Micros | undefined {
    return this.#next && micros(this.#origin + this.#next.at);
  }

  *arrivedBy(now: Micros): Generator<StepDue> {
    for (;;) {
      const next = this.#next;
      if (!next || this.#origin + next.at > now) return;
      this.#next = this.#arrivals.next().value;
      const due = micros(this.#origin + next.at);
      const index = this.#weights.length > 1 ? pickWeighted(this.#pick, this.#weights) : 0;
      const scenario = this.#workload.scenarios[index] ?? this.#workload.scenarios[0];
      const values = this.#values(index);
      this.#arrived++;
      yield arrival({ id: this.#number(), index, scenario, phase: next.phase, due, values });
    }
  }

  /** Exact for uniform arrivals, the mean for Poisson ones. */
  get journeysLeft(): number {
    return this.#next ? Math.max(0, countArrivals(this.#workload) - this.#arrived) : 0;
  }
}

/** Counts from 0. */
export function counter(): () => number {
  let next = 0;
  return () => next++;
}
