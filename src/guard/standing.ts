import type { Kind } from "./environments.ts";

/** Requests to Klarna that one key may make in a day, and one account: design, section 2. */
export const BUDGET_REQUESTS = 20_000;

/**
 * How long a reserved block counts, milliseconds. A sliding day, since a day of the calendar could be spent twice
 * around its midnight; and half an hour more, since a request is sent up to a run's length after its block was reserved.
 */
export const BUDGET_WINDOW_MS = 24.5 * 3_600_000;

export const DRILL_COOL_DOWN_MS = 3_600_000;
export const PROTECTION_COOL_DOWN_MS = 3_600_000;
/** What `doctor --probe` runs: a smoke run in its bounds, too small to count as one. */
export const PROBE_PROFILE = "doctor-probe";
/** The name under which every gate is written down: none counts as a smoke run, since it may have been asked nothing. */
export const GATE_PROFILE = "gate";
export const SMOKE_GOOD_FOR_MS = 24 * 3_600_000;

/** How far the wall clock may lie behind the ledger's latest entry: more than clock corrections make. */
export const CLOCK_TOLERANCE_MS = 120_000;

/** Requests of blocks that still count. */
export interface Spent {
  readonly byKey: number;
  readonly byAccount: number;
}

/** Requests that may still be reserved: the fuller of the two counts. */
export function budgetLeft({ byKey, byAccount }: Spent): number {
  return Math.max(0, BUDGET_REQUESTS - Math.max(byKey, byAccount));
}

/**
 * What the ledger knows that bears on a run against Klarna. Times are milliseconds since the Unix epoch, `undefined`
 * where there is none. What forbids is looked up by key or account, whichever has it; what permits, by both together.
 */
export interface Standing {
  /** Whether the key was known too. A plan reads no key and is judged by its account alone; a run never is. */
  readonly withKey: boolean;
  /** Requests that key and account may still make. */
  readonly budgetLeft: number;
  /** The start of the last rate-limit drill, whatever became of it. */
  readonly lastDrillMs: number | undefined;
  /** When a protection rule last ended a run. */
  readonly protectionTrippedMs: number | undefined;
  /** The end of the last smoke run in the environment that passed. */
  readonly lastPassedSmokeMs: number | undefined;
}

export interface StandingProblem {
  readonly code: string;
  readonly text: string;
  readonly hint: string;
}

interface Asked {
  readonly kind: Kind;
  readonly environment: string;
  /** What the plan makes. */
  readonly requests: number;
  readonly nowMs: number;
}

/** Why a run against Klarna may not start now; `undefined` when it may. Pure, and asked of Klarna's environments alone. */
export function standingProblem(standing: Standing, asked: Asked): StandingProblem | undefined {
  for (const rule of RULES) {
    const problem = rule(standing, asked);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Rule = (standing: Standing, asked: Asked) => StandingProblem | undefined;

const RULES: readonly Rule[] = [
  function protectionCooled({ protectionTrippedMs: tripped }, { nowMs }) {
    if (tripped === undefined || nowMs - tripped >= PROTECTION_COOL_DOWN_MS) return undefined;
    return {
      code: "GUARD_PROTECTION_COOL_DOWN",
      text: `a protection rule ended a run with this key or account at ${iso(tripped)}`,
      hint: `find out why from that run's report; the next run may start at ${iso(tripped + PROTECTION_COOL_DOWN_MS)}`,
    };
  },
  function drillCooled({ lastDrillMs: last }, { kind, nowMs }) {
    if (kind !== "rate-limit-drill") return undefined;
    if (last === undefined || nowMs - last >= DRILL_COOL_DOWN_MS) return undefined;
    return {
      code: "GUARD_DRILL_COOL_DOWN",
      text: `the last rate-limit drill with this key or account began at ${iso(last)}`,
      hint: `one an hour is allowed: the next may start at ${iso(last + DRILL_COOL_DOWN_MS)}`,
    };
  },
  function smokePassed({ lastPassedSmokeMs: last }, { kind, environment, nowMs }) {
    if (kind === "smoke") return undefined;
    const ageMs = nowMs - (last ?? Number.NaN);
    // It may lie ahead by what the ledger lets the clock be put back, and no further.
    if (ageMs >= -CLOCK_TOLERANCE_MS && ageMs < SMOKE_GOOD_FOR_MS) return undefined;
    return {
      code: "GUARD_SMOKE_FIRST",
      text: `no smoke run with this key and account has passed in ${environment} within a day`,
      hint: `run one first: klarna-perf run smoke --env ${environment}`,
    };
  },
  function budgetSuffices({ budgetLeft: left }, { requests }) {
    if (requests <= left) return undefined;
    return {
      code: "GUARD_BUDGET_SPENT",
      text: `the plan makes ${requests} requests, and ${left} of ${BUDGET_REQUESTS} a day are left for this key and account`,
      hint: "make the run smaller, run on the emulator, or wait: each request is free again a day after it was reserved",
    };
  },
];

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
