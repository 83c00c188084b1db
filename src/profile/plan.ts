import type { Seed } from "../base/random.ts";
import { MICROS_PER_SECOND, type Micros, type PerSecond, perSecond } from "../base/units.ts";
import { effectiveCap } from "../guard/admission.ts";
import { peaksUnderQuota } from "../guard/ceilings.ts";
import type { EnvironmentName } from "../guard/environments.ts";
import { bindingQuota, CATEGORIES, type Category, type Level } from "../guard/quotas.ts";
import type { BurstFacts } from "../guard/run-facts.ts";
import { catalogued, OPERATIONS } from "../klarna/catalogue.ts";
import { samplesForUpperBound } from "../measure/ranks.ts";
import { plannedDuration } from "../workload/arrivals.ts";
import { mostRequests, type Scenario, type Stage, type Workload } from "../workload/workload.ts";
import { demandOf } from "./bursts.ts";
import { bindingOf, type ScenarioBinding, scenarioOf } from "./scenario.ts";
import type { ClosedProfileWorkload, Limits, Profile } from "./schema.ts";
import { tallyJourneys } from "./tally.ts";
import { PERCENTILES } from "./threshold.ts";

/** Everything that a run of a profile would do, known before anything is opened. */
export interface Plan {
  readonly profile: Profile;
  readonly environment: EnvironmentName;
  readonly level: Level;
  readonly seed: Seed;
  readonly workload: Workload;
  /** In the order of `workload.scenarios`. */
  readonly bindings: readonly ScenarioBinding[];
  readonly stages: readonly [Stage, ...Stage[]];
  /** To the end of the last stage; started journeys may go on for `workload.drainTimeout` more. */
  readonly duration: Micros;
  readonly journeys: number;
  /** If every step succeeds, no condition keeps one back, and each poll is answered at once with what it waits for. */
  readonly requests: number;
  /** If nothing succeeds before its last attempt and its last poll. */
  readonly requestsAtMost: number;
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

export interface OperationPlan {
  readonly operation: string;
  readonly category: Category;
  readonly requests: number;
  readonly requestsAtMost: number;
  /** Of `requests`, in steady stages: the samples that thresholds judge. */
  readonly steadySamples: number;
  /** Whether each percentile can be stated from that many samples. */
  readonly percentiles: readonly PercentilePlan[];
}

export interface PercentilePlan {
  /** 50 to 99.9. */
  readonly p: number;
  readonly samplesNeeded: number;
  readonly canBeStated: boolean;
}

/** Without `limits`: room above the peak in which a backlog can be repaid. */
const CAP_OVER_PEAK = 1.25;

/**
 * The cap of a category that the profile sets none for. From 1/s on rounded up to whole requests, since that
 * is what fits into a window of 1 s: of 1.25/s only one in each second would be left, and no room at all.
 */
function defaultCap(peak: PerSecond): PerSecond {
  const cap = CAP_OVER_PEAK * peak;
  return perSecond(cap < 1 ? cap : Math.ceil(cap - 1e-9));
}

/** What a profile comes to. Pure: the same arguments give the same plan. */
export function makePlan(
  profile: Profile,
  { environment, level, seed }: { environment: EnvironmentName; level: Level; seed: Seed },
): Plan {
  const workload = workloadOf(profile);
  const tally = tallyJourneys(workload, seed);
  const operations = operationPlans(workload, tally.scenarios);
  const categories = categoryPlans(workload, operations, profile, level);
  const peak = categories.reduce((sum, { peakPerSecond, bursts }) => {
    return sum + Math.max(peakPerSecond, bursts?.peakPerSecond ?? 0);
  }, 0);
  return {
    profile,
    environment,
    level,
    seed,
    workload,
    bindings: profile.scenarios.map((scenario) => bindingOf(scenario, profile.retry)),
    stages: workload.stages,
    duration: plannedDuration(workload.stages),
    journeys: tally.scenarios.reduce((sum, { all }) => sum + all, 0),
    requests: operations.reduce((sum, { requests }) => sum + requests, 0),
    requestsAtMost: operations.reduce((sum, { requestsAtMost }) => sum + requestsAtMost, 0),
    counts: tally.counts,
    categories,
    operations,
    webhooks: operations.reduce(
      (sum, { operation, requests }) => sum + requests * catalogued(operation).webhooks,
      0,
    ),
    inFlightBindsAboveMeanMs: peak > 0 ? (1000 * workload.maxInFlight) / peak : undefined,
  };
}

function workloadOf({ workload, scenarios: listed, limits, retry }: Profile): Workload {
  const [first, ...others] = listed;
  const scenarios: Workload["scenarios"] = [
    scenarioOf(first, retry),
    ...others.map((scenario) => scenarioOf(scenario, retry)),
  ];
  if (workload.model === "open") return { ...workload, scenarios };
  const { for: steady, rampUp, ...users } = workload;
  const most = perSecond(mostJourneys(workload, scenarios, limits));
  const stage = (phase: Stage["phase"], from: PerSecond, duration: Micros): Stage => {
    return { phase, from, to: most, duration };
  };
  const steadily = stage("steady", most, steady);
  return {
    ...users,
    rampUp,
    scenarios,
    maxInFlight: workload.virtualUsers,
    maxLateness: undefined,
    stages: rampUp > 0 ? [stage("ramp", perSecond(0), rampUp), steadily] : [steadily],
  };
}

/**
 * The most journeys a second that a closed workload can come to, were every answer to come at once: what its users'
 * think time allows, and what the caps let through.
 */
function mostJourneys(
  { virtualUsers, thinkTime }: ClosedProfileWorkload,
  scenarios: Workload["scenarios"],
  limits: Limits,
): number {
  const byUsers = thinkTime > 0 ? (virtualUsers * MICROS_PER_SECOND) / thinkTime : RATE_MAX;
  const byCaps = CATEGORIES.map((category) => {
    const aJourney = rateOf(category, scenarios, "one poll")(perSecond(1));
    const cap = effectiveCap(capOf(category, perSecond(RATE_MAX), limits));
    return aJourney > 0 ? cap / aJourney : RATE_MAX;
  });
  return Math.min(byUsers, ...byCaps);
}

/** More than any cap: requests a second. */
const RATE_MAX = 1_000_000;

function operationPlans(
  { scenarios }: Workload,
  journeys: readonly { readonly all: number; readonly steady: number }[],
): OperationPlan[] {
  const counts = new Map<
    string,
    { requests: number; requestsAtMost: number; steadySamples: number }
  >();
  scenarios.forEach(({ steps }, i) => {
    for (const step of steps) {
      const { operation } = step;
      const count = counts.get(operation) ?? { requests: 0, requestsAtMost: 0, steadySamples: 0 };
      count.requests += journeys[i]?.all ?? 0;
      count.requestsAtMost += (journeys[i]?.all ?? 0) * mostRequests(step);
      count.steadySamples += journeys[i]?.steady ?? 0;
      counts.set(operation, count);
    }
  });
  return [...OPERATIONS.values()].flatMap(({ name, category }) => {
    const count = counts.get(name);
    if (!count) return [];
    const percentiles = PERCENTILES.map((p) => {
      const needed = samplesForUpperBound(p);
      return { p, samplesNeeded: needed, canBeStated: count.steadySamples >= needed };
    });
    return [{ operation: name, category, ...count, percentiles }];
  });
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
      const capPerSecond = capOf(category, defaultCap(peakPerSecond), limits);
      return [{ ...counted, peakPerSecond, capPerSecond }];
    }
    // What a burst leaves over is repaid at half the quota, whatever the stages after it ask for.
    const capPerSecond = perSecond(Math.min(half, capOf(category, half, limits)));
    const burstCap = capOf(category, defaultCap(above.peakPerSecond), limits);
    const bursts = { ...above, capPerSecond: burstCap };
    return [{ ...counted, peakPerSecond, capPerSecond, bursts }];
  });
}

/**
 * What a rate of journeys makes of the category's requests: times the mean number of its steps in a journey, by
 * weight; the flow once journeys start as often as they end. Steps without think time follow one another at once,
 * so shorter bursts go above it; the cap spreads those.
 */
function rateOf(
  category: Category,
  scenarios: readonly Scenario[],
  counting: "one poll" | "most polls",
): (journeys: PerSecond) => number {
  const weight = scenarios.reduce((sum, scenario) => sum + scenario.weight, 0);
  const requestsOf = ({ steps }: Scenario): number =>
    steps
      .filter((step) => step.category === category)
      .reduce((sum, { poll }) => sum + (counting === "most polls" ? (poll?.atMost ?? 1) : 1), 0);
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
function capOf(category: Category, otherwise: PerSecond, { rate, perCategory }: Limits): PerSecond {
  const asked = perCategory[category] ?? rate ?? otherwise;
  return perSecond(Math.min(asked, rate ?? asked));
}
