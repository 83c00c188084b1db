import type { Micros } from "../base/units.ts";
import type { Pending } from "./gate.ts";
import type { Placed } from "./in-flight.ts";
import type { SentStep } from "./journey.ts";
import type { Sent, Waits } from "./outcome.ts";
import type { Answer, Slot } from "./roles.ts";
import { sentOf, startedAt } from "./tell.ts";

/** How a request was let go. */
export interface Departure {
  /** When it was handed over. */
  readonly start: Micros;
  readonly waits: Waits;
  readonly slot: Slot;
  readonly shadowSlot: Pick<Slot, "ended">;
}

/** A request that has been handed over and has no outcome yet. */
export class Flight implements SentStep, Placed {
  readonly journey: SentStep["journey"];
  readonly step: SentStep["step"];
  readonly turn: SentStep["turn"];
  place = 0;
  readonly #slot: Slot;
  readonly #shadowSlot: Pick<Slot, "ended">;
  readonly #started: (sent: Sent) => void;
  #sent: Sent;
  #isTold = false;

  /** @param started told once that it was sent: when it is written, or at its end if it never is */
  constructor(
    pending: Pending,
    { start, waits, slot, shadowSlot }: Departure,
    started: (sent: Sent) => void,
  ) {
    this.journey = pending.from;
    this.step = pending.step;
    this.turn = pending.turn;
    this.#slot = slot;
    this.#shadowSlot = shadowSlot;
    this.#started = started;
    this.#sent = sentOf(pending, start, waits);
  }

  /** It started when it was handed over, and from its writing on when it was written. */
  get sent(): Sent {
    return this.#sent;
  }

  written(at: Micros): void {
    this.#slot.written(at);
    this.#sent = startedAt(this.#sent, at);
    this.tell();
  }

  /** Tells that it was sent, if nobody has been told. */
  tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#started(this.#sent);
  }

  ended(answer: Answer): void {
    this.tell();
    // No server is still at work on what was never sent.
    const isDone = answer.kind === "answered" || answer.code === "not-sent";
    this.#slot.ended(answer.end, isDone);
    this.#shadowSlot.ended(answer.end, isDone);
  }
}
