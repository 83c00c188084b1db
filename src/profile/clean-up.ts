import { MICROS_PER_SECOND, type Micros, micros, seconds } from "../base/units.ts";
import { type EnvironmentName, isKlarnaEnvironment } from "../guard/environments.ts";
import { catalogued, OPERATIONS } from "../klarna/catalogue.ts";
import { pathParameters } from "../klarna/operation.ts";
import type { RetryPolicy } from "../workload/retry.ts";
import { mostAskings, mostRequests, type Scenario, type Workload } from "../workload/workload.ts";
import type { Asked, MakesOrEnds, ScenarioBinding } from "./bindings.ts";
import { parseResponsePath } from "./response-path.ts";
import { retryOf } from "./retry.ts";
import type { Profile } from "./schema.ts";

/** Gone, or in a state that can't be ended any more: no error of the clean-up's, and told as left where it was not ended. */
const ALREADY_OVER = [404, 409] as const;

/**
 * The operations by which a run of the profile ends what it has made, in the order of the catalogue. On Klarna's environments
 * unless the profile says otherwise; on the emulator, which forgets all with its end, only if it says so.
 */
export function waysToEnd(profile: Profile, environment: EnvironmentName): readonly string[] {
  if (!(profile.cleanUp ?? isKlarnaEnvironment(environment))) return [];
  const steps = [...profile.setUp, ...profile.scenarios.flatMap(({ steps }) => steps)];
  const needed = new Set(
    steps.flatMap(({ operation }) =>
      (catalogued(operation).creates ?? []).map((one) => one.undoneBy),
    ),
  );
  return [...OPERATIONS.keys()].filter((name) => needed.has(name));
}

/** @param ways the operations that end things */
export function makesOrEnds(operation: string, ways: readonly string[]): MakesOrEnds {
  const way = ways.indexOf(operation);
  const [parameter] = pathParameters(catalogued(operation));
  const creates = (catalogued(operation).creates ?? []).flatMap(({ id, undoneBy }) => {
    const path = parseResponsePath(id);
    const endedBy = ways.indexOf(undoneBy);
    return path && endedBy >= 0 ? [{ way: endedBy, id: path }] : [];
  });
  return { creates, ends: way < 0 || parameter === undefined ? undefined : { way, parameter } };
}

/** One journey for one thing, as the run loop knows it. */
function endingScenario(operation: string, policy: RetryPolicy | undefined): Scenario {
  const { category } = catalogued(operation);
  const step = { operation, category, thinkTime: micros(0), retry: retryOf(operation, policy) };
  return { name: "clean-up", weight: 1, steps: [step] };
}

/** What the same journey sends and expects. */
export function endingBinding(
  operation: string,
  ways: readonly string[],
  policy: RetryPolicy | undefined,
): ScenarioBinding {
  const { successStatuses } = catalogued(operation);
  const { ends } = makesOrEnds(operation, ways);
  const expect: Asked = { statuses: [...successStatuses, ...ALREADY_OVER], values: [] };
  return {
    scenario: "clean-up",
    steps: [
      {
        operation,
        with: ends === undefined ? {} : { [ends.parameter]: { kind: "saved", name: "id" } },
        save: {},
        body: undefined,
        headers: {},
        expect,
        until: undefined,
        allows: [],
        creates: [],
        ends,
        ignoresReset: retryOf(operation, policy)?.ignoreReset ?? false,
      },
    ],
  };
}

/** How many things a journey makes and does not end itself: if all goes well, and at most. */
interface LeftOver {
  readonly ifWell: number;
  readonly atMost: number;
}

/** @param operation the way to end them */
function leftOver({ steps }: Pick<Scenario, "steps">, operation: string): LeftOver {
  let made = 0;
  let ended = 0;
  let atMost = 0;
  for (const step of steps) {
    if (step.operation === operation && !step.conditional) ended++;
    const creates = (catalogued(step.operation).creates ?? []).some(
      ({ undoneBy }) => undoneBy === operation,
    );
    if (!creates) continue;
    made++;
    // With the same key an attempt makes nothing new.
    const isFresh = step.retry?.idempotencyKey === "fresh";
    atMost += isFresh ? mostRequests(step) : mostAskings(step);
  }
  return { ifWell: Math.max(0, made - ended), atMost };
}

/** One way to end things, and how much a run may have to do of it. */
export interface Ending {
  readonly operation: string;
  readonly scenario: Scenario;
  /** If every step of the journeys succeeds. */
  readonly requests: number;
  readonly requestsAtMost: number;
}

/** @param journeys how many there are of each scenario */
export function endingOf(
  operation: string,
  { scenarios, setUp }: Pick<Workload, "scenarios" | "setUp">,
  journeys: readonly { readonly all: number }[],
  { retry }: Profile,
): Ending {
  const scenario = endingScenario(operation, retry);
  const once = setUp ? leftOver(setUp.scenario, operation) : { ifWell: 0, atMost: 0 };
  const left = scenarios.map((one, i) => ({
    each: leftOver(one, operation),
    all: journeys[i]?.all ?? 0,
  }));
  const things = left.reduce((sum, { each, all }) => sum + all * each.atMost, once.atMost);
  return {
    operation,
    scenario,
    requests: left.reduce((sum, { each, all }) => sum + all * each.ifWell, once.ifWell),
    requestsAtMost: things * mostRequests(scenario.steps[0]),
  };
}

export interface CleanUpPlan {
  /** If every step of the journeys succeeds. */
  readonly requests: number;
  readonly requestsAtMost: number;
  readonly timeout: Micros;
}

/** How long a clean-up may take beside what its caps make it wait. */
const CLEAN_UP_US = seconds(10);

/** Twice the time that the caps need for all of it: they may be lowered, and on Klarna's environments hold a slot until its answer. */
export function cleanUpPlan(
  endings: readonly Ending[],
  categories: readonly { readonly category: string; readonly capPerSecond: number }[],
): CleanUpPlan | undefined {
  if (endings.length === 0) return undefined;
  const times = categories.map(({ category, capPerSecond }) => {
    const here = endings.filter(({ scenario }) => scenario.steps[0].category === category);
    return here.reduce((sum, { requestsAtMost }) => sum + requestsAtMost, 0) / capPerSecond;
  });
  return {
    requests: endings.reduce((sum, { requests }) => sum + requests, 0),
    requestsAtMost: endings.reduce((sum, { requestsAtMost }) => sum + requestsAtMost, 0),
    timeout: micros(CLEAN_UP_US + Math.ceil(2 * Math.max(...times) * MICROS_PER_SECOND)),
  };
}
