import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type PerSecond,
  perSecond,
  seconds,
} from "../base/units.ts";
import { effectiveCap } from "../guard/admission.ts";
import { CATEGORIES } from "../guard/quotas.ts";
import type { Stage, Workload } from "../workload/workload.ts";
import { capOf, rateOf } from "./caps.ts";
import { type Common, scenarioOf } from "./scenario.ts";
import type { ClosedProfileWorkload, Limits, Profile, ProfileScenario } from "./schema.ts";

/** The planned journeys as the run loop knows them, with the set-up before them and the ways to end what they make. */
export function workloadOf(profile: Profile, common: Common): Workload {
  const { workload, limits } = profile;
  const [first, ...others] = profile.scenarios;
  const scenarios: Workload["scenarios"] = [
    scenarioOf(first, common),
    ...others.map((scenario) => scenarioOf(scenario, common)),
  ];
  const setUp = setUpOf(profile);
  const around = {
    setUp: setUp && { scenario: scenarioOf(setUp, common), timeout: setUpTime(setUp) },
  };
  if (workload.model === "open") return { ...workload, scenarios, ...around };
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
    ...around,
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

/** The set-up's steps as a scenario; `undefined` without any. */
export function setUpOf({ setUp: [first, ...others] }: Profile): ProfileScenario | undefined {
  return first && { name: "set-up", weight: 1, steps: [first, ...others] };
}

/** How long a set-up may take beside its pauses. */
const SET_UP_US = seconds(30);

function setUpTime({ steps }: ProfileScenario): Micros {
  const pauses = steps.map(
    ({ thinkTime, poll }) => thinkTime + (poll ? poll.atMost * poll.every : 0),
  );
  return micros(SET_UP_US + pauses.reduce((sum, pause) => sum + pause, 0));
}
