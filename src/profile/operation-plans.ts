import type { Category } from "../guard/quotas.ts";
import { OPERATIONS } from "../klarna/catalogue.ts";
import { samplesForUpperBound } from "../measure/ranks.ts";
import { INTERVALS_LEAST, recordIntervalUs } from "../measure/record-interval.ts";
import { plannedDuration } from "../workload/arrivals.ts";
import { mostRequests, type Workload } from "../workload/workload.ts";
import type { Ending } from "./clean-up.ts";
import type { Journeys } from "./tally.ts";
import { PERCENTILES } from "./threshold.ts";

/** The set-up's one journey. */
const ONCE: Journeys = { all: 1, steady: 0 };

export interface OperationPlan {
  readonly operation: string;
  readonly category: Category;
  readonly requests: number;
  readonly requestsAtMost: number;
  /** Of `requests`, in steady stages: the samples that thresholds judge. */
  readonly steadySamples: number;
  /** So many intervals of the record, at most, hold answers of a steady stage. */
  readonly steadyIntervals: number;
  /** Whether each percentile can be stated from that many samples, if they do not depend on one another. */
  readonly percentiles: readonly PercentilePlan[];
}

export interface PercentilePlan {
  /** 50 to 99.9. */
  readonly p: number;
  readonly samplesNeeded: number;
  readonly canBeStated: boolean;
}

/** What a plan makes of each operation, in the order of the catalogue. */
export function operationPlans(
  { scenarios, setUp, stages }: Workload,
  journeys: readonly Journeys[],
  endings: readonly Ending[],
): OperationPlan[] {
  const counts = new Map<
    string,
    { requests: number; requestsAtMost: number; steadySamples: number }
  >();
  const all = setUp ? [...scenarios, setUp.scenario] : scenarios;
  const made = setUp ? [...journeys, ONCE] : journeys;
  all.forEach(({ steps }, i) => {
    for (const step of steps) {
      const { operation } = step;
      const count = counts.get(operation) ?? { requests: 0, requestsAtMost: 0, steadySamples: 0 };
      count.requests += made[i]?.all ?? 0;
      count.requestsAtMost += (made[i]?.all ?? 0) * mostRequests(step);
      count.steadySamples += made[i]?.steady ?? 0;
      counts.set(operation, count);
    }
  });
  for (const { operation, requestsAtMost } of endings) {
    const count = counts.get(operation) ?? { requests: 0, requestsAtMost: 0, steadySamples: 0 };
    count.requestsAtMost += requestsAtMost;
    counts.set(operation, count);
  }
  const intervalUs = recordIntervalUs(plannedDuration(stages));
  const steadyUs = plannedDuration(stages.filter(({ phase }) => phase === "steady"));
  return [...OPERATIONS.values()].flatMap(({ name, category }) => {
    const count = counts.get(name);
    if (!count) return [];
    const steadyIntervals = Math.min(count.steadySamples, Math.floor(steadyUs / intervalUs));
    const enough = steadyIntervals >= INTERVALS_LEAST;
    const percentiles = PERCENTILES.map((p) => {
      const needed = samplesForUpperBound(p);
      return { p, samplesNeeded: needed, canBeStated: enough && count.steadySamples >= needed };
    });
    return [{ operation: name, category, ...count, steadyIntervals, percentiles }];
  });
}
