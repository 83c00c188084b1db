import { type Micros, micros } from "../base/units.ts";
import type { Waits } from "./outcome.ts";
import type { Cap, Slot } from "./roles.ts";

export interface Start {
  readonly due: Micros;
  /** Since when there had been an open, idle connection without a break, and the run was below its in-flight bound. */
  readonly lineSince: Micros;
  readonly start: Micros;
}

/** The caps that tell a wait apart: what an undelayed runner would have met, with and without what quotas do to it. */
export interface Shadows {
  readonly shadowCap: Cap;
  readonly unsteeredCap?: Cap;
}

/**
 * Splits the wait of a request between what the target made it wait for and what the runner did.
 *
 * The shadow schedule answers "when would a runner that is never late have started this?": with a connection
 * in hand from `max(due, lineSince)` on, as soon as a cap of the same schedule, fed with the shadow's own earlier
 * starts, lets it go. The answers are the ones actually seen, so `lineSince` needs no shadow of its own. The unsteered
 * schedule answers the same for a target whose quota is never nearly used up, so that a backlog which the quota has
 * made is told as the quota's, also while the cap repays it.
 *
 *     due ──inFlight── max(due, lineSince) ──cap── unsteered start ──steering── shadow start ──runnerLag── start
 *
 * A shadow's earlier starts are never later than the real ones and a cap is monotone in them, so the shadow
 * start is never after the start, nor the unsteered one after it; the clamps guard the sum, not the theory. But after
 * a request that the runner dropped (`missedByRunner`) they do: the shadow has sent that one, so that the next may
 * have started before its shadow, and then was not late.
 *
 * @returns the four parts, which add up to `start - due`, and the shadows' slot, to be told of the answer
 */
export function splitWait(
  { due, lineSince, start }: Start,
  { shadowCap, unsteeredCap }: Shadows,
): { readonly waits: Waits; readonly shadowSlot: Pick<Slot, "ended"> } {
  const inHand = micros(Math.min(Math.max(due, lineSince), start));
  const shadow = startUnder(shadowCap, inHand, start);
  const unsteered = unsteeredCap && startUnder(unsteeredCap, inHand, shadow.at);
  const capped = unsteered?.at ?? shadow.at;
  return {
    waits: {
      inFlight: micros(inHand - due),
      cap: micros(capped - inHand),
      steering: micros(shadow.at - capped),
      runnerLag: micros(start - shadow.at),
    },
    shadowSlot: {
      ended(at, answered) {
        shadow.slot?.ended(at, answered);
        unsteered?.slot?.ended(at, answered);
      },
    },
  };
}

/**
 * Whether a request that is now too late would have been started in time by a runner that is never late: with its
 * connection in hand by `limit`, and a shadow schedule that lets it go by then. If so the shadow has sent it. Else each
 * drop of a longer backlog would be found to be the runner's, of which it has to answer for as many as it was late for.
 *
 * @param limit its due time plus the most that it may wait
 */
export function missedByRunner(
  { due, lineSince, limit }: Omit<Start, "start"> & { readonly limit: Micros },
  shadows: Shadows,
): boolean {
  const inHand = micros(Math.max(due, lineSince));
  if (inHand > limit) return false;
  const at = shadows.shadowCap.earliest(inHand);
  if (at === undefined || at > limit) return false;
  // Nobody knows when it would have been answered.
  splitWait({ due, lineSince, start: limit }, shadows).shadowSlot.ended(limit, true);
  return true;
}

/** When a cap lets a request go that has had its connection since `inHand`: said to be by `latest`, since then it went. */
function startUnder(
  cap: Cap,
  inHand: Micros,
  latest: Micros,
): { readonly at: Micros; readonly slot: Slot | undefined } {
  const free = cap.earliest(inHand);
  if (free === undefined) return { at: latest, slot: undefined };
  // At its own time, also where that is later: a place left out would be free for others.
  const slot = cap.take(free);
  slot?.written(free);
  return { at: micros(Math.min(free, latest)), slot };
}
