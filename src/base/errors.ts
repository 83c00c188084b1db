/**
 * Three families. A *refusal*: the guard said no, and the run stops. A *usage error*: what the user gave
 * can't be used. A *fault*: our bug, or a machine that failed us. What a server does wrong is none of these:
 * it is an observation, recorded and never thrown.
 *
 * Messages are lower case without a full stop; callers match `code`, never the text.
 */

/** Where in the user's input an error lies. Line and column count from 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorDetails {
  /** What to do next: a whole instruction, lower case. */
  readonly hint?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/** Exit codes are a promise to scripts; the README lists them. */
export const EXIT = {
  passed: 0,
  fault: 1,
  usage: 2,
  failed: 3,
  refused: 4,
  invalid: 5,
  stopped: 6,
  inconclusive: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The base of every error that this program throws on purpose. */
export abstract class KlarnaPerfError extends Error {
  /** Stable, upper case: `GUARD_…`, `PROFILE_…`, `FAULT_…`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  abstract readonly exitCode: ExitCode;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
  }
}

/** The guard said no. Exit 4. */
export class Refusal extends KlarnaPerfError {
  readonly exitCode = EXIT.refused;
}

/** Several refusals of one decision, so that the user mends all in one go. Exit 4. */
export class Refusals extends Refusal {
  readonly all: readonly Refusal[];
  constructor(all: readonly [Refusal, ...Refusal[]]) {
    super(all[0].code, all[0].message, { hint: all[0].hint ?? "", place: all[0].place ?? {} });
    this.all = all;
  }
}

/** Options, files or profiles that can't be used as given. Exit 2. */
export class UsageError extends KlarnaPerfError {
  readonly exitCode = EXIT.usage;
}

/** Several usage errors found in one reading, so that the user mends them in one go. Exit 2. */
export class UsageErrors extends UsageError {
  readonly all: readonly UsageError[];
  constructor(all: readonly [UsageError, ...UsageError[]]) {
    super(all[0].code, all[0].message, { hint: all[0].hint ?? "", place: all[0].place ?? {} });
    this.all = all;
  }
}

/** Our bug, or a machine that failed us; never the server's doing. Exit 1. */
export class Fault extends KlarnaPerfError {
  readonly exitCode = EXIT.fault;
}

/** The code that Node and the system give their errors, such as `ENOENT`; `undefined` where there is none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** `file:line:column`, as far as it is known; empty when nothing is. */
export function formatPlace(place: Place | undefined): string {
  if (!place) return "";
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
}
