import { pickWeighted, type Seed, seededRandom } from "../base/random.ts";
import { arrivals, countArrivals } from "../workload/arrivals.ts";
import type { OpenWorkload, Workload } from "../workload/workload.ts";

/** How many journeys of one scenario the schedule holds. */
export interface Journeys {
  readonly all: number;
  /** Of these, in steady stages. */
  readonly steady: number;
}

export interface Tally {
  /** In the order of the workload's scenarios. */
  readonly scenarios: readonly Journeys[];
  /**
   * `exact`: these are the numbers that the seed's schedule has; `expected`: the means, for a schedule too long to
   * walk; `at-most`: for a closed workload, which has no schedule.
   */
  readonly counts: "exact" | "expected" | "at-most";
}

/** A schedule of this many arrivals is walked in well under a second. */
const WALK_MAX = 1_000_000;

/**
 * Counts the arrivals of a schedule, by scenario. Where chance has no part (uniform arrivals, one scenario)
 * by closed form; else by making the draws that the run with this seed will make, if they are not too many;
 * else by expectation, the area under the rate curve times the scenario's share, rounded.
 */
export function tallyJourneys(workload: Workload, seed: Seed): Tally {
  const { scenarios } = workload;
  if (workload.model === "closed") {
    // Each user may have one more under way, whatever the scenario, when the last stage ends.
    const { virtualUsers } = workload;
    const most = shares(workload, Math.ceil).map(({ all, steady }) => ({
      all: all + virtualUsers,
      steady: steady + virtualUsers,
    }));
    return { scenarios: most, counts: "at-most" };
  }
  if (workload.arrivals === "uniform" && scenarios.length === 1) {
    return { scenarios: [uniformJourneys(workload)], counts: "exact" };
  }
  if (countArrivals(workload) <= WALK_MAX)
    return { scenarios: walk(workload, seed), counts: "exact" };
  return { scenarios: shares(workload, Math.round), counts: "expected" };
}

/** Each scenario's part of the area under the rate curve. */
function shares(workload: Workload, whole: (share: number) => number): Journeys[] {
  const { all, steady } = uniformJourneys(workload);
  const weight = workload.scenarios.reduce((sum, scenario) => sum + scenario.weight, 0);
  return workload.scenarios.map((scenario) => ({
    all: whole((all * scenario.weight) / weight),
    steady: whole((steady * scenario.weight) / weight),
  }));
}

/** Uniform arrival k lies in the stage in whose part of the area k falls; so the areas' ceilings count them. */
function uniformJourneys({ stages }: Pick<Workload, "stages">): Journeys {
  let steady = 0;
  for (let i = 0; i < stages.length; i++) {
    if (stages[i]?.phase !== "steady") continue;
    steady += uniformCount(stages.slice(0, i + 1)) - uniformCount(stages.slice(0, i));
  }
  return { all: uniformCount(stages), steady };
}

function uniformCount(stages: OpenWorkload["stages"] | OpenWorkload["stages"][number][]): number {
  const [first, ...rest] = stages;
  // Not -0, which the tolerance makes of an area of nothing.
  return first ? Math.max(0, countArrivals({ arrivals: "uniform", stages: [first, ...rest] })) : 0;
}

/** The forks are named as the run names them: same seed, same draws. */
function walk(workload: OpenWorkload, seed: Seed): Journeys[] {
  const random = seededRandom(seed);
  const picks = random.fork("scenarios");
  const weights = workload.scenarios.map(({ weight }) => weight);
  const counts = workload.scenarios.map(() => ({ all: 0, steady: 0 }));
  for (const { phase } of arrivals(workload, random.fork("arrivals"))) {
    const count = counts[pickWeighted(picks, weights)];
    if (!count) continue;
    count.all++;
    if (phase === "steady") count.steady++;
  }
  return counts;
}
