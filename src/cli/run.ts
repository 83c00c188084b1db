import { systemClock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { holdOldHeap, holdYoungHeap, letYoungHeapGrow } from "../base/memory.ts";
import { surroundings } from "../harness/prepare.ts";
import type { Plan } from "../profile/plan.ts";
import { type Arguments, type Command, flag, text } from "./command.ts";
import { printPlan } from "./plan.ts";
import { compareRequest, credentials, runOptions, runRequest, tags } from "./run-options.ts";
import type { Shown } from "./running.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** Requests a second up to which a small heap costs next to nothing. */
const SMALL_HEAP_PER_SECOND = 2_000;
/** Requests a second up to which code that was compiled while it was warmed up is quick enough (`bench/results.md`). */
const HELD_COMPILER_PER_SECOND = 1_000;

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
      .example("$0 run baseline --baseline last --confirm", "is it slower than it was?")
      .example("$0 run ./mine.yaml --tag release=2.4.0 --json", "for a script"),
  run: async (argv) => {
    if (flag(argv, "dry-run")) return printPlan(argv);
    const { prepare } = await import("../harness/prepare.ts");
    const { runPrepared } = await import("./running.ts");
    const { comparisonRequest } = await import("../harness/comparison.ts");
    holdOldHeap();
    holdYoungHeap();
    const clock = systemClock();
    const around = surroundings(clock);
    const request = runRequest(argv);
    const prepared = prepare(request, around);
    if (peakOf(prepared.plan) > SMALL_HEAP_PER_SECOND) letYoungHeapGrow();
    const out = text(argv, "out");
    const { emulatorUrl } = request;
    if (emulatorUrl !== undefined && prepared.plan.environment !== "emulator") {
      throw new UsageError("USAGE_EMULATOR_URL", "--emulator-url goes with --env emulator", {
        hint: "leave one of the two out",
      });
    }
    const compare = compareRequest(argv);
    const options = {
      command: commandLine(argv, prepared.plan.seed),
      tags: tags(argv),
      acceptInconclusive: text(argv, "accept") === "inconclusive",
      warmUp: flag(argv, "warm-up"),
      holdsCompiler: holdsCompiler(prepared.plan),
      allowClient: flag(argv, "allow-client"),
      ...credentials(argv),
      ...(compare && { comparison: comparisonRequest(compare, prepared, around) }),
      ...(out === undefined ? {} : { out }),
      ...(emulatorUrl === undefined ? {} : { emulatorUrl }),
    };
    return runPrepared(prepared, options, around, clock, shown(argv));
  },
};

export function shown(argv: Arguments): Shown {
  return {
    quiet: flag(argv, "quiet"),
    progress: flag(argv, "progress"),
    json: flag(argv, "json"),
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
  if (flag(argv, "allow-client")) parts.push("--allow-client");
  parts.push("--seed", String(seed));
  return parts.map(shellQuoted).join(" ");
}

/** Where the pace is the plan's and a slow one: at a fast one, or whatever a closed model's is, code has to be quick. */
export function holdsCompiler(plan: Plan): boolean {
  return plan.workload.model === "open" && peakOf(plan) <= HELD_COMPILER_PER_SECOND;
}

function peakOf({ categories }: Pick<Plan, "categories">): number {
  return categories.reduce((sum, { peakPerSecond }) => sum + peakPerSecond, 0);
}
