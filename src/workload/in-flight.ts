import { FAR, type Micros, micros } from "../base/units.ts";

/** What is sent and not yet answered, under a bound. */
export class InFlight<T> {
  readonly #bound: number;
  readonly #flights = new Set<T>();
  /** Since when fewer than the bound have been in flight; far ahead while there is no room. */
  #roomSince: Micros = micros(0);

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#flights.size;
  }

  get hasRoom(): boolean {
    return this.#flights.size < this.#bound;
  }

  get roomSince(): Micros {
    return this.#roomSince;
  }

  add(flight: T): void {
    this.#flights.add(flight);
    if (!this.hasRoom) this.#roomSince = FAR;
  }

  /** @returns whether it was in flight */
  ended(flight: T, at: Micros): boolean {
    const hadRoom = this.hasRoom;
    if (!this.#flights.delete(flight)) return false;
    if (!hadRoom) this.#roomSince = at;
    return true;
  }

  /** Takes out everything. */
  drain(): readonly T[] {
    const all = [...this.#flights];
    this.#flights.clear();
    return all;
  }
}
