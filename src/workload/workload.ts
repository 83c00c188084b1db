import type { Micros, PerSecond } from "../base/units.ts";
import type { StagePhase } from "./outcome.ts";
import type { RetryPolicy } from "./retry.ts";

/** A stretch of the open workload model: the arrival rate goes linearly `from` one rate `to` another. */
export interface Stage {
  readonly phase: StagePhase;
  /** Journeys a second. */
  readonly from: PerSecond;
  readonly to: PerSecond;
  readonly duration: Micros;
}

/** One thing that a journey does: one request, or several where it polls or retries. */
export interface Step {
  readonly operation: string;
  /** The rate-limit category whose cap its requests pass. */
  readonly category: string;
  /** Between the end of the step before and this step's due time; a first step is due at its arrival, without any. */
  readonly thinkTime: Micros;
  /** `undefined`: a request that does not succeed is not made again. */
  readonly retry?: RetryPolicy | undefined;
  /** Asks again until the answer says what the step waits for. */
  readonly poll?: Poll | undefined;
  /** Its requests are made by somebody outside, who is called when it becomes due: at most so many in one call, each due as it comes. */
  readonly outside?: { readonly atMost: number } | undefined;
  /** It runs only where the answer to an earlier step allowed it; else the journey passes it over. Never a first step. */
  readonly conditional?: boolean | undefined;
  /** Saved values that it takes, where a step that may have been passed over saves them. */
  readonly needs?: readonly string[] | undefined;
  /** It makes something that the run should end. */
  readonly creates?: boolean | undefined;
}

/** The bound of a step that polls. */
export interface Poll {
  /** From an answer to the next poll's due time. */
  readonly every: Micros;
  /** Requests in all, retries aside; at least 1. */
  readonly atMost: number;
}

/** The most requests that a step can make for one journey. */
export function mostRequests({ retry, poll, outside }: MakesRequests): number {
  return (retry?.attempts ?? 1) * mostAskings({ poll, outside });
}

type MakesRequests = Pick<Step, "retry" | "poll" | "outside">;

/** The same without what is made again since it did not succeed. */
export function mostAskings({ poll, outside }: Pick<MakesRequests, "poll" | "outside">): number {
  return outside?.atMost ?? poll?.atMost ?? 1;
}

/** A kind of journey: steps one after the other, each due only after the one before has succeeded. */
export interface Scenario {
  readonly name: string;
  /** Its share of the arrivals, in proportion to the other scenarios' weights; more than 0. */
  readonly weight: number;
  readonly steps: readonly [Step, ...Step[]];
}

/** One journey before the first arrival; all others know what it saved. */
export interface SetUp {
  readonly scenario: Scenario;
  /** Unless it has succeeded so long after it began, the run ends. */
  readonly timeout: Micros;
}

/** How a run ends what its journeys have made and not ended themselves. */
export interface EndOfThings {
  /** Each a journey for one thing, which it knows as `id`. */
  readonly ways: readonly Scenario[];
  /** After the drain, how long it may take. */
  readonly timeout: Micros;
}

/** What both workload models have. */
interface AnyWorkload {
  readonly stages: readonly [Stage, ...Stage[]];
  readonly scenarios: readonly [Scenario, ...Scenario[]];
  /** `undefined`: there is none. */
  readonly setUp?: SetUp | undefined;
  /** `undefined`: the run keeps no account of what it makes. */
  readonly cleanUp?: EndOfThings | undefined;
  /** Most requests sent and not yet answered, all categories together. */
  readonly maxInFlight: number;
  /** An arrival that has waited longer than this at the gate is dropped; `undefined`: it waits as long as the run lasts. */
  readonly maxLateness: Micros | undefined;
  /** A request unanswered for this long has failed with `timeout`. */
  readonly requestTimeout: Micros;
  /** After the last stage, how long started journeys may go on. */
  readonly drainTimeout: Micros;
}

/** Open workload model: journeys arrive by the plan, whether or not earlier ones were answered. */
export interface OpenWorkload extends AnyWorkload {
  readonly model: "open";
  readonly arrivals: "uniform" | "poisson";
}

/**
 * Closed workload model: each virtual user starts a journey when the one before has ended and its think time is over.
 * So a slow target is asked less often, and no figure of it says what users who don't wait would have met.
 */
export interface ClosedWorkload extends AnyWorkload {
  readonly model: "closed";
  readonly virtualUsers: number;
  /** Between the end of a user's journey and its next one. */
  readonly thinkTime: Micros;
  /** Users join evenly over this long, from the run's origin; the stages begin with it. */
  readonly rampUp: Micros;
  /** Their rates are the most that users and cap could make of them: answers decide how much less it is. */
  readonly stages: readonly [Stage, ...Stage[]];
}

export type Workload = OpenWorkload | ClosedWorkload;

/** The mean number of steps of a journey, scenarios weighted. */
export function meanSteps(scenarios: readonly Scenario[]): number {
  const weight = scenarios.reduce((sum, scenario) => sum + scenario.weight, 0);
  return scenarios.reduce((sum, { weight: w, steps }) => sum + (w / weight) * steps.length, 0);
}

type Scenarios = Pick<AnyWorkload, "scenarios" | "setUp" | "cleanUp">;

/** All that a run may do, in the order by which requests are numbered: planned journeys, set-up, ways to clean up. */
export function everyScenario({ scenarios, setUp, cleanUp }: Scenarios): readonly Scenario[] {
  return [...scenarios, ...(setUp ? [setUp.scenario] : []), ...(cleanUp?.ways ?? [])];
}

/** The set-up's index in `everyScenario`, where there is one. */
export function setUpIndex({ scenarios }: Scenarios): number {
  return scenarios.length;
}

/** The index in `everyScenario` of a way to clean up. */
export function cleanUpIndex({ scenarios, setUp }: Scenarios, way: number): number {
  return scenarios.length + (setUp ? 1 : 0) + way;
}
