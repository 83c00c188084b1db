import type { PerSecond } from "../base/units.ts";
import type { Bursts, CapSchedule } from "./cap-schedule.ts";
import type { RunCeiling } from "./ceilings.ts";
import type { EnvironmentName, Family, Kind } from "./environments.ts";
import type { RelaxableStop } from "./kill-switch.ts";
import type { Permit } from "./permit.ts";
import type { Category, Level } from "./quotas.ts";
import type { Standing, StandingProblem } from "./standing.ts";

/** What the plan asks for in one category; the ceiling may lower the caps. */
export interface CategoryFacts extends CapSchedule {
  readonly category: Category;
  readonly requests: number;
  /** The highest rate outside bursts. */
  readonly peakPerSecond: PerSecond;
  readonly bursts?: BurstFacts | undefined;
}

export interface BurstFacts extends Bursts {
  /** The highest rate in any of them. */
  readonly peakPerSecond: PerSecond;
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
  /** Whether a plan or the answers set the pace. */
  readonly model: "open" | "closed";
  /** To the end of the last stage and of the drain after it. */
  readonly durationUs: number;
  readonly requests: number;
  readonly maxInFlight: number;
  readonly categories: readonly CategoryFacts[];
  readonly operations: readonly OperationFacts[];
  /** The whole profile as it was read, to be searched for live signs once more. */
  readonly profile: unknown;
  /** Stops of the kill switch that the profile turns off. */
  readonly relaxedStops: readonly RelaxableStop[];
  readonly permit: Permit | undefined;
  /** Settings of this process that no run against Klarna accepts. */
  readonly weakeningSettings: readonly string[];
  /** What the ledger says of key and account, or why it could not say; `undefined`: it was not asked, which only the emulator may do without. */
  readonly standing: Standing | StandingProblem | undefined;
  /** Civil time, milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** A check that was made and passed, as the report lists it. */
export interface Check {
  readonly code: string;
  readonly text: string;
}

/** Why a run may not start. */
export interface Refused {
  readonly code: string;
  readonly text: string;
  readonly hint: string;
}

/**
 * Judges facts by one thing: the check that they passed, or all that is wrong. Pure. One that gives nothing has not
 * passed: another rule has said what is wrong.
 */
export type Rule = (facts: RunFacts, ceiling: RunCeiling) => Check | Refused | readonly Refused[];
