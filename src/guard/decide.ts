import { type PerSecond, perSecond } from "../base/units.ts";
import { ceilingOf, type RunCeiling } from "./ceilings.ts";
import {
  type EnvironmentName,
  type Family,
  isKlarnaEnvironment,
  type Kind,
  KLARNA_KINDS,
  servesFamily,
} from "./environments.ts";
import { findLiveMarkerIn } from "./live-markers.ts";
import { type Permit, permitProblem } from "./permit.ts";
import type { Category, Level } from "./quotas.ts";
import { type Standing, standingProblem } from "./standing.ts";

/** What the plan asks for in one category. */
export interface CategoryFacts {
  readonly category: Category;
  readonly requests: number;
  readonly peakPerSecond: PerSecond;
  /** The cap that the profile asks for; the ceiling may lower it. */
  readonly capPerSecond: PerSecond;
}

export interface OperationFacts {
  readonly name: string;
  readonly family: Family;
  readonly allowedOn: "everywhere" | "emulator";
}

/** Everything that a decision rests on. Nothing else is looked at: no clock, file, variable or socket. */
export interface RunFacts {
  readonly environment: EnvironmentName;
  readonly kind: Kind;
  readonly level: Level;
  /** The account of the path, where the user named one. */
  readonly account: string | undefined;
  readonly durationUs: number;
  readonly requests: number;
  readonly maxInFlight: number;
  readonly categories: readonly CategoryFacts[];
  readonly operations: readonly OperationFacts[];
  /** The whole profile as it was read, to be searched for live signs once more. */
  readonly profile: unknown;
  readonly permit: Permit | undefined;
  /** Settings of this process that no run against Klarna accepts. */
  readonly weakeningSettings: readonly string[];
  /** What the ledger says of key and account; `undefined`: it could not be asked, which only the emulator may do without. */
  readonly standing: Standing | undefined;
  /** Civil time, milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** A check that was made and passed, as the report lists it. */
export interface Check {
  readonly code: string;
  readonly text: string;
}

/** What the run may do, each figure the lower of what it asked for and its ceiling. */
export interface Bounds {
  readonly environment: EnvironmentName;
  readonly requests: number;
  readonly durationUs: number;
  readonly maxInFlight: number;
  readonly connectsPerSecond: PerSecond | undefined;
  readonly holdsSlotUntilAnswered: boolean;
  readonly categories: readonly CategoryBounds[];
}

export interface CategoryBounds {
  readonly category: Category;
  readonly capPerSecond: PerSecond;
  readonly inFlight: number;
}

export type Decision =
  | {
      readonly allowed: true;
      readonly bounds: Bounds;
      readonly checks: readonly Check[];
      readonly warnings: readonly Check[];
    }
  | {
      readonly allowed: false;
      readonly code: string;
      readonly text: string;
      readonly hint: string;
    };

type Refused = { readonly code: string; readonly text: string; readonly hint: string };
type Rule = (facts: RunFacts, ceiling: RunCeiling) => Refused | Check;

/** A peak above this part of its cap leaves little to catch up with after a stall. */
const TIGHT_CAP = 0.8;

const rules: readonly Rule[] = [
  function noLiveSign({ profile, account }) {
    const live = findLiveMarkerIn(profile) ?? findLiveMarkerIn(account);
    return live
      ? {
          code: "GUARD_LIVE_MARKER",
          text: `the profile or the account shows a sign of live: ${live.marker}`,
          hint: "take it out: nothing of Klarna's live environment may stand in a run",
        }
      : { code: "LIVE_MARKER", text: "no sign of Klarna's live environment in profile or account" };
  },
  function operationsAllowed({ operations, environment }) {
    const banned = isKlarnaEnvironment(environment)
      ? operations.filter(({ allowedOn }) => allowedOn !== "everywhere")
      : [];
    const elsewhere = operations.filter(({ family }) => !servesFamily(environment, family));
    if (elsewhere.length > 0) {
      return {
        code: "GUARD_OPERATION_OTHER_HOST",
        text: `${environment} does not serve ${elsewhere.map(({ name }) => name).join(", ")}`,
        hint: "Klarna Network operations go to klarna-test, the older merchant APIs to a playground",
      };
    }
    return banned.length > 0
      ? {
          code: "GUARD_OPERATION_EMULATOR_ONLY",
          text: `${banned.map(({ name }) => name).join(", ")} may run on the emulator only`,
          hint: "run this profile with --env emulator",
        }
      : { code: "OPERATIONS", text: "every operation may run here" };
  },
  function permitHolds({ environment, permit, nowMs, account, level }) {
    if (!isKlarnaEnvironment(environment))
      return { code: "PERMIT", text: "the emulator needs no permit" };
    if (!permit) {
      return {
        code: "GUARD_PERMIT_MISSING",
        text: `a run against ${environment} needs a permit`,
        hint: "name one with --permit <file>; docs/safety.md shows what it holds and who may sign it",
      };
    }
    const problem = permitProblem(permit, nowMs);
    if (problem !== undefined) {
      return {
        code: "GUARD_PERMIT_NOT_VALID",
        text: `the permit \`${permit.label}\` does not hold: ${problem}`,
        hint: "read Klarna's current guidelines and make a new one",
      };
    }
    if (permit.level !== level || (account !== undefined && permit.account !== account)) {
      return {
        code: "GUARD_PERMIT_OTHER_ACCOUNT",
        text: `the permit \`${permit.label}\` is for another account or level`,
        hint: "use the permit of the account that you name with --account",
      };
    }
    return { code: "PERMIT", text: `permit ${permit.label}, until ${permit.validUntil}` };
  },
  function consentHeld({ environment, kind, permit }) {
    if (isKlarnaEnvironment(environment) && kind === "baseline" && !permit?.klarnaReference) {
      return {
        code: "GUARD_CONSENT_MISSING",
        text: "a baseline against Klarna needs Klarna's written consent",
        hint: "put its reference in the permit as klarnaReference, or run the baseline on the emulator",
      };
    }
    return {
      code: "CONSENT",
      text: "no written consent of Klarna's is needed, or it is in the permit",
    };
  },
  function runtimeSound({ environment, weakeningSettings }) {
    if (isKlarnaEnvironment(environment) && weakeningSettings.length > 0) {
      return {
        code: "GUARD_RUNTIME_WEAKENED",
        text: `this process runs with ${weakeningSettings.join(", ")}`,
        hint: "unset it and run again: it can see a key, weaken TLS or run code before the lock",
      };
    }
    return { code: "RUNTIME", text: "no setting of this process weakens the lock" };
  },
  function withinTotals({ requests, durationUs }, ceiling) {
    if (!(requests <= ceiling.requests)) {
      return {
        code: "GUARD_REQUESTS_ABOVE_CEILING",
        text: `the plan makes ${requests} requests, the ceiling is ${ceiling.requests}`,
        hint: "shorten a stage or lower its rate",
      };
    }
    if (!(durationUs <= ceiling.duration)) {
      return {
        code: "GUARD_DURATION_ABOVE_CEILING",
        text: `the plan lasts ${durationUs / 1e6} s, the ceiling is ${ceiling.duration / 1e6} s`,
        hint: "shorten a stage",
      };
    }
    return {
      code: "TOTALS",
      text: `${requests} requests in ${durationUs / 1e6} s, within the ceilings`,
    };
  },
  function withinCategories({ categories, kind }, ceiling) {
    for (const { category, peakPerSecond, capPerSecond } of categories) {
      const { peak } = ceiling.category(category);
      const cap = Math.min(capPerSecond, peak);
      if (!(peak > 0)) {
        return {
          code: "GUARD_QUOTA_ZERO",
          text: `the account's level may not call ${category} at all`,
          hint: "use an account of the acquiring-partner level, or the emulator",
        };
      }
      const mayReachCap = kind === "smoke" || kind === "rate-limit-drill";
      if (!(peakPerSecond < cap || (mayReachCap && peakPerSecond <= cap))) {
        return {
          code: "GUARD_PEAK_AT_CAP",
          text: `the plan's peak of ${round(peakPerSecond)}/s in ${category} is not below the cap of ${round(cap)}/s`,
          hint:
            cap < capPerSecond
              ? "lower the rate: the cap is this environment's ceiling"
              : "lower the rate or raise `limits`: with no room above the peak a backlog is never repaid",
        };
      }
    }
    return { code: "CATEGORIES", text: "every category's peak is within its cap" };
  },
  function standingGood({ environment, standing, kind, requests, nowMs }) {
    if (!isKlarnaEnvironment(environment)) {
      return { code: "LEDGER", text: "the emulator has no budget and no cool-down" };
    }
    if (!standing) {
      return {
        code: "GUARD_LEDGER_UNAVAILABLE",
        text: "the ledger that keeps the daily budget, the cool-downs and one run at a time is not there",
        hint: "this version runs on the emulator only",
      };
    }
    return (
      standingProblem(standing, { kind, environment, requests, nowMs }) ?? {
        code: "LEDGER",
        text: `within the daily budget, of which ${standing.budgetLeft} requests are left, and no cool-down runs`,
      }
    );
  },
];

/**
 * Whether a run may start, and within which bounds. Pure: the same facts give the same answer. Refusal is
 * the starting value; an exception while deciding is a refusal.
 */
export function decide(facts: RunFacts): Decision {
  try {
    // A copy, so that what is checked and what is allowed are one reading of the facts.
    return decideFrom({ ...facts });
  } catch {
    return {
      allowed: false,
      code: "GUARD_UNDECIDED",
      text: "the guard could not decide, so the answer is no",
      hint: "please report this with the profile that caused it",
    };
  }
}

function decideFrom(facts: RunFacts): Decision {
  const ceiling = ceilingOf(facts.environment, facts.kind, facts.level);
  if (!ceiling) {
    return {
      allowed: false,
      code: "GUARD_KIND_EMULATOR_ONLY",
      text: `a ${facts.kind} run may not go to ${facts.environment}`,
      hint: `Klarna's environments take ${[...KLARNA_KINDS].join(", ")}; run this one with --env emulator`,
    };
  }
  const checks: Check[] = [
    { code: "ENVIRONMENT", text: `${facts.kind} may run on ${facts.environment}` },
  ];
  for (const rule of rules) {
    const result = rule(facts, ceiling);
    if ("hint" in result) return { allowed: false, ...result };
    checks.push(result);
  }
  return {
    allowed: true,
    bounds: boundsOf(facts, ceiling),
    checks,
    warnings: tightCaps(facts, ceiling),
  };
}

function boundsOf(facts: RunFacts, ceiling: RunCeiling): Bounds {
  const categories = facts.categories.map(({ category, capPerSecond }) => {
    const { peak, inFlight } = ceiling.category(category);
    return {
      category,
      capPerSecond: perSecond(Math.min(capPerSecond, peak)),
      inFlight: Math.min(inFlight, facts.maxInFlight),
    };
  });
  const inFlightInAll = categories.reduce((sum, { inFlight }) => sum + inFlight, 0);
  return {
    environment: facts.environment,
    // The plan's own figure, not the ceiling: a run makes what its plan says and no more.
    requests: facts.requests,
    durationUs: facts.durationUs,
    maxInFlight: Math.min(facts.maxInFlight, inFlightInAll),
    connectsPerSecond: ceiling.connectsPerSecond,
    holdsSlotUntilAnswered: ceiling.holdsSlotUntilAnswered,
    categories,
  };
}

function tightCaps(facts: RunFacts, ceiling: RunCeiling): Check[] {
  return facts.categories.flatMap(({ category, peakPerSecond, capPerSecond }) => {
    const cap = Math.min(capPerSecond, ceiling.category(category).peak);
    if (facts.kind === "smoke" || peakPerSecond <= TIGHT_CAP * cap + 1e-9) return [];
    const repaid =
      peakPerSecond < cap
        ? `takes ${round(peakPerSecond / (cap - peakPerSecond))} s to repay`
        : "is never repaid";
    return [
      {
        code: "CAP_TIGHT",
        text: `${category}: the peak of ${round(peakPerSecond)}/s is above 80 % of the cap of ${round(cap)}/s; after a stall of 1 s the backlog ${repaid}`,
      },
    ];
  });
}

function round(n: number): number {
  return Number(n.toPrecision(4));
}
