import { type Micros, micros } from "../base/units.ts";
import type { Waits } from "./outcome.ts";
import type { Cap, Slot } from "./roles.ts";

export interface Start {
  readonly due: Micros;
  /** Since when the connection that the request took had been open and idle, and the run below its in-flight bound. */
  readonly lineSince: Micros;
  readonly start: Micros;
}

/**
 * Splits the wait of a request between what the target made it wait for and what the runner did.
 *
 * The shadow schedule answers "when would a runner that is never late have started this?": with a connection
 * in hand from `max(due, lineSince)` on, as soon as a cap of the same schedule, fed with the shadow's own earlier
 * starts, lets it go. The answers are the ones actually seen, so `lineSince` needs no shadow of its own.
 *
 *     due ──inFlight── max(due, lineSince) ──cap── shadow start ──runnerLag── start
 *
 * The shadow's earlier starts are never later than the real ones and a cap is monotone in them, so the shadow
 * start is never after the start; the clamp guards the sum, not the theory.
 *
 * @returns the three parts, which add up to `start - due`, and the shadow's slot, to be told of the answer
 */
export function splitWait(
  { due, lineSince, start }: Start,
  shadowCap: Cap,
): { readonly waits: Waits; readonly shadowSlot: Slot | undefined } {
  const inHand = micros(Math.min(Math.max(due, lineSince), start));
  const shadowStart = micros(Math.min(shadowCap.earliest(inHand) ?? start, start));
  const shadowSlot = shadowCap.take(shadowStart);
  shadowSlot?.written(shadowStart);
  return {
    waits: {
      inFlight: micros(inHand - due),
      cap: micros(shadowStart - inHand),
      runnerLag: micros(start - shadowStart),
    },
    shadowSlot,
  };
}
