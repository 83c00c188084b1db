import type { JsonObject } from "./body.ts";
import type { ClientReference } from "./client-reference.ts";
import type { Expectation } from "./expectation.ts";
import type { ResponsePath } from "./response-path.ts";
import type { ProfileStep } from "./step.ts";

export interface ScenarioBinding {
  readonly scenario: string;
  /** In the order of the workload's steps. */
  readonly steps: readonly StepBinding[];
}

/** What a step sends and expects: what the workload does not know. */
export interface StepBinding extends MakesOrEnds {
  readonly operation: string;
  /** Who makes its requests; `undefined`: we do. */
  readonly client?: ClientReference | undefined;
  readonly with: ProfileStep["with"];
  readonly save: ProfileStep["save"];
  /** The sample with the step's own body merged over it; `undefined` for an operation without a body. */
  readonly body: JsonObject | undefined;
  readonly headers: ProfileStep["headers"];
  /** An answer that is not so is unexpected. */
  readonly expect: Asked;
  /** What a step that polls waits for. */
  readonly until: Asked | undefined;
  /** Later steps that run only where this one's answer was so. */
  readonly allows: readonly { readonly step: number; readonly when: Asked }[];
  /** On the emulator: its retries come before the reset that a 429 names. */
  readonly ignoresReset: boolean;
}

/** An expectation with the operation's own statuses in place of none. */
export interface Asked extends Expectation {
  readonly statuses: readonly number[];
}

/** What a step leaves, or ends, for the run's account of things: `way` is an index into the ways to end them. */
export interface MakesOrEnds {
  /** Where its answer names what it has made. */
  readonly creates: readonly { readonly way: number; readonly id: ResponsePath }[];
  /** The parameter that names what it ends. */
  readonly ends: { readonly way: number; readonly parameter: string } | undefined;
}
