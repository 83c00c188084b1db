import type { Micros } from "../../base/units.ts";
import type { Visit } from "../customer.ts";

/** States and where each may go (our notes, §6.2, from Klarna's web SDK v2-r8). */
export const NEXT = {
  SUBMITTED: ["IN_PROGRESS", "EXPIRED", "CANCELED"],
  IN_PROGRESS: ["SUBMITTED", "COMPLETED", "EXPIRED", "CANCELED"],
  COMPLETED: [],
  EXPIRED: [],
  CANCELED: [],
} as const satisfies Record<string, readonly string[]>;
export type State = keyof typeof NEXT;

export function mayGo(from: State, to: State): boolean {
  const next: readonly State[] = NEXT[from];
  return next.includes(to);
}

/** Why a payment request was canceled: by its partner (v2-r8), or because the customer was turned down (a guide of Klarna's). */
export type Reason = "PARTNER_CANCELED" | "DECLINED";

/** A change of state that time or the customer brings about. */
interface Step {
  readonly at: Micros;
  readonly to: State;
  readonly reason?: Reason;
}

/**
 * What happens next to a payment request that its partner leaves alone; `undefined`: nothing any more. What is due
 * at the moment that it expires comes too late.
 */
export function nextStep(
  state: State,
  expires: Micros,
  visit: Visit | undefined,
): Step | undefined {
  const expiry: Step = { at: expires, to: "EXPIRED" };
  const earlier = (step: Step): Step => (step.at < expires ? step : expiry);
  switch (state) {
    case "SUBMITTED":
      return visit ? earlier({ at: visit.enters, to: "IN_PROGRESS" }) : expiry;
    case "IN_PROGRESS":
      if (visit?.outcome === "approve") return earlier({ at: visit.decides, to: "COMPLETED" });
      if (visit?.outcome === "decline") {
        return earlier({ at: visit.decides, to: "CANCELED", reason: "DECLINED" });
      }
      return expiry;
    default:
      return undefined;
  }
}
