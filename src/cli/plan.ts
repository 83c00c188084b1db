import { EXIT } from "../base/errors.ts";
import { type Arguments, type Command, flag } from "./command.ts";
import { print, printJson } from "./output.ts";
import { runOptions, runRequest, surroundings } from "./run-options.ts";

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
  const prepared = prepare(runRequest(argv), surroundings());
  if (flag(argv, "json")) printJson(planSummary(prepared));
  else print(planText(prepared));
  return prepared.decision.allowed ? EXIT.passed : EXIT.refused;
}
