import type { ApprovedPlan } from "../guard/approval.ts";
import { highestCap } from "../guard/cap-schedule.ts";
import type { Door } from "../guard/door.ts";
import type { Plan } from "../profile/plan.ts";
import type { RunEndRecord } from "../report/run-record.ts";
import type { RunEnd } from "../workload/open-run.ts";
import type { AddressWatch } from "./address-watch.ts";
import { leftBehind } from "./left-behind.ts";
import type { RateLimitWatch } from "./rate-limit-watch.ts";
import type { Stops } from "./stops.ts";

export interface EndParts {
  readonly plan: Plan;
  readonly approved: ApprovedPlan;
  /** Milliseconds since the Unix epoch at the run's first due time. */
  readonly startedMs: number;
  readonly end: RunEnd;
  readonly stops: Pick<Stops, "reason" | "fault">;
  readonly door: Pick<Door, "addresses" | "opened" | "failures" | "failuresByKind">;
  readonly watch: Pick<RateLimitWatch, "seen">;
  readonly addressWatch: Pick<AddressWatch, "warnings">;
}

/** What a run puts last into its record: what became of it. */
export function endRecord(parts: EndParts): RunEndRecord {
  const { plan, approved, startedMs, end, stops, door, watch, addressWatch } = parts;
  const caps = new Map(
    approved.bounds.categories.map((bounds) => [String(bounds.category), highestCap(bounds)]),
  );
  const endedMs = startedMs + (end.endedAt - end.origin) / 1000;
  return {
    startedAt: new Date(startedMs).toISOString(),
    endedAt: new Date(Math.max(startedMs, endedMs)).toISOString(),
    interrupted: stops.reason?.verdict === "interrupted",
    invalid: invalidReason(stops),
    neverArrived: end.neverArrived,
    arrivalsFromUs: (end.arrivalsFrom ?? end.endedAt) - end.origin,
    cleanUpFromUs: end.cleanUpFrom === undefined ? null : end.cleanUpFrom - end.origin,
    cleanUp: end.cleanUp === undefined ? null : leftBehind(end.cleanUp, waysToCleanUp(plan)),
    gate: null,
    rateLimits: watch
      .seen()
      .map((seen) => ({ ...seen, capPerSecond: caps.get(seen.category) ?? 0 })),
    guard: {
      addresses: [...door.addresses],
      connectionsOpened: door.opened,
      connectFailures: door.failures,
      connectFailureKinds: { ...door.failuresByKind },
    },
    warnings: addressWatch.warnings(),
  };
}

function waysToCleanUp({ workload }: Plan): string[] {
  const ways = workload.cleanUp?.ways ?? [];
  return ways.map(({ steps: [step] }) => step.operation);
}

function invalidReason({ reason, fault }: EndParts["stops"]): string | null {
  if (fault !== undefined) return "the program failed while it ran: its figures mean nothing";
  return reason?.verdict === "invalid" ? reason.text : null;
}
