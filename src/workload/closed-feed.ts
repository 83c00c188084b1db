import { pickWeighted, type Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import { plannedDuration } from "./arrivals.ts";
import { type ArrivalValues, counter, type JourneyFeed, noValues } from "./feed.ts";
import { arrival, type StepDue } from "./journey.ts";
import type { Phase } from "./outcome.ts";
import { Agenda } from "./queue.ts";
import type { ClosedWorkload } from "./workload.ts";

/**
 * A closed workload's journeys: one whenever a virtual user is ready for it, until the last stage has ended. A user
 * joins at its part of the ramp-up, however early it is ready.
 */
export class ClosedFeed implements JourneyFeed {
  readonly dropsInGap = false;
  /** Nobody was promised to come. */
  readonly journeysLeft = 0;
  readonly #workload: ClosedWorkload;
  readonly #origin: Micros;
  readonly #endsAt: Micros;
  readonly #weights: readonly number[];
  readonly #pick: Random;
  readonly #values: ArrivalValues;
  readonly #number: () => number;
  readonly #ready = new Agenda<{ readonly user: number; readonly due: Micros }>();
  /** Whose journeys are under way, by journey. */
  readonly #users = new Map<number, number>();
  #over = false;

  /**
   * @param origin the clock's time from which due times count
   * @param number numbers journeys, in the order of arrival
   */
  constructor(
    workload: ClosedWorkload,
    random: Random,
    origin: Micros,
    values = noValues,
    number = counter(),
  ) {
    this.#workload = workload;
    this.#values = values;
    this.#number = number;
    this.#origin = origin;
    this.#endsAt = micros(origin + plannedDuration(workload.stages));
    this.#pick = random.fork("scenarios");
    this.#weights = workload.scenarios.map(({ weight }) => weight);
  }

  /** A user is ready for a journey. One that is ready after the last stage gets none. @param user from 0 */
  ready(user: number, at: Micros): void {
    const { rampUp, virtualUsers } = this.#workload;
    const joins = this.#origin + Math.floor((rampUp * user) / virtualUsers);
    this.#ready.push({ user, due: micros(Math.max(at, joins)) });
  }

  /** The user whose journey this is, once, when it has ended. */
  userOf(journey: number): number | undefined {
    const user = this.#users.get(journey);
    this.#users.delete(journey);
    return user;
  }

  get nextDue(): Micros | undefined {
    const due = this.#ready.peek()?.due;
    const first = due !== undefined && due < this.#endsAt ? due : undefined;
    // To its end a user may always come; then somebody has to see that it is over.
    const end = this.#over ? undefined : this.#endsAt;
    if (first === undefined || end === undefined) return first ?? end;
    return micros(Math.min(first, end));
  }

  *arrivedBy(now: Micros): Generator<StepDue> {
    for (let next = this.#ready.peek(); next && next.due <= now; next = this.#ready.peek()) {
      this.#ready.shift();
      const { user, due } = next;
      if (due >= this.#endsAt) continue;
      const index = this.#weights.length > 1 ? pickWeighted(this.#pick, this.#weights) : 0;
      const scenario = this.#workload.scenarios[index] ?? this.#workload.scenarios[0];
      const id = this.#number();
      this.#users.set(id, user);
      const values = this.#values(index);
      yield arrival({ id, index, scenario, phase: this.#phaseAt(due), due, values });
    }
    if (now >= this.#endsAt) this.#over = true;
  }

  #phaseAt(at: Micros): Phase {
    let end = this.#origin as number;
    for (const { phase, duration } of this.#workload.stages) {
      end += duration;
      if (at < end) return phase;
    }
    return this.#workload.stages.at(-1)?.phase ?? "steady";
  }
}
