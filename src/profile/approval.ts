import { type Place, UsageError } from "../base/errors.ts";
import { type EnvironmentName, isKlarnaEnvironment } from "../guard/environments.ts";
import { catalogued, OPERATIONS } from "../klarna/catalogue.ts";
import type { ApprovalFacts } from "../klarna/operation.ts";
import { shownText } from "./messages.ts";
import type { Profile } from "./schema.ts";
import { at, entriesOf, everyStep, type Tree, textOf } from "./tree.ts";

/** Where a step says what an answer must hold before the journey goes on. */
const AWAITED = [["expect"], ["poll", "until"]] as const;

/** Why no customer will approve a payment, and what to do about it. */
export interface NobodyApproves {
  readonly where: string;
  readonly hint: string;
}

/**
 * Why nobody approves a payment in a run of this profile; `undefined`: somebody does.
 *
 * @param running what a customer does in the running emulator that the run is to use, null if nobody comes;
 *   `undefined`: the run starts one, as the profile's `emulator` says
 */
export function whyNobodyApproves(
  tree: Tree,
  environment: EnvironmentName,
  running: string | null | undefined,
): NobodyApproves | undefined {
  if (isKlarnaEnvironment(environment)) {
    return {
      where: `on ${environment} nobody does`,
      hint: "run it on the emulator, with emulator: { customer: approve }",
    };
  }
  if (running !== undefined) {
    if (running === "approve") return undefined;
    return {
      where: "in the running emulator nobody does",
      hint: "start it with --customer approve",
    };
  }
  if (textOf(at(tree, "emulator", "customer")) === "approve") return undefined;
  return {
    where: "in this run's emulator nobody does",
    hint: "add emulator: { customer: approve } to the profile",
  };
}

/** Steps that wait for, or save, what an answer says only once a customer has approved the payment. */
export function approvalProblems(tree: Tree, nobody: NobodyApproves): UsageError[] {
  return everyStep(tree).flatMap((step) => {
    const operation = OPERATIONS.get(textOf(at(step, "operation")) ?? "");
    const { afterApproval } = operation ?? {};
    if (!operation || !afterApproval) return [];
    const saved = [...entriesOf(at(step, "save")).values()]
      .filter(({ value }) => isField(textOf(value) ?? "", afterApproval))
      .map(({ value }) => problem(operation.name, textOf(value) ?? "", value.place, nobody));
    const awaited = AWAITED.flatMap((path) => [...entriesOf(at(step, ...path))])
      .filter(([path, { value }]) => isAwaited(path, textOf(value), afterApproval))
      .map(([path, { keyPlace, value }]) => {
        const state = path === afterApproval.state?.path ? `: ${textOf(value)}` : "";
        return problem(operation.name, path + state, keyPlace, nobody);
      });
    return [...saved, ...awaited];
  });
}

/** Whether a profile has a step of that kind: where nobody approves, it can't run. */
export function needsApproval({ setUp, scenarios }: Pick<Profile, "setUp" | "scenarios">): boolean {
  return [...setUp, ...scenarios.flatMap(({ steps }) => steps)].some(
    ({ operation, save, expect, poll }) => {
      const { afterApproval } = catalogued(operation);
      if (!afterApproval) return false;
      const awaited = [...(expect?.values ?? []), ...(poll?.until.values ?? [])];
      return (
        Object.values(save).some(({ text }) => isField(text, afterApproval)) ||
        awaited.some(({ path, equals }) => isAwaited(path.text, String(equals), afterApproval))
      );
    },
  );
}

function isAwaited(path: string, value: string | undefined, facts: ApprovalFacts): boolean {
  return isField(path, facts) || (path === facts.state?.path && value === facts.state.value);
}

function isField(path: string, { fields }: ApprovalFacts): boolean {
  return fields.some((field) => path === field || path.startsWith(`${field}.`));
}

function problem(operation: string, what: string, place: Place, nobody: NobodyApproves) {
  return new UsageError(
    "PROFILE_NOBODY_APPROVES",
    `\`${operation}\` answers \`${shownText(what)}\` only once a customer has approved, and ${nobody.where}`,
    { place, hint: nobody.hint },
  );
}
