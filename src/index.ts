/**
 * klarna-perf from a program: the same plans, runs and emulator as on the command line, under the same guard.
 *
 * The command line arms a tripwire over the whole process first; here it is not armed, since the process is
 * the caller's own. Runs against Klarna's environments are for the command line alone.
 */
import { systemClock } from "./base/clock.ts";
import { UsageError } from "./base/errors.ts";
import { isKlarnaEnvironment } from "./guard/environments.ts";
import { comparisonRequest } from "./harness/comparison.ts";
import {
  type EmulatorRequest,
  type RunningEmulator,
  startEmulator as start,
} from "./harness/emulator.ts";
import {
  type Prepared,
  prepare,
  type RunRequest,
  type Surroundings,
  surroundings,
} from "./harness/prepare.ts";
import { Run } from "./harness/run.ts";
import type { RunOptions, RunResult } from "./harness/run-options.ts";

export {
  EXIT,
  Fault,
  KlarnaPerfError,
  Refusal,
  Refusals,
  UsageError,
  UsageErrors,
} from "./base/errors.ts";
export type { Decision } from "./guard/decide.ts";
export type { ClientArgument, ClientFunction } from "./harness/client/types.ts";
export type { EmulatorRequest, RunningEmulator } from "./harness/emulator.ts";
export type { RunRequest } from "./harness/prepare.ts";
export type { RunResult } from "./harness/run-options.ts";
export type { Plan } from "./profile/plan.ts";
export type { Report } from "./report/schema.ts";

/** What a caller may say of a run beside what it is. */
export interface RunSettings extends RunRequest {
  /** The folder for the reports, empty or new; default `reports/<profile>-<time>-<id>` below the working directory. */
  readonly out?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * What the run is compared with: each a report.json, the folder of a run, or `last` for the runs of the history. See
   * `report.comparison`; five runs alike or more can make the verdict `failed`, as with `--baseline`.
   */
  readonly baseline?: string | readonly string[];
  /** Operations to judge against the baseline, three at most; default: those with the most samples. */
  readonly judge?: readonly string[];
  /** Whether functions of the profile's own may be run, where its steps name any (`client`); default false. */
  readonly allowClient?: boolean;
  /** Ends the run at once and in order: its reports are written. */
  readonly signal?: AbortSignal;
}

/**
 * What a run would do, and what the guard says to it. Opens no socket.
 *
 * @throws UsageError for a profile or option that can't be used; Refusal for an unknown environment
 */
export function plan(request: RunRequest): Pick<Prepared, "plan" | "decision"> {
  return prepare(request, surroundings());
}

/**
 * Runs a profile and writes its reports. A missed threshold is a result, not an error: see `report.verdict`.
 *
 * @throws UsageError, Refusal or Fault, each with a stable `code`
 */
export async function run({
  signal,
  out,
  emulatorUrl,
  tags,
  baseline = [],
  judge = [],
  allowClient = false,
  ...request
}: RunSettings): Promise<RunResult> {
  const clock = systemClock();
  const around = surroundings(clock);
  const prepared = prepare(
    { ...request, ...(emulatorUrl === undefined ? {} : { emulatorUrl }) },
    around,
  );
  if (isKlarnaEnvironment(prepared.plan.environment)) {
    throw new UsageError(
      "USAGE_COMMAND_LINE_ONLY",
      "runs against Klarna are for the command line",
      {
        hint: "the lock is whole only in a process of its own: use klarna-perf run",
      },
    );
  }
  const comparison = comparisonOf(typeof baseline === "string" ? [baseline] : baseline, judge, {
    prepared,
    around,
  });
  const run = await Run.withClearance(
    prepared,
    {
      allowClient,
      command: `klarna-perf run ${request.profile} --seed ${prepared.plan.seed}`,
      ...(out === undefined ? {} : { out }),
      ...(emulatorUrl === undefined ? {} : { emulatorUrl }),
      ...(tags === undefined ? {} : { tags }),
      ...(comparison && { comparison }),
    },
    around,
    clock,
  );
  const interrupt = (): void => run.interrupt();
  if (signal?.aborted) interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await run.execute();
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/**
 * Starts an emulator of Klarna's test environment in a process of its own, on loopback. It ends with this
 * process, or when it is closed.
 *
 * @throws UsageError when it can't be started as asked, such as a port in use
 */
export function startEmulator(request: EmulatorRequest = {}): Promise<RunningEmulator> {
  return start(request, process.env, systemClock());
}

/** @throws UsageError for what can't be compared with, or judged; before anything is opened */
function comparisonOf(
  baselines: readonly string[],
  judge: readonly string[],
  { prepared, around }: { prepared: Prepared; around: Surroundings },
): RunOptions["comparison"] {
  if (baselines.length > 0) {
    const asked = { baselines, judge, unlike: false, confirm: false };
    return comparisonRequest(asked, prepared, around);
  }
  if (judge.length === 0) return undefined;
  throw new UsageError("USAGE_BASELINE", "there is nothing to compare the run with", {
    hint: 'name a baseline: "last", or the path of a report.json',
  });
}
