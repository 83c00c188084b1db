import { systemClock } from "../base/clock.ts";
import { oneLine } from "../guard/foreign-text.ts";
import type { CapacityRequest } from "../harness/capacity/request.ts";
import { surroundings } from "../harness/prepare.ts";
import { type Arguments, type Command, flag, number, seed, text, texts } from "./command.ts";
import { printJson, tell } from "./output.ts";
import { shellQuoted } from "./shell-quoted.ts";

export const capacityCommand: Command = {
  name: "capacity <profile>",
  describe: "how many of a profile's journeys a second quotas and latencies allow; emulator only",
  options: (parser) =>
    parser
      .positional("profile", {
        describe: "a profile's name (klarna-perf list), or a path ending in .yaml",
        type: "string",
        demandOption: true,
      })
      .option("env", {
        describe: "emulator; any other environment is refused",
        type: "string",
        default: "emulator",
        requiresArg: true,
      })
      .option("quotas", {
        describe: "which of Klarna's quotas: test or live",
        type: "string",
        defaultDescription: "the profile's, else live",
        requiresArg: true,
      })
      .option("level", {
        describe: "whose keys call: partner or acquiring-partner",
        type: "string",
        defaultDescription: "partner",
        requiresArg: true,
      })
      .option("account", {
        describe:
          "krn:partner:global:account:test:<ID>: an acquiring partner's requests are all for it",
        type: "string",
        requiresArg: true,
      })
      .option("latency", {
        describe:
          "how long an answer takes: 20ms, p50=20ms,p95=60ms or p50=20ms,p95=60ms,p99=200ms",
        type: "string",
        defaultDescription: "the profile's, else p50=20ms,p95=60ms",
        requiresArg: true,
      })
      .option("latency-from", {
        describe: "a report.json, or an HdrHistogram log of your own traces, instead",
        type: "string",
        requiresArg: true,
      })
      .option("latency-unit", {
        describe: "what the values of such a log are in: ns, us or ms",
        type: "string",
        requiresArg: true,
      })
      .option("target", {
        describe: "the journeys that you need: 12/s",
        type: "string",
        requiresArg: true,
      })
      .option("arrivals", {
        describe: "poisson or uniform",
        type: "string",
        defaultDescription: "poisson",
        requiresArg: true,
      })
      .option("seeds", {
        describe: "how many seeds the limit is searched with, from 5 to 50",
        type: "string",
        defaultDescription: "5",
        requiresArg: true,
      })
      .option("real", {
        describe: "run what was found in real time; --no-real leaves it out",
        type: "boolean",
        default: true,
      })
      .option("budget", {
        describe: "the time for runs in real time",
        type: "string",
        defaultDescription: "2min",
        requiresArg: true,
      })
      .option("set", {
        describe: "lay a value over the profile: --set workload.maxInFlight=5",
        type: "string",
        array: true,
        nargs: 1,
      })
      .option("seed", {
        describe: "repeat a check's random choices",
        type: "string",
        requiresArg: true,
      })
      .option("out", {
        describe: "the folder for the reports; must be empty or new",
        type: "string",
        requiresArg: true,
        defaultDescription: "reports/<profile>-capacity-<time>-<id>",
      })
      .option("quiet", { describe: "print nothing but errors and the last lines", type: "boolean" })
      .option("json", {
        describe: "print capacity.json as one JSON object on standard output",
        type: "boolean",
      })
      .example("$0 capacity capacity --target 12/s", "is there room for 12 checkouts a second?")
      .example(
        "$0 capacity ./mine.yaml --latency-from reports/<run>/report.json",
        "with the latencies that a run recorded",
      ),
  run: async (argv) => {
    const { checkCapacity, pageOf } = await import("../harness/capacity/check.ts");
    const { figureWords } = await import("../report/capacity/words.ts");
    const clock = systemClock();
    const out = text(argv, "out");
    const quiet = flag(argv, "quiet");
    const around = surroundings(clock);
    const result = await checkCapacity(
      requestOf(argv),
      {
        command: (taken) => commandLine(argv, taken),
        real: flag(argv, "real"),
        onStep: (step) => {
          if (!quiet) tell(`${oneLine(step)}\n`);
        },
        ...(out === undefined ? {} : { out }),
      },
      around,
      clock,
    );
    const { report, exitCode } = result;
    if (!quiet) {
      tell("\n");
      for (const [name, value] of figureWords(report)) tell(`${name}: ${oneLine(value)}\n`);
      tell(`${oneLine(report.binds)}\n`);
      for (const { text } of report.warnings) tell(`warning: ${oneLine(text)}\n`);
      tell("It says nothing about Klarna's own capacity.\n\n");
    }
    if (flag(argv, "json")) printJson({ ...report, exitCode, dir: result.dir });
    tell(`${report.outcome}: ${oneLine(report.reason)}\n`);
    tell(`report: ${oneLine(pageOf(result, around.cwd))}\n`);
    return exitCode;
  },
};

/** Options that are handed on as they are given. */
const WORDS = [
  ["environment", "env"],
  ["account", "account"],
  ["quotas", "quotas"],
  ["level", "level"],
  ["latency", "latency"],
  ["latencyFrom", "latency-from"],
  ["latencyUnit", "latency-unit"],
  ["target", "target"],
  ["arrivals", "arrivals"],
  ["budget", "budget"],
] as const;

function requestOf(argv: Arguments): CapacityRequest {
  const given = seed(argv);
  const seeds = number(argv, "seeds");
  const words = WORDS.map(([field, option]) => [field, text(argv, option)] as const);
  return {
    profile: text(argv, "profile") ?? "",
    ...Object.fromEntries(words.filter(([, value]) => value !== undefined)),
    set: texts(argv, "set"),
    ...(given === undefined ? {} : { seed: given }),
    ...(seeds === undefined ? {} : { seeds }),
  };
}

/** The command that makes the same again: what was asked for, and the seed. */
function commandLine(argv: Arguments, seed: number): string {
  const parts = ["klarna-perf", "capacity", text(argv, "profile") ?? ""];
  for (const [field, option] of WORDS) {
    const value = text(argv, option);
    if (value === undefined || field === "environment") continue;
    // The account stands in full in the permit only.
    parts.push(`--${option}`, field === "account" ? "<account>" : value);
  }
  const seeds = text(argv, "seeds");
  if (seeds !== undefined) parts.push("--seeds", seeds);
  for (const one of texts(argv, "set")) parts.push("--set", one);
  if (!flag(argv, "real")) parts.push("--no-real");
  parts.push("--seed", String(seed));
  return parts.map(shellQuoted).join(" ");
}
