import { pickWeighted, type Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import { type Arrival, arrivals, countArrivals } from "./arrivals.ts";
import type { Phase } from "./outcome.ts";
import { Agenda } from "./queue.ts";
import type { OpenWorkload, Scenario } from "./workload.ts";

/** One user's way through a scenario. */
export interface Journey {
  readonly id: number;
  /** The scenario's index in the workload. */
  readonly index: number;
  readonly scenario: Scenario;
  readonly phase: Phase;
  /** Its arrival. */
  readonly due: Micros;
  /** What it came with, and what its steps have saved so far. */
  readonly values: Record<string, string>;
}

/** A step of a journey at the time at which it becomes due. */
export interface StepDue {
  readonly journey: Journey;
  readonly step: number;
  readonly due: Micros;
}

/** What a journey of a scenario knows from its arrival on; what its steps save comes on top. A new object each time. */
export type ArrivalValues = (scenario: number) => Record<string, string>;

/** Of journeys that bring nothing along. */
export const noValues: ArrivalValues = () => ({});

/** Where a run's journeys come from: what becomes due, and when. */
export interface JourneyFeed {
  /** When there is something to look at next; `undefined` when nothing more comes by itself. */
  readonly nextDue: Micros | undefined;
  /** Journeys that were to arrive and have not; exact, or the mean. */
  readonly journeysLeft: number;
  /** Whether arrivals that came due while the loop stood still are dropped: those of a plan are, a user who asks now is not late. */
  readonly dropsInGap: boolean;
  /** First steps of journeys that have arrived by `now`, in order. */
  arrivedBy(now: Micros): Iterable<StepDue>;
  /** Puts a later step on the agenda. */
  schedule(step: StepDue): void;
  /** Scheduled steps that are due by `now`, in order. */
  scheduledBy(now: Micros): Iterable<StepDue>;
}

/** An open workload's: arrivals by the plan, later steps by their think time. */
export class Feed implements JourneyFeed {
  readonly dropsInGap = true;
  readonly #workload: OpenWorkload;
  readonly #origin: Micros;
  readonly #arrivals: Iterator<Arrival>;
  readonly #weights: readonly number[];
  readonly #pick: Random;
  readonly #values: ArrivalValues;
  readonly #agenda = new Agenda<StepDue>();
  #next: Arrival | undefined;
  #arrived = 0;

  /** @param origin the clock's time from which due times count */
  constructor(workload: OpenWorkload, random: Random, origin: Micros, values = noValues) {
    this.#workload = workload;
    this.#values = values;
    this.#origin = origin;
    this.#arrivals = arrivals(workload, random.fork("arrivals"));
    this.#pick = random.fork("scenarios");
    this.#weights = workload.scenarios.map(({ weight }) => weight);
    this.#next = this.#arrivals.next().value;
  }

  get nextDue(): Micros | undefined {
    const arrival = this.#next && micros(this.#origin + this.#next.at);
    const step = this.#agenda.peek()?.due;
    if (arrival === undefined || step === undefined) return arrival ?? step;
    return micros(Math.min(arrival, step));
  }

  *arrivedBy(now: Micros): Generator<StepDue> {
    for (;;) {
      const arrival = this.#next;
      if (!arrival || this.#origin + arrival.at > now) return;
      this.#next = this.#arrivals.next().value;
      const due = micros(this.#origin + arrival.at);
      const index = this.#weights.length > 1 ? pickWeighted(this.#pick, this.#weights) : 0;
      const scenario = this.#workload.scenarios[index] ?? this.#workload.scenarios[0];
      const journey = {
        id: this.#arrived++,
        index,
        scenario,
        phase: arrival.phase,
        due,
        values: this.#values(index),
      };
      yield { journey, step: 0, due };
    }
  }

  schedule(step: StepDue): void {
    this.#agenda.push(step);
  }

  *scheduledBy(now: Micros): Generator<StepDue> {
    for (let next = this.#agenda.peek(); next && next.due <= now; next = this.#agenda.peek()) {
      this.#agenda.shift();
      yield next;
    }
  }

  /** Exact for uniform arrivals, the mean for Poisson ones. */
  get journeysLeft(): number {
    return this.#next ? Math.max(0, countArrivals(this.#workload) - this.#arrived) : 0;
  }
}
