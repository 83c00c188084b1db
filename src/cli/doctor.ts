import { systemClock } from "../base/clock.ts";
import { EXIT } from "../base/errors.ts";
import { surroundings } from "../harness/prepare.ts";
import { type Arguments, type Command, flag, text } from "./command.ts";
import { print, printJson } from "./output.ts";
import { credentials, environmentOptions, keySources } from "./run-options.ts";

const MARKS = { ready: "ready", missing: "MISSING", klarna: "for Klarna" } as const;

export const doctorCommand: Command = {
  name: "doctor",
  describe: "say what is ready and what is missing; opens no socket unless --probe is given",
  options: (parser) =>
    environmentOptions(parser)
      .option("probe", {
        describe: "then make one read there, under permit, ledger and cap like any run",
        type: "boolean",
      })
      .option("out", {
        describe: "the folder for the probe's reports; must be empty or new",
        type: "string",
        requiresArg: true,
      })
      .option("json", { describe: "print the findings as one JSON object", type: "boolean" })
      .example("$0 doctor", "before a first run, or when one does not begin")
      .example(
        "$0 doctor --env klarna-test --permit permit.json --probe",
        "whether name, network, TLS, key and permit work together",
      ),
  run: async (argv) => {
    const { examine } = await import("../harness/doctor.ts");
    const clock = systemClock();
    const permit = text(argv, "permit");
    const account = text(argv, "account");
    const environment = text(argv, "env") ?? "emulator";
    const keys = keySources(argv);
    const findings = examine({ environment, permit, account, keys }, surroundings(clock));
    if (flag(argv, "json")) printJson({ findings });
    else {
      for (const { what, state, text: found, advice } of findings) {
        print(`${what.padEnd(17)} ${MARKS[state].padEnd(11)} ${found}\n`);
        if (advice !== "") print(`${" ".repeat(30)}${advice}\n`);
      }
    }
    if (findings.some(({ state }) => state === "missing")) return EXIT.usage;
    if (flag(argv, "probe")) return probe(argv);
    const refused = findings.some(({ what, state }) => what === "guard" && state !== "ready");
    return refused ? EXIT.refused : EXIT.passed;
  },
};

/** @returns the run's exit code */
async function probe(argv: Arguments): Promise<number> {
  const { probeProfile } = await import("../harness/doctor.ts");
  const { prepare } = await import("../harness/prepare.ts");
  const { runPrepared } = await import("./running.ts");
  const clock = systemClock();
  const around = surroundings(clock);
  const permit = text(argv, "permit");
  const account = text(argv, "account");
  const out = text(argv, "out");
  const environment = text(argv, "env") ?? "emulator";
  const prepared = prepare(
    {
      profile: probeProfile(),
      environment,
      ...(permit === undefined ? {} : { permit }),
      ...(account === undefined ? {} : { account }),
    },
    around,
  );
  const options = {
    command: `klarna-perf doctor --env ${environment} --probe`,
    ...credentials(argv),
    ...(out === undefined ? {} : { out }),
  };
  const shown = { quiet: true, progress: false, json: false };
  return runPrepared(prepared, options, around, clock, shown);
}
