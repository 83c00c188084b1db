import { FAR, type Micros, micros } from "../base/units.ts";

export interface Placed {
  /** Where it stands among the others; `InFlight`'s own. */
  place: number;
}

/** What is sent and not yet answered, under a bound. */
export class InFlight<T extends Placed> {
  readonly #bound: number;
  /**
   * No `Set`: at each of its many rehashes it leaves a table behind that refers to the next one, and once the first has
   * grown old, all of them and what they held wait for a full collection.
   */
  readonly #flights: T[] = [];
  /** Since when fewer than the bound have been in flight; far ahead while there is no room. */
  #roomSince: Micros = micros(0);

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#flights.length;
  }

  get hasRoom(): boolean {
    return this.#flights.length < this.#bound;
  }

  get roomSince(): Micros {
    return this.#roomSince;
  }

  add(flight: T): void {
    flight.place = this.#flights.length;
    this.#flights.push(flight);
    if (!this.hasRoom) this.#roomSince = FAR;
  }

  /** @returns whether it was in flight */
  ended(flight: T, at: Micros): boolean {
    const { place } = flight;
    if (this.#flights[place] !== flight) return false;
    if (!this.hasRoom) this.#roomSince = at;
    // The last one takes its place.
    const last = this.#flights.pop();
    if (last && last !== flight) {
      last.place = place;
      this.#flights[place] = last;
    }
    return true;
  }

  /** Takes out everything, in no order. */
  drain(): readonly T[] {
    return this.#flights.splice(0);
  }
}
