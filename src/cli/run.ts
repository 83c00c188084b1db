import { relative } from "node:path";
import { type Cancel, type Clock, systemClock } from "../base/clock.ts";
import { EXIT, type ExitCode, Fault, UsageError } from "../base/errors.ts";
import type { Run, RunResult } from "../harness/run.ts";
import type { Report } from "../report/schema.ts";
import { type Arguments, type Command, flag, text } from "./command.ts";
import { printPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { runOptions, runRequest, surroundings, tags } from "./run-options.ts";

export const runCommand: Command = {
  name: "run <profile>",
  describe: "run a profile and write its reports",
  options: (parser) =>
    runOptions(parser)
      .example("$0 run smoke", "a first run, on the embedded emulator")
      .example(
        "$0 run baseline --set workload.maxInFlight=50",
        "the same profile with one value changed",
      )
      .example("$0 run ./mine.yaml --tag release=2.4.0 --json", "for a script"),
  run: async (argv) => {
    if (flag(argv, "dry-run")) return printPlan(argv);
    const { prepare } = await import("../harness/prepare.ts");
    const { Run } = await import("../harness/run.ts");
    const clock = systemClock();
    const around = surroundings(clock);
    const prepared = prepare(runRequest(argv), around);
    const out = text(argv, "out");
    const emulatorUrl = text(argv, "emulator-url");
    if (emulatorUrl !== undefined && prepared.plan.environment !== "emulator") {
      throw new UsageError("USAGE_EMULATOR_URL", "--emulator-url goes with --env emulator", {
        hint: "leave one of the two out",
      });
    }
    const run = await Run.admit(
      prepared,
      {
        command: commandLine(argv, prepared.plan.seed),
        tags: tags(argv),
        acceptInconclusive: text(argv, "accept") === "inconclusive",
        ...(out === undefined ? {} : { out }),
        ...(emulatorUrl === undefined ? {} : { emulatorUrl }),
      },
      around,
      clock,
    );
    const result = await watched(run, clock, {
      quiet: flag(argv, "quiet"),
      progress: flag(argv, "progress"),
    });
    if (!result) return EXIT.interrupted;
    await printResult(result, { quiet: flag(argv, "quiet"), json: flag(argv, "json") });
    return result.exitCode;
  },
};

/**
 * Runs with progress on standard error; the first interrupt ends the run in order, the second at once.
 * @returns `undefined` when an interrupt took the emulator with it before there was anything to report
 */
async function watched(
  run: Run,
  clock: Clock,
  shown: { quiet: boolean; progress: boolean },
): Promise<RunResult | undefined> {
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
    process.stderr.write("interrupted before the first request\n");
    return undefined;
  } finally {
    stopProgress();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    process.off("SIGHUP", interrupt);
  }
}

async function printResult(
  { report, dir, exitCode }: RunResult,
  shown: { quiet: boolean; json: boolean },
): Promise<void> {
  const { renderTerminal } = await import("../report/terminal.ts");
  const { stderr, env } = process;
  const color = stderr.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  if (!shown.quiet) {
    stderr.write(
      `\n${renderTerminal(report, { color, width: Math.min(100, stderr.columns ?? 80) })}\n`,
    );
  }
  if (shown.json) process.stdout.write(`${JSON.stringify(summaryOf(report, dir, exitCode))}\n`);
  // The last lines: what a person, or the tail of a CI log, needs first.
  stderr.write(`${report.verdict}: ${report.verdictReason}\n`);
  stderr.write(`report: ${relative(process.cwd(), dir) || "."}/report.html\n`);
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

/** The command that runs the same again: what was asked for, and the seed. */
function commandLine(argv: Arguments, seed: number): string {
  const { profile, environment, set = [], permit, account } = runRequest(argv);
  const parts = ["klarna-perf", "run", profile];
  if (environment !== undefined && environment !== "emulator") parts.push("--env", environment);
  if (permit !== undefined) parts.push("--permit", permit);
  // The account stands in full in the permit only.
  if (account !== undefined) parts.push("--account", "<account>");
  for (const one of set) parts.push("--set", one);
  parts.push("--seed", String(seed));
  return parts.map(shellQuoted).join(" ");
}

function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_./:=<>@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
