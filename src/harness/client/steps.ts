import type { AnsweredOperation } from "../../klarna/answer.ts";
import type { ClientReference } from "../../profile/client-reference.ts";
import type { Plan } from "../../profile/plan.ts";
import { bindStep, type Judgement, reading } from "../binding.ts";

/** A step of a plan that a client makes. */
export interface ClientStep {
  readonly client: ClientReference;
  readonly operation: string;
  /** What an answer to one of its requests means to the run. */
  readonly judge: (answer: AnsweredOperation) => Judgement;
  /** What the step saves of a returned value; `undefined`: something is missing, or could not stand in a path. */
  readonly read: (value: unknown) => Readonly<Record<string, string>> | undefined;
}

/** By scenario and step: `0/2`, as the plan counts them. */
export function clientSteps({ bindings }: Pick<Plan, "bindings">): ReadonlyMap<string, ClientStep> {
  const found = new Map<string, ClientStep>();
  bindings.forEach(({ steps }, scenario) => {
    steps.forEach((binding, step) => {
      const { client, operation } = binding;
      if (!client) return;
      // What it saves is what the function returns, and no answer's.
      const bound = bindStep({ ...binding, save: {} });
      found.set(`${scenario}/${step}`, {
        client,
        operation,
        judge: (answer) => bound.judge(answer, {}, true),
        read: reading(binding),
      });
    });
  });
  return found;
}
