import {
  APPLICATION_ON_ITS_WAY_US,
  applicationExchanges,
} from "../measure/conformance/from-application.ts";
import { exchangesOf } from "../measure/conformance/from-events.ts";
import { type Conformance, judgeConformance } from "../measure/conformance/judge.ts";
import { counted, POINT_TEXTS, type Point } from "../measure/conformance/point.ts";
import type { RecordEvent } from "../measure/record-format.ts";
import type { Drill, Report } from "./schema.ts";

/**
 * How the client of a recorded drill behaved at the limit.
 *
 * @param sent requests that were sent in all, more than what the record holds of each if it was too long
 * @returns null for a record that has no exchanges: of another kind of run, or an older one
 */
export function drillOf(
  events: readonly RecordEvent[],
  {
    plan,
    timeline,
    sent,
    isApplication,
    answeredByGate = 0,
  }: Pick<Report, "plan" | "timeline"> & {
    readonly sent: number;
    /** Whether the client was somebody else's, whose requests passed a gate. */
    readonly isApplication: boolean;
    /** Of an application's requests: those that were not passed on, and got a 429 of the gate's own. */
    readonly answeredByGate?: number;
  },
): Drill | null {
  const recorded = events.filter((event) => event.type === "exchange");
  if (recorded.length === 0) return null;
  const quotas = new Map(plan.categories.map((one) => [one.category, one.quotaPerSecond]));
  const quotaOf = (category: string): number | null => quotas.get(category) ?? null;
  const judged = isApplication
    ? judgeConformance(applicationExchanges(recorded), quotaOf, APPLICATION_ON_ITS_WAY_US)
    : judgeConformance(exchangesOf(recorded), quotaOf);
  const { exchanges, points, recoveriesUs, ...figures } = judged;
  return {
    ...figures,
    recoveriesUs: [...recoveriesUs],
    unrecorded: Math.max(0, sent - recorded.length),
    points: points
      .map((one) => beside(one, answeredByGate))
      .map(({ code, outcome, evidence, shownBy }) => ({
        code,
        text: POINT_TEXTS[code],
        outcome,
        evidence,
        shownBy: shownBy.map(({ request, startUs }) => ({ request, atS: startUs / 1e6 })),
      })),
    timeline: overTime(exchanges, timeline),
  };
}

/**
 * What a gate answered itself is no exchange with the target, so no point is judged by it. But a shopper who met nothing
 * else and gave up was lost: that none was can't be told then.
 */
function beside(point: Point, answeredByGate: number): Point {
  if (point.code !== "shopper-errors" || answeredByGate === 0) return point;
  const requests = counted(answeredByGate, "request");
  const apart = `${requests} that the gate answered with a 429 of its own ${answeredByGate === 1 ? "is" : "are"} not among them: what became of those is not told`;
  return {
    ...point,
    outcome: point.outcome === "fail" ? "fail" : "untold",
    evidence: `${point.evidence}; ${apart}`,
  };
}

function overTime(
  exchanges: Conformance["exchanges"],
  timeline: Report["timeline"],
): Drill["timeline"] {
  return timeline.map(({ atS, lengthS }) => {
    const within = (us: number): boolean => us >= atS * 1e6 && us < (atS + lengthS) * 1e6;
    const sent = exchanges.filter(({ startUs }) => within(startUs));
    const told = exchanges.flatMap(({ endUs, remaining }) =>
      remaining !== null && within(endUs) ? [remaining] : [],
    );
    return {
      atS,
      lengthS,
      sent: sent.length,
      throttled: sent.filter(({ result }) => result === 429).length,
      remaining: told.length === 0 ? null : Math.min(...told),
    };
  });
}
