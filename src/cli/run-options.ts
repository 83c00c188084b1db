import type { Argv } from "yargs";
import { UsageError } from "../base/errors.ts";
import type { KeySources } from "../guard/key-source.ts";
import type { CompareRequest } from "../harness/comparison.ts";
import type { RunRequest } from "../harness/prepare.ts";
import type { RunOptions } from "../harness/run-options.ts";
import { type Arguments, flag, seed, text, texts } from "./command.ts";
import { environmentWithKey } from "./key-variable.ts";

/** The options of `run` and of `plan`, which takes the same, so that one word turns the one into the other. */
export function runOptions(parser: Argv): Argv {
  return environmentOptions(
    parser.positional("profile", {
      describe: "a profile's name (klarna-perf list), or a path ending in .yaml",
      type: "string",
      demandOption: true,
    }),
  )
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
    .option("out", {
      describe: "the folder for the reports; must be empty or new",
      type: "string",
      requiresArg: true,
      defaultDescription: "reports/<profile>-<time>-<id>",
    })
    .option("emulator-url", {
      describe: "use a running `klarna-perf emulator` instead of starting one",
      type: "string",
      requiresArg: true,
    })
    .option("tag", {
      describe: "note something in the report: --tag release=2.4.0",
      type: "string",
      array: true,
      nargs: 1,
    })
    .option("accept", {
      describe: "let an inconclusive run exit with 0",
      choices: ["inconclusive"],
      requiresArg: true,
    })
    .option("baseline", {
      describe:
        "compare with an earlier run: its report.json or folder, or `last` for the history; may be repeated",
      type: "string",
      array: true,
      nargs: 1,
    })
    .option("confirm", {
      describe: "when a regression shows on the emulator, make a second run: both must have it",
      type: "boolean",
    })
    .option("judge", JUDGE)
    .option("unlike", UNLIKE)
    .option("warm-up", {
      describe: "load and compile the client before the first request; --no-warm-up leaves it out",
      type: "boolean",
      default: true,
    })
    .option("allow-client", {
      describe:
        "let the profile's steps run functions of its own (`client`), in a process without a key",
      type: "boolean",
    })
    .option("dry-run", {
      describe: "print the plan and the guard's decision; open nothing",
      type: "boolean",
    })
    .option("quiet", { describe: "print nothing but errors and the last lines", type: "boolean" })
    .option("json", {
      describe: "print a summary as one JSON object on standard output",
      type: "boolean",
    })
    .option("progress", { describe: "show progress", type: "boolean", default: true });
}

/** Options that `compare` takes as well. */
export const JUDGE = {
  describe: "an operation to judge for a regression, three at most; may be repeated",
  type: "string",
  array: true,
  nargs: 1,
  defaultDescription: "those with the most samples",
} as const;
export const UNLIKE = {
  describe: "compare runs that are not alike as well, for a difference and never a regression",
  type: "boolean",
} as const;

/** Where a run goes, and what it needs there. */
export function environmentOptions(parser: Argv): Argv {
  return parser
    .option("env", {
      describe: "where to run: emulator, klarna-test, playground-eu, playground-na, playground-oc",
      type: "string",
      default: "emulator",
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
    })
    .option("api-key-file", {
      describe: "a file that holds the API key; read for Klarna's environments alone",
      type: "string",
      requiresArg: true,
    })
    .option("api-key-command", {
      describe: "a command that prints the API key; run without a shell",
      type: "string",
      requiresArg: true,
    })
    .option("env-from", {
      describe: "a file of NAME=value lines; KLARNA_API_KEY alone is taken from it",
      type: "string",
      requiresArg: true,
    })
    .option("client-cert", {
      describe: "a client certificate in PEM, for accounts that require mutual TLS",
      type: "string",
      requiresArg: true,
    })
    .option("client-key", {
      describe: "its private key in PEM, readable by you alone",
      type: "string",
      requiresArg: true,
    })
    .option("env-file", { type: "string", hidden: true });
}

export function runRequest(argv: Arguments): RunRequest {
  const permit = text(argv, "permit");
  const account = text(argv, "account");
  const emulatorUrl = text(argv, "emulator-url");
  const given = seed(argv);
  return {
    profile: text(argv, "profile") ?? "",
    environment: text(argv, "env") ?? "emulator",
    set: texts(argv, "set"),
    ...(given === undefined ? {} : { seed: given }),
    ...(emulatorUrl === undefined ? {} : { emulatorUrl }),
    ...(permit === undefined ? {} : { permit }),
    ...(account === undefined ? {} : { account }),
  };
}

/** What the run is to be compared with; `undefined`: with nothing. @throws UsageError `USAGE_BASELINE` */
export function compareRequest(argv: Arguments): CompareRequest | undefined {
  const baselines = texts(argv, "baseline");
  const judge = texts(argv, "judge");
  const [unlike, confirm] = [flag(argv, "unlike"), flag(argv, "confirm")];
  if (baselines.length > 0) return { baselines, judge, unlike, confirm };
  if (judge.length === 0 && !unlike && !confirm) return undefined;
  throw new UsageError("USAGE_BASELINE", "there is nothing to compare the run with", {
    hint: "name a baseline: --baseline last, or --baseline and a report.json",
  });
}

/**
 * Where the key of a run against Klarna may come from: `KLARNA_API_KEY`, or what an option names.
 * @throws UsageError `USAGE_ENV_FILE`
 */
export function keySources(argv: Arguments): KeySources {
  const file = text(argv, "api-key-file");
  const command = text(argv, "api-key-command");
  const envFile = text(argv, "env-from");
  if (argv["env-file"] !== undefined) {
    throw new UsageError("USAGE_ENV_FILE", "Node itself obeys `--env-file`, before we begin", {
      hint: "use --env-from: it takes KLARNA_API_KEY from the file and leaves the rest alone",
    });
  }
  return {
    env: environmentWithKey(),
    ...(file === undefined ? {} : { file }),
    ...(command === undefined ? {} : { command }),
    ...(envFile === undefined ? {} : { envFile }),
  };
}

/**
 * What a run shows Klarna: where its key may come from, and a client certificate.
 * @throws UsageError `USAGE_CLIENT_CERTIFICATE` for half of one
 */
export function credentials(argv: Arguments): Pick<RunOptions, "keys" | "clientCertificate"> {
  const keys = keySources(argv);
  const cert = text(argv, "client-cert");
  const key = text(argv, "client-key");
  if (cert !== undefined && key !== undefined) return { keys, clientCertificate: { cert, key } };
  if (cert === undefined && key === undefined) return { keys };
  throw new UsageError("USAGE_CLIENT_CERTIFICATE", "a client certificate goes with its key", {
    hint: "give both --client-cert and --client-key, or neither",
  });
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
