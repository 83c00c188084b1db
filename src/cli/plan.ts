import { EXIT } from "../base/errors.ts";
import { surroundings } from "../harness/prepare.ts";
import { BASELINE_RUNS_LEAST } from "../measure/regression.ts";
import type { ComparisonRequest } from "../report/run-record.ts";
import { type Arguments, type Command, flag } from "./command.ts";
import { print, printJson } from "./output.ts";
import { compareRequest, runOptions, runRequest } from "./run-options.ts";

export const planCommand: Command = {
  name: "plan <profile>",
  describe: "print what a run would do and what the guard says; opens nothing",
  options: (parser) =>
    runOptions(parser)
      .example("$0 plan smoke", "what a smoke run costs")
      .example(
        "$0 plan smoke --env klarna-test",
        "what the guard says to it on Klarna's test environment",
      ),
  run: printPlan,
};

/** Prints a plan. @returns 0 when the guard would allow the run, 4 when it would not */
export async function printPlan(argv: Arguments): Promise<number> {
  const { prepare } = await import("../harness/prepare.ts");
  const { planText, planSummary } = await import("./plan-text.ts");
  const around = surroundings();
  const prepared = prepare(runRequest(argv), around);
  const compare = compareRequest(argv);
  const comparison =
    compare &&
    (await import("../harness/comparison.ts")).comparisonRequest(compare, prepared, around);
  if (flag(argv, "json")) {
    const baselines = comparison?.baselines.map(({ id }) => id);
    printJson({ ...planSummary(prepared), ...(baselines && { baselines }) });
  } else {
    print(planText(prepared));
    if (comparison) print(comparisonText(comparison));
  }
  return prepared.decision.allowed ? EXIT.passed : EXIT.refused;
}

/** With what a run would be compared, and what that can tell. */
function comparisonText({ baselines, problems }: ComparisonRequest): string {
  const runs = baselines.length === 1 ? "1 earlier run" : `${baselines.length} earlier runs`;
  const tells =
    baselines.length < BASELINE_RUNS_LEAST
      ? `a regression takes ${BASELINE_RUNS_LEAST}`
      : "enough to tell a regression, if they are alike";
  return [`compared with ${runs}: ${tells}`, ...problems.map((problem) => `  not read: ${problem}`)]
    .map((line) => `${line}\n`)
    .join("");
}
