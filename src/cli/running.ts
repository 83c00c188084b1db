import { relative } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { EXIT, type ExitCode, Fault } from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";
import type { Prepared, Surroundings } from "../harness/prepare.ts";
import { Run } from "../harness/run.ts";
import type { RunOptions, RunResult } from "../harness/run-options.ts";
import type { Report } from "../report/schema.ts";
import { comparisonSummary } from "./compare.ts";
import { describeError } from "./errors.ts";
import { printJson, tell, tellRendered } from "./output.ts";
import { Progress } from "./progress.ts";

/** What of a run is shown while it goes on and at its end. */
export interface Shown {
  readonly quiet: boolean;
  readonly progress: boolean;
  /** One JSON object on standard output. */
  readonly json: boolean;
}

/**
 * Runs a prepared profile as a command does: with progress, interrupts and the last lines.
 * @returns the exit code
 * @throws what `Run.withClearance` and `Run.execute` throw
 */
export async function runPrepared(
  prepared: Prepared,
  options: RunOptions,
  around: Surroundings,
  clock: Clock,
  shown: Shown,
): Promise<ExitCode> {
  const first = await runOnce(prepared, options, around, clock, shown);
  if (!first) return EXIT.interrupted;
  // One JSON object on standard output: that of the run that decides, with the code that the command ends with.
  const ends = (result: RunResult, code: ExitCode): ExitCode => {
    if (shown.json) printSummary(result, code);
    return code;
  };
  await printResult(first, shown);
  const second = confirmation(first, options);
  if (!second) return ends(first, first.exitCode);
  tell("a second run decides\n");
  let last: RunResult | undefined;
  try {
    last = await runOnce(prepared, second, around, clock, shown);
  } catch (error) {
    ends(first, describeError(error).code);
    throw error;
  }
  if (!last) return ends(first, EXIT.interrupted);
  await printResult(last, shown);
  const decided = deciding(first, last);
  if (decided !== last) {
    tell(`${first.report.verdict} all the same: what the first run missed stays missed\n`);
  }
  return ends(decided, decided.exitCode);
}

/** Whose exit code the command ends with: a second run settles a regression, and takes back nothing else that failed. */
export function deciding<R extends Pick<RunResult, "exitCode">>(first: R, last: R): R {
  return first.exitCode === EXIT.failed && last.exitCode !== EXIT.failed ? first : last;
}

/**
 * Runs with progress on standard error; the first interrupt ends the run in order, the second at once.
 * @returns `undefined` when an interrupt took the emulator with it before there was anything to report
 */
async function runOnce(
  prepared: Prepared,
  options: RunOptions,
  around: Surroundings,
  clock: Clock,
  shown: Shown,
): Promise<RunResult | undefined> {
  let run: Run | undefined;
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    run?.interrupt();
  };
  return interruptible(interrupt, async () => {
    run = await Run.withClearance(prepared, options, around, clock);
    if (interrupted) run.interrupt();
    try {
      return await watched(run, clock, shown);
    } catch (error) {
      // A Ctrl-C goes to the emulator too, until it has a process group of its own.
      if (!interrupted || !(error instanceof Fault) || error.code !== "FAULT_EMULATOR") throw error;
      tell("interrupted before the first request\n");
      return undefined;
    }
  });
}

/** The second run that `--confirm` asks for; `undefined` where the first one left nothing to confirm. */
function confirmation({ report }: RunResult, options: RunOptions): RunOptions | undefined {
  const { comparison } = options;
  if (!comparison || report.comparison?.outcome !== "unconfirmed" || report.interrupted)
    return undefined;
  if (report.verdict === "invalid" || report.verdict === "stopped") return undefined;
  const beyond = report.comparison.judged
    .filter(({ outcome }) => outcome === "beyond")
    .map(({ operation, figure }) => ({ operation, figure }));
  return {
    ...options,
    ...(options.out !== undefined && { out: `${options.out}-confirm` }),
    comparison: { ...comparison, confirm: { run: report.run.id, beyond } },
  };
}

async function watched(run: Run, clock: Clock, shown: Shown): Promise<RunResult> {
  const progress = new Progress(run, clock, process.stderr);
  let stopProgress: Cancel = () => {};
  if (!shown.quiet && shown.progress) stopProgress = progress.start();
  try {
    return await run.execute();
  } finally {
    stopProgress();
  }
}

const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Does some work that the first interrupt ends in order, and the second at once. */
export async function interruptible<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
  let interrupts = 0;
  const onSignal = (): void => {
    if (++interrupts > 1) process.exit(EXIT.interrupted);
    interrupt();
  };
  for (const signal of INTERRUPTS) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of INTERRUPTS) process.off(signal, onSignal);
  }
}

/** A run's last lines, for a person. */
export async function printResult(
  { report, dir, indexProblem }: RunResult,
  shown: Shown,
): Promise<void> {
  const { renderTerminal } = await import("../report/terminal.ts");
  const { stderr, env } = process;
  const color = stderr.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  if (!shown.quiet) {
    const width = Math.min(100, stderr.columns ?? 80);
    tellRendered(`\n${renderTerminal(report, { color, width })}\n`);
  }
  if (indexProblem !== undefined) tell(`the list of runs: ${oneLine(indexProblem)}\n`);
  // The last lines: what a person, or the tail of a CI log, needs first.
  tell(`${report.verdict}: ${oneLine(report.verdictReason)}\n`);
  tell(`report: ${oneLine(relative(process.cwd(), dir) || ".")}/report.html\n`);
}

/** A run's summary as one JSON object, for a script. */
export function printSummary({ report, dir }: RunResult, code: ExitCode): void {
  printJson(summaryOf(report, dir, code));
}

/** What `--json` prints: the report without its histograms and timeline. */
function summaryOf(report: Report, dir: string, exitCode: ExitCode) {
  const { run, totals, thresholds, verdict, verdictReason, stopReason, warnings, interrupted } =
    report;
  const comparison = report.comparison && comparisonSummary(report.comparison);
  const operations = report.operations.map(({ name, counts, errorRatio, responseTime }) => ({
    name,
    counts,
    errorRatio,
    responseTime: {
      count: responseTime.count,
      maxUs: responseTime.maxUs,
      percentiles: responseTime.percentiles,
    },
  }));
  return {
    run,
    verdict,
    verdictReason,
    exitCode,
    interrupted,
    totals,
    operations,
    thresholds,
    comparison,
    stopReason,
    warnings,
    dir,
  };
}
