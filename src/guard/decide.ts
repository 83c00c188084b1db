import type { PerSecond } from "../base/units.ts";
import { effectiveCap } from "./admission.ts";
import type { CapSchedule } from "./cap-schedule.ts";
import { round } from "./ceiling-rules.ts";
import { ceilingOf, type RunCeiling } from "./ceilings.ts";
import {
  type EnvironmentName,
  isKlarnaEnvironment,
  KLARNA_KINDS,
  parseEnvironment,
} from "./environments.ts";
import { RELAXABLE_STOPS, type RelaxableStop } from "./kill-switch.ts";
import type { Category } from "./quotas.ts";
import type { Check, Refused, Rule, RunFacts } from "./run-facts.ts";
import { RUN_RULES } from "./run-rules.ts";

/** What the run may do, each figure the lower of what it asked for and its ceiling. */
export interface Bounds {
  readonly environment: EnvironmentName;
  readonly requests: number;
  readonly durationUs: number;
  readonly maxInFlight: number;
  readonly connectsPerSecond: PerSecond | undefined;
  readonly holdsSlotUntilAnswered: boolean;
  /** The permit's list of addresses, one of which the host must have; `undefined`: any public one. */
  readonly addresses: readonly string[] | undefined;
  /** Stops of the kill switch that are off; none on Klarna's environments. */
  readonly relaxedStops: readonly RelaxableStop[];
  readonly categories: readonly CategoryBounds[];
}

export interface CategoryBounds extends CapSchedule {
  readonly category: Category;
  readonly inFlight: number;
}

export type Decision =
  | {
      readonly allowed: true;
      readonly bounds: Bounds;
      readonly checks: readonly Check[];
      readonly warnings: readonly Check[];
    }
  | Denial;

/** The first thing that is wrong, and what else is. */
export interface Denial extends Refused {
  readonly allowed: false;
  readonly also: readonly Refused[];
}

const UNDECIDED: Refused = {
  code: "GUARD_UNDECIDED",
  text: "the guard could not decide, so the answer is no",
  hint: "please report this with the profile that caused it",
};

/** A peak above this part of its cap leaves little to catch up with after a stall. */
const TIGHT_CAP = 0.8;

/**
 * Whether a run may start, and within which bounds. Pure: the same facts give the same answer. Refusal is
 * the starting value; an exception while deciding is a refusal, and so is a rule that gives no check. All that is wrong
 * is told at once.
 */
export function decide(facts: RunFacts): Decision {
  try {
    // A copy, so that what is checked and what is allowed are one reading of the facts.
    return decideFrom({ ...facts, categories: structuredClone(facts.categories) });
  } catch {
    return deny([]);
  }
}

function decideFrom(facts: RunFacts): Decision {
  const categories = facts.categories.map(({ category }) => category);
  const ceiling = ceilingOf(facts.environment, facts.kind, facts.level, categories);
  if (!ceiling) {
    // What else is wrong can't be told: that depends on the kind.
    return deny([
      {
        code: "GUARD_KIND_EMULATOR_ONLY",
        text: `a ${facts.kind} run may not go to ${facts.environment}`,
        hint: `Klarna's environments take ${[...KLARNA_KINDS].join(", ")}; run this one with --env emulator`,
      },
    ]);
  }
  const checks: Check[] = [];
  const refused: Refused[] = [];
  for (const one of RUN_RULES.flatMap((rule) => judge(rule, facts, ceiling))) {
    if ("hint" in one) refused.push(one);
    else checks.push(one);
  }
  if (refused.length > 0 || checks.length < RUN_RULES.length) return deny(refused);
  const bounds = boundsOf(facts, ceiling);
  assertSound(bounds);
  const environment = `${facts.kind} may run on ${facts.environment}`;
  return {
    allowed: true,
    bounds,
    checks: [{ code: "ENVIRONMENT", text: environment }, ...checks],
    warnings: tightCaps(facts, ceiling),
  };
}

function deny([first = UNDECIDED, ...also]: readonly Refused[]): Denial {
  return { allowed: false, ...first, also };
}

/** An exception is a refusal like any other, so that it does not hide what else is wrong. */
function judge(rule: Rule, facts: RunFacts, ceiling: RunCeiling): ReturnType<Rule> {
  try {
    return rule(facts, ceiling);
  } catch {
    return UNDECIDED;
  }
}

/**
 * The pair of the rules: they judge what was asked for, this what comes of it. No plan asks for such bounds.
 * @throws Refusal or RangeError, either of which is a refusal
 */
function assertSound(bounds: Bounds): void {
  parseEnvironment(bounds.environment);
  const { requests, durationUs, maxInFlight, categories } = bounds;
  const inFlight = categories.map((category) => category.inFlight);
  const figures = [requests, durationUs, maxInFlight, ...inFlight];
  if (!figures.every((figure) => Number.isFinite(figure) && figure >= 0)) {
    throw new RangeError("a bound that is below nothing, or no number");
  }
  const names = new Set(categories.map(({ category }) => category));
  if (names.size < categories.length) throw new RangeError("a category that stands twice");
}

function boundsOf(facts: RunFacts, ceiling: RunCeiling): Bounds {
  const categories = facts.categories.map(({ category, capPerSecond, bursts }): CategoryBounds => {
    const { peak, burstPeak, inFlight } = ceiling.category(category);
    return {
      category,
      capPerSecond: effectiveCap(Math.min(capPerSecond, peak)),
      bursts: bursts && {
        capPerSecond: effectiveCap(Math.min(bursts.capPerSecond, burstPeak)),
        windows: bursts.windows,
      },
      inFlight: Math.min(inFlight, facts.maxInFlight),
    };
  });
  const inFlightInAll = categories.reduce((sum, { inFlight }) => sum + inFlight, 0);
  return {
    environment: facts.environment,
    // The plan's own figure, which is exact for every plan that Klarna's ceilings let through; on the emulator a
    // long random plan's is an estimate.
    requests: isKlarnaEnvironment(facts.environment) ? facts.requests : ceiling.requests,
    durationUs: facts.durationUs,
    maxInFlight: Math.min(facts.maxInFlight, inFlightInAll),
    connectsPerSecond: ceiling.connectsPerSecond,
    holdsSlotUntilAnswered: ceiling.holdsSlotUntilAnswered,
    addresses: facts.permit?.addresses,
    relaxedStops: isKlarnaEnvironment(facts.environment)
      ? []
      : RELAXABLE_STOPS.filter((stop) => facts.relaxedStops.includes(stop)),
    categories,
  };
}

function tightCaps(facts: RunFacts, ceiling: RunCeiling): Check[] {
  return facts.categories.flatMap(({ category, peakPerSecond, capPerSecond }) => {
    const cap = effectiveCap(Math.min(capPerSecond, ceiling.category(category).peak));
    if (facts.kind === "smoke" || peakPerSecond <= TIGHT_CAP * cap + 1e-9) return [];
    const repaidS = round(peakPerSecond / (cap - peakPerSecond));
    return [
      {
        code: "CAP_TIGHT",
        text: `${category}: the peak of ${round(peakPerSecond)}/s is above 80 % of the cap of ${round(cap)}/s; after a stall of 1 s the backlog takes ${repaidS} s to repay`,
      },
    ];
  });
}
