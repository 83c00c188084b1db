import type { Micros } from "../base/units.ts";

/** The greatest number of moments in any half-open window of one length. */
export class SlidingWindow {
  readonly us: Micros;
  most = 0;
  /** A ring of the moments that still count, the oldest at `#first`. */
  #ring = new Float64Array(64);
  #first = 0;
  #count = 0;

  constructor(us: Micros) {
    this.us = us;
  }

  /** @param at not before the one before */
  add(at: Micros): void {
    while (this.#count > 0 && (this.#ring[this.#first] ?? 0) <= at - this.us) {
      this.#first = (this.#first + 1) % this.#ring.length;
      this.#count--;
    }
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#count) % this.#ring.length] = at;
    this.#count++;
    this.most = Math.max(this.most, this.#count);
  }

  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2);
    for (let i = 0; i < this.#count; i++) {
      larger[i] = this.#ring[(this.#first + i) % this.#ring.length] ?? 0;
    }
    this.#ring = larger;
    this.#first = 0;
  }
}
