import {
  MICROS_PER_SECOND,
  type Micros,
  micros,
  type PerSecond,
  perSecond,
} from "../../base/units.ts";
import { effectiveCap } from "../../guard/admission.ts";
import { ceilingOf } from "../../guard/ceilings.ts";
import { isKlarnaEnvironment, servesFamily } from "../../guard/environments.ts";
import { CATEGORIES } from "../../guard/quotas.ts";
import { GATE_PROFILE } from "../../guard/standing.ts";
import { OPERATIONS, type Operation } from "../../klarna/catalogue.ts";
import { INTERVALS_LEAST } from "../../measure/record-interval.ts";
import type { OperationPlan } from "../../profile/operation-plans.ts";
import type { CategoryPlan, Plan } from "../../profile/plan.ts";
import type { Profile } from "../../profile/schema.ts";
import type { ClosedWorkload, Scenario } from "../../workload/workload.ts";

/** What the user says of a gate beside where it leads. */
export interface GateBounds {
  /** The cap of each category; `undefined`: the profile's, or the environment's own. */
  readonly rate: PerSecond | undefined;
  /** `undefined`: an hour, or as long as the environment allows. */
  readonly lasts: Micros | undefined;
  /** How long a request waits for the cap before the gate answers it itself. */
  readonly hold: Micros;
}

/** Faster than any ceiling. */
const FAST = Number.POSITIVE_INFINITY;
/** On the emulator, where nothing but the application's own wish bounds it. */
const EMULATOR_RATE = perSecond(5_000);
const EMULATOR_LASTS = micros(3600 * MICROS_PER_SECOND);
/** Once the gate closes, how long answers are still waited for. */
export const DRAIN_US = micros(10 * MICROS_PER_SECOND);
const IN_FLIGHT = 200;

/**
 * What a gate may do: no schedule, but the operations that may be asked for, the caps of their categories, and an end. Its
 * pace is the application's, as a closed workload's is its users'.
 *
 * @param base the plan of the profile that bounds it; of one that nobody named, kind and settings alone count
 */
export function gatePlan(base: Plan, isNamed: boolean, bounds: GateBounds): Plan {
  const { environment, level } = base;
  const { kind } = base.profile;
  const operations = permittedOperations(base, isNamed);
  const called = CATEGORIES.filter((category) =>
    operations.some((operation) => operation.category === category),
  );
  const ceiling = ceilingOf(environment, kind, level, called);
  const planned = new Map(base.categories.map((one) => [one.category, one]));
  const requests = ceiling?.requests ?? 0;
  const categories = called.flatMap((category): CategoryPlan[] => {
    const own = isNamed ? planned.get(category) : undefined;
    const most = Math.min(ceiling?.category(category).peak ?? 0, own?.capPerSecond ?? FAST);
    const usual = isKlarnaEnvironment(environment) || own ? most : EMULATOR_RATE;
    const cap = Math.min(bounds.rate ?? usual, most);
    if (!(cap > 0)) return [];
    // Nothing is planned, so no rate is: the cap is what holds.
    const counted = {
      category,
      requests: 0,
      requestsAtMost: requests,
      peakPerSecond: perSecond(0),
    };
    const bursts = bounds.rate === undefined ? own?.bursts : undefined;
    return [{ ...counted, capPerSecond: effectiveCap(cap), ...(bursts && { bursts }) }];
  });
  const open = new Set(categories.map(({ category }) => category));
  const passed = operations.filter(({ category }) => open.has(category));
  const most = Math.max(1, (ceiling?.duration ?? 0) - DRAIN_US);
  const usual = isKlarnaEnvironment(environment) ? most : EMULATOR_LASTS;
  const lasts = micros(Math.min(bounds.lasts ?? usual, most));
  const workload = gateWorkload(passed, lasts, base, bounds.hold);
  return {
    ...base,
    profile: gateProfile(base.profile, workload),
    workload,
    bindings: [],
    stages: workload.stages,
    duration: workload.stages[0].duration,
    longest: micros(workload.stages[0].duration + DRAIN_US),
    journeys: 0,
    requests: 0,
    requestsAtMost: requests,
    cleanUp: undefined,
    counts: "at-most",
    categories,
    operations: passed.map((operation) => operationPlan(operation, requests)),
    webhooks: 0,
    inFlightBindsAboveMeanMs: undefined,
  };
}

/** All that may run there; of a profile's, those that it names. */
function permittedOperations(base: Plan, isNamed: boolean): Operation[] {
  const named = new Set(base.operations.map(({ operation }) => operation));
  return [...OPERATIONS.values()].filter(
    ({ name, family, allowedOn }) =>
      (!isNamed || named.has(name)) &&
      servesFamily(base.environment, family) &&
      (allowedOn === "everywhere" || !isKlarnaEnvironment(base.environment)),
  );
}

function gateWorkload(
  operations: readonly Operation[],
  duration: Micros,
  { workload }: Plan,
  hold: Micros,
): ClosedWorkload {
  const [first, ...others] = operations.map(({ name, category }): Scenario => {
    return { name, weight: 1, steps: [{ operation: name, category, thinkTime: micros(0) }] };
  });
  if (!first) throw new TypeError("a gate lets something through");
  return {
    model: "closed",
    virtualUsers: IN_FLIGHT,
    thinkTime: micros(0),
    rampUp: micros(0),
    stages: [{ phase: "steady", from: perSecond(0), to: perSecond(0), duration }],
    scenarios: [first, ...others],
    maxInFlight: IN_FLIGHT,
    maxLateness: hold,
    requestTimeout: workload.requestTimeout,
    drainTimeout: DRAIN_US,
  };
}

function gateProfile(
  base: Profile,
  { stages, requestTimeout, drainTimeout }: ClosedWorkload,
): Profile {
  return {
    ...base,
    name: GATE_PROFILE,
    workload: {
      model: "closed",
      virtualUsers: IN_FLIGHT,
      thinkTime: micros(0),
      rampUp: micros(0),
      for: stages[0].duration,
      requestTimeout,
      drainTimeout,
      pacing: "precise",
    },
    setUp: [],
    cleanUp: false,
    retry: undefined,
    data: [],
  };
}

/** As many samples as there can be: nobody knows how often an application asks. */
function operationPlan({ name, category }: Operation, requests: number): OperationPlan {
  return {
    operation: name,
    category,
    requests: 0,
    requestsAtMost: requests,
    steadySamples: requests,
    steadyIntervals: INTERVALS_LEAST,
    percentiles: [],
  };
}
