import pLimit from "p-limit";
import type { Thing } from "./roles.ts";

/** So many journeys of the clean-up are under way at most. Each of their requests waits for cap, connection and bound like any other. */
const AT_ONCE = 10;

/** Has everything that is left open ended, a few things at a time. */
export class CleanUp {
  readonly #limit = pLimit(AT_ONCE);
  readonly #end: (thing: Thing) => Promise<void>;
  readonly #changed: () => void;
  #open = 0;

  /**
   * @param end begins the journey that ends a thing; settles with it
   * @param changed called when one has been seen to
   */
  constructor(end: (thing: Thing) => Promise<void>, changed: () => void) {
    this.#end = end;
    this.#changed = changed;
  }

  /** Whether everything that was added has been seen to. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  add(thing: Thing): void {
    this.#open++;
    void this.#limit(() => this.#end(thing)).finally(() => {
      this.#open--;
      this.#changed();
    });
  }
}
