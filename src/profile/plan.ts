import type { Seed } from "../base/random.ts";
import { type Micros, micros, type PerSecond, perSecond } from "../base/units.ts";
import { peaksUnderQuota } from "../guard/ceilings.ts";
import type { EnvironmentName } from "../guard/environments.ts";
import { bindingQuota, CATEGORIES, type Category, type Level } from "../guard/quotas.ts";
import type { BurstFacts } from "../guard/run-facts.ts";
import { catalogued } from "../klarna/catalogue.ts";
import { plannedDuration } from "../workload/arrivals.ts";
import { REST_US } from "../workload/course.ts";
import type { Stage, Workload } from "../workload/workload.ts";
import type { ScenarioBinding } from "./bindings.ts";
import { demandOf } from "./bursts.ts";
import { capOf, defaultCap, rateOf } from "./caps.ts";
import {
  type CleanUpPlan,
  cleanUpPlan,
  type Ending,
  endingBinding,
  endingOf,
  waysToEnd,
} from "./clean-up.ts";
import { type OperationPlan, operationPlans } from "./operation-plans.ts";
import { setUpOf, workloadOf } from "./plan-workload.ts";
import { bindingOf, type Common } from "./scenario.ts";
import type { Profile } from "./schema.ts";
import { tallyJourneys } from "./tally.ts";

/** Everything that a run of a profile would do, known before anything is opened. */
export interface Plan {
  readonly profile: Profile;
  readonly environment: EnvironmentName;
  readonly level: Level;
  readonly seed: Seed;
  readonly workload: Workload;
  /** In the order of `everyScenario(workload)`. */
  readonly bindings: readonly ScenarioBinding[];
  readonly stages: readonly [Stage, ...Stage[]];
  /** From the first arrival to the end of the last stage. */
  readonly duration: Micros;
  /** With set-up, drain and clean-up: what the run can last at most. */
  readonly longest: Micros;
  readonly journeys: number;
  /** Of planned journeys and set-up, if every step succeeds, no condition keeps one back, and each poll is answered at once with what it waits for. */
  readonly requests: number;
  /** With the clean-up, if nothing succeeds before its last attempt and its last poll. */
  readonly requestsAtMost: number;
  /** `undefined`: the run ends nothing of what it makes. */
  readonly cleanUp: CleanUpPlan | undefined;
  /**
   * What journeys and requests are: `exact`, those of the schedule that the seed makes, to the last one; `expected`,
   * for random schedules of more than a million arrivals; `at-most`, for a closed workload.
   */
  readonly counts: "exact" | "expected" | "at-most";
  /** Those that the plan calls, in the order of `CATEGORIES`. */
  readonly categories: readonly CategoryPlan[];
  /** Those that the plan calls, in the order of the catalogue. */
  readonly operations: readonly OperationPlan[];
  /** How many webhooks the run would make Klarna send, were a receiver registered. */
  readonly webhooks: number;
  /**
   * The mean service time, in milliseconds, above which `maxInFlight` binds at the highest rate; by Little's
   * law it is `maxInFlight` over the peak of requests a second. `undefined` at a peak of 0.
   */
  readonly inFlightBindsAboveMeanMs: number | undefined;
}

/** Caps are what the profile asks for; the guard lowers them to its ceilings. */
export interface CategoryPlan {
  readonly category: Category;
  readonly requests: number;
  readonly requestsAtMost: number;
  /**
   * The highest rate outside bursts, each poll counted as often as it may be made. Retries are no part of it: what is
   * made again waits its turn under the cap.
   */
  readonly peakPerSecond: PerSecond;
  /** Outside bursts. */
  readonly capPerSecond: PerSecond;
  /** Where a rate-limit drill asks for more than half of Klarna's test quota; `undefined`: nowhere. */
  readonly bursts?: BurstFacts | undefined;
}

