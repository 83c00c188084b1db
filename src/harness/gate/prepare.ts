import { isKlarnaEnvironment, parseEnvironment } from "../../guard/environments.ts";
import type { Profile } from "../../profile/schema.ts";
import {
  type Prepared,
  prepare,
  prepareFound,
  type RunRequest,
  type Surroundings,
  withPlan,
} from "../prepare.ts";
import { type GateBounds, gatePlan } from "./plan.ts";

export interface GateRequest extends Omit<RunRequest, "profile">, GateBounds {
  /** The name or path of the profile that bounds the gate; `undefined`: what the environment allows. */
  readonly profile?: string | undefined;
}

export interface PreparedGate extends Prepared {
  /** A run of the profile that bounds it, to warm the client up with: the gate itself has no requests to rehearse. */
  readonly rehearsal: Prepared;
}

/** What bounds a gate that no profile does: its one step is never made. */
function otherwise(kind: Profile["kind"]): string {
  return `name: gate
description: An application's own requests, through the gate
kind: ${kind}
workload: { model: open, stages: [{ rate: 1/s, for: 1s }] }
scenarios: [{ name: application, steps: [{ operation: payment-request.create }] }]
`;
}

/**
 * A gate made ready: as `prepare` does it for a run.
 *
 * @throws UsageError for what can't be read or used; Refusal for an environment that does not exist
 */
export function prepareGate(request: GateRequest, around: Surroundings): PreparedGate {
  const { profile, ...rest } = request;
  if (profile !== undefined) {
    const base = prepare({ ...rest, profile }, around);
    return { ...withPlan(base, gatePlan(base.plan, true, request)), rehearsal: base };
  }
  const isKlarna = isKlarnaEnvironment(parseEnvironment(request.environment ?? "emulator"));
  const text = otherwise(isKlarna ? "smoke" : "capacity");
  const base = prepareFound({ folder: around.cwd, file: "gate", text }, rest, around);
  // How an application fares that is throttled, or fails, is what is to be seen.
  const stops = isKlarna ? undefined : (["throttled", "errors"] as const);
  const plan = { ...base.plan, profile: { ...base.plan.profile, stops } };
  return { ...withPlan(base, gatePlan(plan, false, request)), rehearsal: base };
}
