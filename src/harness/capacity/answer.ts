import { formatRate } from "../../base/units.ts";
import type { Bound } from "../../capacity/bound.ts";
import type { Found } from "../../capacity/check.ts";
import type { Why } from "../../capacity/judge.ts";
import type { CapacityReport } from "../../report/capacity/schema.ts";

type Real = CapacityReport["real"];
type Case = CapacityReport["cases"][number];

/** Rates above this many times the arithmetic bound are not tried. */
export const SEARCH_ENDS_AT = 4;

/** What ends a case's search, in one sentence. */
export function bindsOf({ limit, why }: Pick<Found, "limit" | "why">, bound: Bound): string {
  const [first] = why;
  if (first === undefined) {
    return `The search's own end binds, ${formatRate(SEARCH_ENDS_AT * bound.journeysPerSecond)}: no rate up to it was too high, so this is a lower bound.`;
  }
  const quotas = counted(why.map(({ quota }) => quota));
  const thresholds = counted(why.flatMap((one) => one.thresholds));
  const [category] = quotas;
  const [threshold] = thresholds;
  if (limit === undefined) {
    return threshold === undefined
      ? `No rate is low enough for the quota of ${category ?? "any category"}.`
      : `No rate is low enough for the threshold ${threshold}.`;
  }
  if (isOften(why, ({ quota }) => quota !== undefined) && category !== undefined) {
    const row = bound.categories.find((one) => one.category === category);
    const arithmetic = row
      ? `: ${formatRate(row.quotaPerSecond)} for ${countOf(row.requestsPerJourney)} a journey`
      : "";
    return `A quota binds, that of ${category}${arithmetic}.`;
  }
  return `A threshold binds before any quota does: ${threshold ?? "more than one"}.`;
}

function countOf(requests: number): string {
  return requests === 1 ? "1 request" : `${Number(requests.toPrecision(3))} requests`;
}

/** The most frequent first. */
function counted(words: readonly (string | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([word]) => word);
}

function isOften(why: readonly Why[], holds: (one: Why) => boolean): boolean {
  return why.filter(holds).length * 2 >= why.length;
}

export type Answer = Pick<CapacityReport, "headroom" | "outcome" | "reason" | "binds">;

/**
 * The one answer of a check: from its first case at its first share. Where no real run kept the pace, what one would have
 * kept is all that is known to hold, and the model alone can't say that a target is met.
 */
export function answerOf(first: Case, real: Real, target: number | undefined): Answer {
  const [found] = first.found;
  const limit = found?.limit ?? undefined;
  const harness = heldBy(real);
  const binds = harness ?? found?.binds ?? "";
  const headroom =
    target === undefined
      ? null
      : {
          targetPerSecond: target,
          ratio: limit ? limit.mean / target - 1 : null,
          low: limit ? limit.low / target - 1 : null,
          high: limit && !limit.isLowerBound ? limit.high / target - 1 : null,
        };
  const with_ = (outcome: Answer["outcome"], reason: string): Answer => {
    return { headroom, outcome, reason, binds };
  };
  if (!found || !limit) return with_("no-capacity", binds);
  const range = `${formatRate(limit.low)} to ${formatRate(limit.high)}`;
  const isConfirmed = found.confirmation?.agrees ?? false;
  const unconfirmed = `other seeds did not confirm the limit of ${range}`;
  if (target === undefined) {
    if (!isConfirmed) return with_("undecided", unconfirmed);
    return with_("no-target", `${formatRate(limit.mean)} journeys (${range}); no target was given`);
  }
  const asked = `the target of ${formatRate(target)}`;
  if (limit.high < target && !limit.isLowerBound) {
    return with_("not-met", `${asked} is above the limit, which lies at ${range}`);
  }
  if (limit.low < target) {
    return with_("undecided", `${asked} can't be told from the limit, which lies at ${range}`);
  }
  if (!isConfirmed) {
    return with_("undecided", unconfirmed);
  }
  if (harness !== undefined && target > keptRate(real)) {
    return with_("undecided", `the model says ${range}, but this machine did not keep ${asked}`);
  }
  return with_("met", `${asked} is below the limit, which lies at ${range}`);
}

/** What to say where the machine did not keep the pace that was found; `undefined`: it did, or was not asked. */
function heldBy(real: Real): string | undefined {
  const [first] = real.runs;
  if (!first || first.kept) return undefined;
  const kept = keptRate(real);
  const rest =
    kept > 0
      ? `it kept ${formatRate(kept)}, which is a lower bound`
      : real.runs.length > 1
        ? "nor did it keep what was tried below that"
        : "nothing lower was tried";
  return `The harness itself binds: this machine did not keep ${formatRate(first.perSecond)} in real time; ${rest}.`;
}

/** The highest rate of a real run whose pace was kept; 0: none. */
function keptRate({ runs }: Real): number {
  return Math.max(0, ...runs.filter(({ kept }) => kept).map(({ perSecond }) => perSecond));
}