/** What a profile comes to. Pure: the same arguments give the same plan. */
export function makePlan(
  profile: Profile,
  { environment, level, seed }: { environment: EnvironmentName; level: Level; seed: Seed },
): Plan {
  const ways = waysToEnd(profile, environment);
  const common: Common = { policy: profile.retry, ways };
  const journeys = workloadOf(profile, common);
  const tally = tallyJourneys(journeys, seed);
  const endings = ways.map((operation) => endingOf(operation, journeys, tally.scenarios, profile));
  const operations = operationPlans(journeys, tally.scenarios, endings);
  const categories = categoryPlans(journeys, operations, profile, level);
  const cleanUp = cleanUpPlan(endings, categories);
  const workload: Workload = {
    ...journeys,
    cleanUp: cleanUp && {
      ways: endings.map(({ scenario }) => scenario),
      timeout: cleanUp.timeout,
    },
  };
  const duration = plannedDuration(workload.stages);
  const peak = categories.reduce((sum, { peakPerSecond, bursts }) => {
    return sum + Math.max(peakPerSecond, bursts?.peakPerSecond ?? 0);
  }, 0);
  return {
    profile,
    environment,
    level,
    seed,
    workload,
    bindings: bindingsOf(profile, common),
    stages: workload.stages,
    duration,
    longest: longestOf(workload, duration),
    journeys: tally.scenarios.reduce((sum, { all }) => sum + all, 0),
    requests: operations.reduce((sum, { requests }) => sum + requests, 0),
    requestsAtMost: operations.reduce((sum, { requestsAtMost }) => sum + requestsAtMost, 0),
    cleanUp,
    counts: tally.counts,
    categories,
    operations,
    webhooks: webhooksOf(operations, endings),
    inFlightBindsAboveMeanMs: peak > 0 ? (1000 * workload.maxInFlight) / peak : undefined,
  };
}

/** In the order of `everyScenario`. */
function bindingsOf(profile: Profile, common: Common): ScenarioBinding[] {
  const setUp = setUpOf(profile);
  return [
    ...profile.scenarios.map((scenario) => bindingOf(scenario, common)),
    ...(setUp ? [bindingOf(setUp, common)] : []),
    ...common.ways.map((operation) => endingBinding(operation, common.ways, common.policy)),
  ];
}

function longestOf({ setUp, drainTimeout, cleanUp }: Workload, duration: Micros): Micros {
  const before = setUp ? setUp.timeout + REST_US : 0;
  return micros(before + duration + drainTimeout + (cleanUp?.timeout ?? 0));
}

function webhooksOf(operations: readonly OperationPlan[], endings: readonly Ending[]): number {
  const counts = [...operations, ...endings];
  return counts.reduce(
    (sum, { operation, requests }) => sum + requests * catalogued(operation).webhooks,
    0,
  );
}

function categoryPlans(
  workload: Workload,
  operations: readonly OperationPlan[],
  { kind, limits }: Profile,
  level: Level,
): CategoryPlan[] {
  return CATEGORIES.flatMap((category): CategoryPlan[] => {
    const called = operations.filter((operation) => operation.category === category);
    if (called.length === 0) return [];
    const counted = {
      category,
      requests: called.reduce((sum, { requests }) => sum + requests, 0),
      requestsAtMost: called.reduce((sum, { requestsAtMost }) => sum + requestsAtMost, 0),
    };
    // The same on the emulator, so that a drill there has the shape that it has on Klarna's.
    const { peak: half } = peaksUnderQuota(kind, bindingQuota("test", category, level));
    const { peakPerSecond, above } = demandOf(
      workload.stages,
      // Users who wait for their answers leave no backlog, however often they ask.
      rateOf(category, workload.scenarios, workload.model === "open" ? "most polls" : "one poll"),
      kind === "rate-limit-drill" && half > 0 ? half : Number.POSITIVE_INFINITY,
    );
    if (!above) {
      // Set-up and clean-up have no rate: what only they call gets what a baseline might take.
      const otherwise =
        peakPerSecond > 0 ? defaultCap(peakPerSecond) : perSecond(Math.max(half, 1));
      const capPerSecond = capOf(category, otherwise, limits);
      return [{ ...counted, peakPerSecond, capPerSecond }];
    }
    // What a burst leaves over is repaid at half the quota, whatever the stages after it ask for.
    const capPerSecond = perSecond(Math.min(half, capOf(category, half, limits)));
    const burstCap = capOf(category, defaultCap(above.peakPerSecond), limits);
    const bursts = { ...above, capPerSecond: burstCap };
    return [{ ...counted, peakPerSecond, capPerSecond, bursts }];
  });
}
