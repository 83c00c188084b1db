import type { QuotaTable } from "../../guard/quotas.ts";
import type { CapacityReport } from "../../report/capacity/schema.ts";
import type { OpenWorkload } from "../../workload/workload.ts";
import type { Prepared } from "../prepare.ts";
import type { Search } from "./cases.ts";
import type { CapacityQuestion } from "./request.ts";

/** What was asked, as the report holds it: the account by that there was one alone. */
export function askedOf(
  { quotas, level, arrivals, target }: CapacityQuestion & { readonly quotas: QuotaTable },
  { forAccount, latency }: { readonly forAccount: boolean; readonly latency: string },
  { maxInFlight }: OpenWorkload,
  { thresholds, duration, seeds }: Search,
): CapacityReport["asked"] {
  return {
    quotas,
    level,
    forAccount,
    arrivals,
    latency,
    thresholds: thresholds.map(({ text }) => text),
    maxInFlight,
    probeS: duration / 1_000_000,
    seeds,
    targetPerSecond: target ?? null,
  };
}

/** What of the profile the model leaves out. */
export function warningsOf({ plan }: Prepared, workload: OpenWorkload): CapacityReport["warnings"] {
  const steps = workload.scenarios.flatMap((scenario) => scenario.steps);
  const { emulator, thresholds } = plan.profile;
  const told: readonly (readonly [boolean, string, string])[] = [
    [
      thresholds.length === 0,
      "NO_THRESHOLD",
      "the profile has no threshold: quotas alone are judged",
    ],
    [
      steps.some(({ poll }) => poll !== undefined),
      "POLLS_ANSWERED_AT_ONCE",
      "each poll counts once: those that ask again use more of the quota than this says",
    ],
    [
      steps.some(({ conditional }) => conditional === true),
      "CONDITIONS_MET",
      "every condition counts as met: journeys that pass steps over use less of the quota",
    ],
    [
      (emulator?.faults?.length ?? 0) > 0 || emulator?.customer !== undefined,
      "EMULATOR_SECTION_IGNORED",
      "the model knows no faults and no customers: a journey that waits for one goes on at once",
    ],
  ];
  return told.flatMap(([holds, code, text]) => (holds ? [{ code, text }] : []));
}
