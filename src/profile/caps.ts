import { type PerSecond, perSecond } from "../base/units.ts";
import type { Category } from "../guard/quotas.ts";
import { mostAskings, type Scenario } from "../workload/workload.ts";
import type { Limits } from "./schema.ts";

/** Without `limits`: room above the peak in which a backlog can be repaid. */
const CAP_OVER_PEAK = 1.25;

/**
 * The cap of a category that the profile sets none for. From 1/s on rounded up to whole requests, since that
 * is what fits into a window of 1 s: of 1.25/s only one in each second would be left, and no room at all.
 */
export function defaultCap(peak: PerSecond): PerSecond {
  const cap = CAP_OVER_PEAK * peak;
  return perSecond(cap < 1 ? cap : Math.ceil(cap - 1e-9));
}

/**
 * What a rate of journeys makes of the category's requests: times the mean number of its steps in a journey, by
 * weight; the flow once journeys start as often as they end. Steps without think time follow one another at once,
 * so shorter bursts go above it; the cap spreads those.
 */
export function rateOf(
  category: Category,
  scenarios: readonly Scenario[],
  counting: "one poll" | "most polls",
): (journeys: PerSecond) => number {
  const weight = scenarios.reduce((sum, scenario) => sum + scenario.weight, 0);
  const requestsOf = ({ steps }: Scenario): number =>
    steps
      .filter((step) => step.category === category)
      .reduce((sum, step) => sum + (counting === "most polls" ? mostAskings(step) : 1), 0);
  const weightedSteps = scenarios.reduce(
    (sum, scenario) => sum + scenario.weight * requestsOf(scenario),
    0,
  );
  return (journeys) => (journeys * weightedSteps) / weight;
}

/**
 * The category's own limit, else the limit for all, else what is given. `limits.rate` also bounds every
 * category's own limit. It is a bound on each category, not on their sum: categories are what Klarna meters.
 */
export function capOf(
  category: Category,
  otherwise: PerSecond,
  { rate, perCategory }: Limits,
): PerSecond {
  const asked = perCategory[category] ?? rate ?? otherwise;
  return perSecond(Math.min(asked, rate ?? asked));
}
