import { catalogued } from "../klarna/catalogue.ts";
import type { RetryPolicy } from "../workload/retry.ts";
import type { Scenario, Step } from "../workload/workload.ts";
import type { Asked, ScenarioBinding, StepBinding } from "./bindings.ts";
import { isJsonObject, mergeBody } from "./body.ts";
import { makesOrEnds } from "./clean-up.ts";
import type { Expectation } from "./expectation.ts";
import { retryOf } from "./retry.ts";
import type { ProfileScenario } from "./schema.ts";
import type { ProfileStep } from "./step.ts";

/** What holds for all scenarios of a run. */
export interface Common {
  /** For steps that have none of their own. */
  readonly policy: RetryPolicy | undefined;
  /** The operations that end what others make, as the run does it; empty: it does not. */
  readonly ways: readonly string[];
}

/** A scenario as the run loop knows it. */
export function scenarioOf(
  { name, weight, steps }: ProfileScenario,
  { policy, ways }: Common,
): Scenario {
  const uncertain = uncertainNames(steps);
  const step = (one: ProfileStep): Step => {
    const { operation, thinkTime, when, poll, client } = one;
    const needs = readBy(one).filter((value) => uncertain.has(value));
    return {
      operation,
      category: catalogued(operation).category,
      thinkTime,
      // What a client sends again, it sends by itself.
      retry: client ? undefined : retryOf(operation, one.retry ?? policy),
      ...(client && { outside: { atMost: client.requests } }),
      poll: poll && { every: poll.every, atMost: poll.atMost },
      ...(when === undefined ? {} : { conditional: true }),
      ...(needs.length === 0 ? {} : { needs }),
      ...(makesOrEnds(operation, ways).creates.length === 0 ? {} : { creates: true }),
    };
  };
  const [first, ...others] = steps;
  return { name, weight, steps: [step(first), ...others.map(step)] };
}

/** What the same scenario's steps send and expect. */
export function bindingOf(
  { name, steps }: ProfileScenario,
  { policy, ways }: Common,
): ScenarioBinding {
  return {
    scenario: name,
    steps: steps.map((step, index): StepBinding => {
      const { operation, client, with: values, save, body, headers, expect, poll } = step;
      const { sampleBody } = catalogued(operation);
      const sample: unknown = sampleBody?.();
      return {
        operation,
        client,
        with: values,
        save,
        body: isJsonObject(sample) ? mergeBody(sample, body ?? {}) : undefined,
        headers,
        expect: asked(operation, expect),
        until: poll && asked(operation, poll.until, expect),
        allows: steps.flatMap(({ when }, later) =>
          when && askedOf(steps, later) === index
            ? [{ step: later, when: asked(operation, when, expect) }]
            : [],
        ),
        ...makesOrEnds(operation, ways),
        ignoresReset: retryOf(operation, step.retry ?? policy)?.ignoreReset ?? false,
      };
    }),
  };
}

/** The step whose answer decides whether this one runs: the one it names, or the one before it. */
function askedOf(steps: readonly ProfileStep[], step: number): number {
  const name = steps[step]?.when?.step;
  return name === undefined ? step - 1 : steps.findIndex((one) => one.name === name);
}

/** @param otherwise whose statuses hold where the first names none, before the operation's own */
function asked(operation: string, first?: Expectation, otherwise?: Expectation): Asked {
  return {
    statuses: first?.statuses ?? otherwise?.statuses ?? catalogued(operation).successStatuses,
    values: first?.values ?? [],
  };
}

/** Names that only steps save which may be passed over: those with a condition, and those that read such a name. */
function uncertainNames(steps: readonly ProfileStep[]): ReadonlySet<string> {
  const uncertain = new Set<string>();
  for (const step of steps) {
    if (step.when === undefined && !readBy(step).some((name) => uncertain.has(name))) continue;
    for (const name of Object.keys(step.save)) uncertain.add(name);
  }
  return uncertain;
}

function readBy(step: ProfileStep): string[] {
  return Object.values(step.with).flatMap((value) => (value.kind === "saved" ? [value.name] : []));
}
