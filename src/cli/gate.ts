import { systemClock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { letHelpersGiveWay } from "../base/helper-threads.ts";
import { holdOldHeap, holdYoungHeap } from "../base/memory.ts";
import {
  DURATION_FORM,
  type Micros,
  micros,
  milliseconds,
  type PerSecond,
  parseDuration,
  parseRate,
  RATE_FORM,
  seconds,
} from "../base/units.ts";
import { oneLine, visible } from "../guard/foreign-text.ts";
import type { GateRequest } from "../harness/gate/prepare.ts";
import { surroundings } from "../harness/prepare.ts";
import { type Arguments, type Command, flag, number, text, texts } from "./command.ts";
import { print, tell } from "./output.ts";
import { credentials, environmentOptions, runRequest, tags } from "./run-options.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** Less would not be enough to open a connection in; more is longer than clients wait. */
const [HOLD_MIN_US, HOLD_MAX_US] = [milliseconds(100), seconds(60)];

export const gateCommand: Command = {
  name: "gate",
  describe:
    "a loopback address for your own application, under the lock, the cap and the record of a run",
  options: (parser) =>
    environmentOptions(parser)
      .option("profile", {
        describe: "a profile whose kind, operations and limits bound the application",
        type: "string",
        requiresArg: true,
        defaultDescription: "what the environment allows",
      })
      .option("rate", {
        describe: "the cap of each category: 20/s; it can only lower what is allowed",
        type: "string",
        requiresArg: true,
      })
      .option("hold", {
        describe: "how long a request waits for the cap before it is answered with a 429",
        type: "string",
        default: "2s",
        requiresArg: true,
      })
      .option("idle", {
        describe: "end when no request has come for so long",
        type: "string",
        default: "5m",
        requiresArg: true,
      })
      .option("for", {
        describe: "end after so long",
        type: "string",
        requiresArg: true,
        defaultDescription: "1h, or what the environment allows",
      })
      .option("port", {
        describe: "a loopback port",
        type: "string",
        requiresArg: true,
        defaultDescription: "any free one",
      })
      .option("set", {
        describe: "lay a value over the profile: --set limits.rate=5/s",
        type: "string",
        array: true,
        nargs: 1,
      })
      .option("emulator-url", {
        describe: "use a running `klarna-perf emulator` instead of starting one",
        type: "string",
        requiresArg: true,
      })
      .option("out", {
        describe: "the folder for the reports; must be empty or new",
        type: "string",
        requiresArg: true,
        defaultDescription: "reports/gate-<time>-<id>",
      })
      .option("tag", {
        describe: "note something in the report: --tag release=2.4.0",
        type: "string",
        array: true,
        nargs: 1,
      })
      .option("quiet", {
        describe: "print nothing but the address, warnings and the last lines",
        type: "boolean",
      })
      .option("json", {
        describe: "print a summary as one JSON object on standard output, after the address",
        type: "boolean",
      })
      .example("$0 gate", "then set the printed address as your application's Klarna base URL")
      .example("$0 gate --rate 10/s --hold 100ms", "what exceeds ten a second is answered soon"),
  run: async (argv) => {
    const { prepareGate } = await import("../harness/gate/prepare.ts");
    const { Gate } = await import("../harness/gate/gate.ts");
    const { interruptible, printResult, printSummary } = await import("./running.ts");
    holdOldHeap();
    holdYoungHeap();
    letHelpersGiveWay();
    const clock = systemClock();
    const around = surroundings(clock);
    const request = requestOf(argv);
    const prepared = prepareGate(request, around);
    const out = text(argv, "out");
    const { emulatorUrl } = request;
    const quiet = flag(argv, "quiet");
    const remark = (line: string): void => {
      if (!quiet) tell(line);
    };
    const options = {
      command: commandLine(argv, request),
      tags: tags(argv),
      ...credentials(argv),
      ...(out === undefined ? {} : { out }),
      ...(emulatorUrl === undefined ? {} : { emulatorUrl }),
    };
    const gate = await Gate.withClearance(prepared, options, around, clock, {
      profile: request.profile,
      port: portOf(argv),
      idle: duration(argv, "idle") ?? seconds(300),
      news: {
        ready: (baseUrl) => {
          print(`${baseUrl}\n`);
          remark(
            `${prepared.plan.environment}: set this address as the application's Klarna base URL; Ctrl-C ends it\n`,
          );
        },
        nobodyCame: () =>
          tell(
            "no request in 30 s: does the application use this address as its base URL, token and all?\n",
          ),
        refused: ({ code, text: what, hint }) =>
          tell(`not passed on: ${code}: ${oneLine(what)}: ${oneLine(hint)}\n`),
        liveKey: ({ fingerprint }) =>
          tell(
            `\nWARNING: the application sent a LIVE credential (fingerprint ${fingerprint}); nothing was passed on.\n  Take it out of the application's settings at once: without the gate it would have reached Klarna's live environment.\n\n`,
          ),
        closing: (why) => remark(`closing: ${why}\n`),
      },
    });
    const result = await interruptible(
      () => gate.finish(),
      () => gate.execute(),
    );
    const shown = { quiet, progress: false, json: flag(argv, "json") };
    await printResult(result, shown);
    if (shown.json) printSummary(result, result.exitCode);
    return result.exitCode;
  },
};

function requestOf(argv: Arguments): GateRequest {
  const { profile: _, ...where } = runRequest(argv);
  const hold = duration(argv, "hold") ?? seconds(2);
  if (hold < HOLD_MIN_US || hold > HOLD_MAX_US) {
    throw durationError("hold", argv, "100ms to 60s");
  }
  return {
    ...where,
    profile: text(argv, "profile"),
    rate: rateOf(argv),
    lasts: duration(argv, "for"),
    hold,
  };
}

/** @throws UsageError `USAGE_DURATION` */
function duration(argv: Arguments, name: string): Micros | undefined {
  const given = text(argv, name);
  if (given === undefined) return undefined;
  const us = parseDuration(given);
  if (us === undefined) throw durationError(name, argv, DURATION_FORM);
  return micros(us);
}

function durationError(name: string, argv: Arguments, form: string): UsageError {
  const given = visible(text(argv, name) ?? "");
  return new UsageError("USAGE_DURATION", `\`--${name}\` can't be \`${given}\``, {
    hint: `give ${form}`,
  });
}

/** @throws UsageError `USAGE_RATE` */
function rateOf(argv: Arguments): PerSecond | undefined {
  const given = text(argv, "rate");
  const rate = given === undefined ? undefined : parseRate(given);
  if (given === undefined || (rate !== undefined && rate > 0)) return rate;
  throw new UsageError("USAGE_RATE", `\`--rate\` can't be \`${visible(given)}\``, {
    hint: `give ${RATE_FORM}`,
  });
}

/** @throws UsageError `USAGE_PORT` */
function portOf(argv: Arguments): number {
  const port = number(argv, "port") ?? 0;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError("USAGE_PORT", `\`${visible(text(argv, "port") ?? "")}\` can't be a port`, {
    hint: "give a whole number from 0 to 65535",
  });
}

/** The command that opens the same gate again. */
function commandLine(argv: Arguments, { environment, profile, permit }: GateRequest): string {
  const parts = ["klarna-perf", "gate", "--env", environment ?? "emulator"];
  if (profile !== undefined) parts.push("--profile", profile);
  if (permit !== undefined) parts.push("--permit", permit);
  for (const name of ["rate", "hold", "for"]) {
    const given = text(argv, name);
    if (given !== undefined) parts.push(`--${name}`, given);
  }
  for (const one of texts(argv, "set")) parts.push("--set", one);
  return parts.map(shellQuoted).join(" ");
}
