import type { Category } from "../guard/quotas.ts";
import type { OpenWorkload } from "../workload/workload.ts";

/** What the arithmetic says of one category, before anything is run. */
export interface CategoryBound {
  readonly category: string;
  /** Requests of the category in one journey, on average: scenarios by weight, each step once. */
  readonly requestsPerJourney: number;
  /** Requests a second. */
  readonly quotaPerSecond: number;
  /** The journeys a second at which the quota is used up. */
  readonly journeysPerSecond: number;
}

export interface Bound {
  /** The least of all categories': no rate above it can go on without a 429. */
  readonly journeysPerSecond: number;
  readonly category: string;
  /** The one that binds first, then the others. */
  readonly categories: readonly CategoryBound[];
}

/** Quota over requests per journey, of each category. Without retries, which only ever add requests. */
export function arithmeticBound(
  { scenarios }: Pick<OpenWorkload, "scenarios">,
  quota: (category: Category) => number,
): Bound {
  const weights = scenarios.reduce((sum, { weight }) => sum + weight, 0);
  const perJourney = new Map<Category, number>();
  for (const { weight, steps } of scenarios) {
    for (const step of steps) {
      // A plan's categories are the catalogue's.
      const category = step.category as Category;
      perJourney.set(category, (perJourney.get(category) ?? 0) + weight / weights);
    }
  }
  const categories = [...perJourney]
    .map(([category, requestsPerJourney]): CategoryBound => {
      const quotaPerSecond = quota(category);
      const journeysPerSecond = quotaPerSecond / requestsPerJourney;
      return { category, requestsPerJourney, quotaPerSecond, journeysPerSecond };
    })
    .sort((a, b) => a.journeysPerSecond - b.journeysPerSecond);
  const [first] = categories;
  if (!first) throw new TypeError("a workload without a step");
  return { journeysPerSecond: first.journeysPerSecond, category: first.category, categories };
}
