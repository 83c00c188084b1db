import type { Argv } from "yargs";
import { type Clock, systemClock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import type { RunRequest, Surroundings } from "../harness/prepare.ts";
import { type Arguments, seed, text, texts } from "./command.ts";

/** The options that `run` and `plan` share: everything that decides what a run would be. */
export function runOptions(parser: Argv): Argv {
  return parser
    .positional("profile", {
      describe: "a profile's name (klarna-perf list), or a path ending in .yaml",
      type: "string",
      demandOption: true,
    })
    .option("env", {
      describe: "where to run: emulator, klarna-test, playground-eu, playground-na, playground-oc",
      type: "string",
      default: "emulator",
      requiresArg: true,
    })
    .option("set", {
      describe: "lay a value over the profile: --set workload.maxInFlight=5",
      type: "string",
      array: true,
      nargs: 1,
    })
    .option("seed", {
      describe: "repeat a run's random choices",
      type: "string",
      requiresArg: true,
    })
    .option("permit", {
      describe: "the permit's file; Klarna's environments need one",
      type: "string",
      requiresArg: true,
    })
    .option("account", {
      describe: "krn:partner:global:account:test:<ID>, for an acquiring partner",
      type: "string",
      requiresArg: true,
    });
}

export function runRequest(argv: Arguments): RunRequest {
  const permit = text(argv, "permit");
  const account = text(argv, "account");
  const given = seed(argv);
  return {
    profile: text(argv, "profile") ?? "",
    environment: text(argv, "env") ?? "emulator",
    set: texts(argv, "set"),
    ...(given === undefined ? {} : { seed: given }),
    ...(permit === undefined ? {} : { permit }),
    ...(account === undefined ? {} : { account }),
  };
}

/** `--tag key=value`, each once. @throws UsageError `USAGE_TAG` */
export function tags(argv: Arguments): Record<string, string> {
  return Object.fromEntries(
    texts(argv, "tag").map((tag) => {
      const match = /^([A-Za-z0-9_.-]{1,64})=(.{0,200})$/u.exec(tag);
      if (!match) {
        throw new UsageError("USAGE_TAG", "a tag is not of the form key=value", {
          hint: "the key has letters, digits or any of _ . -, at most 64; for example --tag release=2.4.0",
        });
      }
      return [match[1] ?? "", match[2] ?? ""];
    }),
  );
}

export function surroundings(clock: Clock = systemClock()): Surroundings {
  return {
    cwd: process.cwd(),
    env: process.env,
    execArgv: process.execArgv,
    nowMs: clock.wallMs(),
  };
}
