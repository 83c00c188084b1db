import { type Micros, micros } from "../base/units.ts";
import type { JourneyFeed } from "./feed.ts";
import { arrival, type StepDue } from "./journey.ts";
import { Queue } from "./queue.ts";
import type { Workload } from "./workload.ts";

/** Journeys that somebody outside asks for, when and as often as they like, until it is over. */
export class OutsideFeed implements JourneyFeed {
  /** Whoever asks now is not late. */
  readonly dropsInGap = false;
  /** Nobody was promised to come. */
  readonly journeysLeft = 0;
  readonly #scenarios: Workload["scenarios"];
  readonly #number: () => number;
  readonly #asked = new Queue<StepDue>();
  #endsAt: Micros;
  #isOver = false;

  /** @param endsAt over by then at the latest @param number numbers journeys, in the order of arrival */
  constructor(scenarios: Workload["scenarios"], endsAt: Micros, number: () => number) {
    this.#scenarios = scenarios;
    this.#endsAt = endsAt;
    this.#number = number;
  }

  /** @param due no earlier than of those asked for before @returns the journey's number */
  ask(index: number, due: Micros): number {
    const id = this.#number();
    const scenario = this.#scenarios[index] ?? this.#scenarios[0];
    const values = { [ASKED_AS]: String(id) };
    this.#asked.push(arrival({ id, index, scenario, phase: "steady", due, values }));
    return id;
  }

  /** Whether what is asked for now would never arrive. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing is asked for any more from then on. */
  endBy(at: Micros): void {
    this.#endsAt = micros(Math.min(at, this.#endsAt));
  }

  get nextDue(): Micros | undefined {
    return this.#asked.peek()?.due ?? (this.#isOver ? undefined : this.#endsAt);
  }

  *arrivedBy(now: Micros): Generator<StepDue> {
    for (let next = this.#asked.peek(); next && next.due <= now; next = this.#asked.peek()) {
      this.#asked.shift();
      yield next;
    }
    if (now >= this.#endsAt) this.#isOver = true;
  }
}

/** The value by which a journey's requests say which one it is. */
export const ASKED_AS = "journey";
