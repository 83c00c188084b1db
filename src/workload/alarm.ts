import type { Cancel, Clock } from "../base/clock.ts";
import { type Micros, micros, milliseconds } from "../base/units.ts";

const HEARTBEAT_US = milliseconds(100);

/** Wakes a loop when it asked to be woken, to the point, and ten times a second in any case. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: { readonly due: Micros; readonly cancel: Cancel } | undefined;
  #cancelHeartbeat: Cancel = () => {};

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Begins the heartbeat. */
  start(): void {
    const next = micros(this.#clock.now() + HEARTBEAT_US);
    this.#cancelHeartbeat = this.#clock.atCoarse(next, () => {
      this.start();
      this.#ring();
    });
  }

  /** Rings at `due`, in place of whenever it was set to before. */
  setTo(due: Micros): void {
    if (this.#timer?.due === due) return;
    this.#timer?.cancel();
    const cancel = this.#clock.at(due, () => {
      this.#timer = undefined;
      this.#ring();
    });
    this.#timer = { due, cancel };
  }

  stop(): void {
    this.#timer?.cancel();
    this.#cancelHeartbeat();
  }
}
