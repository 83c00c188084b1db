import { relative } from "node:path";
import type { Cancel, Clock } from "../base/clock.ts";
import { EXIT, type ExitCode, Fault } from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";
import type { Prepared, Surroundings } from "../harness/prepare.ts";
import { Run, type RunOptions, type RunResult } from "../harness/run.ts";
import type { Report } from "../report/schema.ts";
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
 * @throws what `Run.admit` and `Run.execute` throw
 */
export async function runPrepared(
  prepared: Prepared,
  options: RunOptions,
  around: Surroundings,
  clock: Clock,
  shown: Shown,
): Promise<ExitCode> {
  const run = await Run.admit(prepared, options, around, clock);
  const result = await watched(run, clock, shown);
  if (!result) return EXIT.interrupted;
  await printResult(result, shown);
  return result.exitCode;
}

/**
 * Runs with progress on standard error; the first interrupt ends the run in order, the second at once.
 * @returns `undefined` when an interrupt took the emulator with it before there was anything to report
 */
async function watched(run: Run, clock: Clock, shown: Shown): Promise<RunResult | undefined> {
  const progress = new Progress(run, clock, process.stderr);
  let stopProgress: Cancel = () => {};
  let interrupts = 0;
  const interrupt = (): void => {
    if (++interrupts > 1) process.exit(EXIT.interrupted);
    run.interrupt();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  process.on("SIGHUP", interrupt);
  if (!shown.quiet && shown.progress) stopProgress = progress.start();
  try {
    return await run.execute();
  } catch (error) {
    // A Ctrl-C goes to the emulator too, until it has a process group of its own.
    if (interrupts === 0 || !(error instanceof Fault) || error.code !== "FAULT_EMULATOR")
      throw error;
    tell("interrupted before the first request\n");
    return undefined;
  } finally {
    stopProgress();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    process.off("SIGHUP", interrupt);
  }
}

async function printResult({ report, dir, exitCode }: RunResult, shown: Shown): Promise<void> {
  const { renderTerminal } = await import("../report/terminal.ts");
  const { stderr, env } = process;
  const color = stderr.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  if (!shown.quiet) {
    const width = Math.min(100, stderr.columns ?? 80);
    tellRendered(`\n${renderTerminal(report, { color, width })}\n`);
  }
  if (shown.json) printJson(summaryOf(report, dir, exitCode));
  // The last lines: what a person, or the tail of a CI log, needs first.
  tell(`${report.verdict}: ${oneLine(report.verdictReason)}\n`);
  tell(`report: ${oneLine(relative(process.cwd(), dir) || ".")}/report.html\n`);
}

/** What `--json` prints: the report without its histograms and timeline. */
function summaryOf(report: Report, dir: string, exitCode: ExitCode) {
  const { run, totals, thresholds, verdict, verdictReason, stopReason, warnings, interrupted } =
    report;
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
    stopReason,
    warnings,
    dir,
  };
}
