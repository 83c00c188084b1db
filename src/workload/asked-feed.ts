import type { Micros } from "../base/units.ts";
import type { JourneyFeed } from "./feed.ts";
import type { StepDue } from "./journey.ts";
import { Queue } from "./queue.ts";

/** Journeys that the run itself asks for, as it goes: those of its set-up and its clean-up. Nobody else waits for them. */
export class AskedFeed implements JourneyFeed {
  readonly dropsInGap = false;
  readonly journeysLeft = 0;
  readonly #asked = new Queue<StepDue>();

  /** @param first of a journey that arrives no earlier than those asked for before */
  ask(first: StepDue): void {
    this.#asked.push(first);
  }

  get nextDue(): Micros | undefined {
    return this.#asked.peek()?.due;
  }

  *arrivedBy(now: Micros): Generator<StepDue> {
    for (let next = this.#asked.peek(); next && next.due <= now; next = this.#asked.peek()) {
      this.#asked.shift();
      yield next;
    }
  }
}
