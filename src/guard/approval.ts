import { Refusal, Refusals } from "../base/errors.ts";
import { type Bounds, type Denial, decide } from "./decide.ts";
import { isKlarnaEnvironment } from "./environments.ts";
import type { Check, Refused, RunFacts } from "./run-facts.ts";

// Never exported: what this module mints, nothing else can make.
const mint = Symbol("guard mint");

/** A plan that the guard allowed, with the bounds it must keep. Everything that sends asks for one. */
export class ApprovedPlan {
  readonly #bounds: Bounds;
  readonly checks: readonly Check[];
  readonly warnings: readonly Check[];

  constructor(
    token: typeof mint,
    bounds: Bounds,
    checks: readonly Check[],
    warnings: readonly Check[],
  ) {
    if (token !== mint) throw forged();
    this.#bounds = deepFreeze(bounds);
    this.checks = checks;
    this.warnings = warnings;
    // A property laid over `bounds` would let a genuine approval allow more than was approved.
    Object.freeze(this);
  }

  get bounds(): Bounds {
    return this.#bounds;
  }

  /** The approval itself when this module made it. @throws Refusal `GUARD_FORGED` otherwise. */
  static assertGenuine(value: unknown): ApprovedPlan {
    if (typeof value === "object" && value !== null && #bounds in value) return value;
    throw forged();
  }
}

function forged(): Refusal {
  return new Refusal("GUARD_FORGED", "an approval that the guard did not give", {
    hint: "approvals come from the guard's decision; there is no other way to get one",
  });
}

/**
 * @throws Refusal with the decision's code, unless the facts are allowed; Refusals where several things are wrong; `GUARD_KEY_UNREAD` for a run against Klarna
 *   that was judged by its account alone, as a plan is
 */
export function approve(facts: RunFacts): ApprovedPlan {
  const decision = decide(facts);
  if (!decision.allowed) throw refusalOf(decision);
  if (isKlarnaEnvironment(decision.bounds.environment) && !knowsKey(facts.standing)) {
    throw new Refusal("GUARD_KEY_UNREAD", "a run against Klarna that was judged without its key", {
      hint: "this is a fault: please report it",
    });
  }
  return new ApprovedPlan(mint, decision.bounds, decision.checks, decision.warnings);
}

function refusalOf(denial: Denial): Refusal {
  const refusal = ({ code, text, hint }: Refused): Refusal => new Refusal(code, text, { hint });
  return denial.also.length === 0
    ? refusal(denial)
    : new Refusals([refusal(denial), ...denial.also.map(refusal)]);
}

function knowsKey(standing: RunFacts["standing"]): boolean {
  return standing !== undefined && "withKey" in standing && standing.withKey;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (inner instanceof Object) deepFreeze(inner);
  }
  return Object.freeze(value);
}
