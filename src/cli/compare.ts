import { EXIT, UsageError } from "../base/errors.ts";
import type { Comparison } from "../report/schema.ts";
import { type Command, flag, text, texts } from "./command.ts";
import { print, printJson } from "./output.ts";
import { JUDGE, UNLIKE } from "./run-options.ts";

export const compareCommand: Command = {
  name: "compare <reports..>",
  describe: "what differs between runs: <baseline> <candidate>",
  options: (parser) =>
    parser
      .positional("reports", {
        describe:
          "one baseline run or several, and last the candidate: each a report.json or a run's folder; `last` for the history's",
        type: "string",
        array: true,
        demandOption: true,
      })
      .option("confirm", {
        describe: "a second run of the candidate: a regression must show in both",
        type: "string",
        requiresArg: true,
      })
      .option("judge", JUDGE)
      .option("unlike", UNLIKE)
      .option("json", { describe: "print the comparison as one JSON object", type: "boolean" })
      .example("$0 compare reports/before reports/after", "two runs: a difference, no verdict")
      .example("$0 compare last reports/after", "five runs of the history or more: a verdict")
      .epilogue("exit codes: 0 no regression, 2 can't be compared, 3 regressed"),
  run: async (argv) => {
    const given = texts(argv, "reports");
    const candidatePath = given.at(-1);
    if (candidatePath === undefined || given.length < 2) {
      throw new UsageError("USAGE_COMPARE", "it takes two runs to compare", {
        hint: "name the baseline first and the candidate last: klarna-perf compare <baseline> <candidate>",
      });
    }
    const [{ readRun }, { compareCandidates }] = await Promise.all([
      import("../harness/baselines.ts"),
      import("../harness/comparison.ts"),
    ]);
    const around = { cwd: process.cwd(), env: process.env };
    const confirm = text(argv, "confirm");
    const paths = [candidatePath, ...(confirm === undefined ? [] : [confirm])];
    const candidates = paths.map((path) => readRun(path, around.cwd));
    const comparison = compareCandidates(
      {
        baselines: given.slice(0, -1),
        judge: texts(argv, "judge"),
        unlike: flag(argv, "unlike"),
      },
      candidates,
      around,
    );
    if (flag(argv, "json")) printJson(comparison);
    else await printComparison(comparison);
    return comparison.outcome === "regressed" ? EXIT.failed : EXIT.passed;
  },
};

async function printComparison(comparison: Comparison): Promise<void> {
  const { comparisonLines } = await import("../report/terminal-comparison.ts");
  const { viewOf } = await import("../report/terminal-lines.ts");
  const view = viewOf(Math.min(100, process.stdout.columns ?? 80), false);
  print(`${comparisonLines(comparison, view).join("\n")}\n`);
}

/** A comparison as `run --json` prints it: without histograms and all the points of a plot. */
export function comparisonSummary({ operations, ...rest }: Comparison) {
  return { ...rest, operations: operations.map(({ name }) => name) };
}
