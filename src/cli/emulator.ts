import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { EXIT, Fault, UsageError } from "../base/errors.ts";
import { CUSTOMER_OUTCOMES } from "../guard/emulated.ts";
import { oneLine, visible } from "../guard/foreign-text.ts";
import { LEVELS } from "../guard/quotas.ts";
import type { EmulatorRequest } from "../harness/emulator.ts";
import { surroundings } from "../harness/prepare.ts";
import { type Arguments, type Command, number, seed, text, texts } from "./command.ts";
import { print, tell } from "./output.ts";

const TABLES = ["test", "live"] as const;

export const emulatorCommand: Command = {
  name: "emulator",
  describe: "run Klarna's test environment on loopback, until interrupted",
  options: (parser) =>
    parser
      .option("port", {
        describe: "a loopback port",
        type: "string",
        defaultDescription: "any free one",
        requiresArg: true,
      })
      .option("quotas", {
        describe: "which of Klarna's quotas to enforce",
        choices: TABLES,
        default: "test",
      })
      .option("level", { describe: "whose keys call", choices: LEVELS, default: "partner" })
      .option("latency", {
        describe: "how long an answer takes: 20ms, or p50=20ms,p95=60ms",
        type: "string",
        defaultDescription: "p50=20ms,p95=60ms",
        requiresArg: true,
      })
      .option("latency-from", {
        describe: "a report.json whose service times are replayed instead",
        type: "string",
        requiresArg: true,
      })
      .option("customer", {
        describe: "who comes to each payment's page, and what becomes of it",
        choices: CUSTOMER_OUTCOMES,
        defaultDescription: "nobody comes",
      })
      .option("customer-delay", {
        describe: "until the customer has decided, in the form of --latency",
        type: "string",
        defaultDescription: "p50=2s,p95=6s",
        requiresArg: true,
      })
      .option("protection", {
        describe: "who sends so many times a quota is shut out for so long; or off",
        type: "string",
        defaultDescription: "10x,60s",
        requiresArg: true,
      })
      .option("fault", {
        describe: "what goes wrong, where, how often and when; may be given again",
        type: "string",
        requiresArg: true,
      })
      .option("control-port", {
        describe: "a loopback port through which faults are set while it runs",
        type: "string",
        defaultDescription: "any free one",
        requiresArg: true,
      })
      .option("access-log", {
        describe: "a new file for a line of each request",
        type: "string",
        requiresArg: true,
      })
      .option("report", {
        describe: "a folder for the access record, and reports on whoever called",
        type: "string",
        requiresArg: true,
      })
      .option("ca-file", {
        describe: "a file for its certificate authority, for other clients",
        type: "string",
        requiresArg: true,
      })
      .option("seed", {
        describe: "repeat its random choices",
        type: "string",
        requiresArg: true,
      })
      .example(
        "$0 emulator --port 8443",
        "then: klarna-perf run smoke --emulator-url https://127.0.0.1:8443",
      )
      .example(
        "$0 emulator --fault 'stall:operation=payment-request.read,delay=2s,from=5s,for=10s'",
        "reads stall for 2 s, from the fifth second to the fifteenth",
      ),
  run: async (argv) => {
    const { startEmulator } = await import("../harness/emulator.ts");
    const clock = systemClock();
    const request = requestOf(argv);
    const emulator = await startEmulator(request, process.env, clock);
    print(`${emulator.url}\n`);
    tell("an emulator of Klarna's test environment; Ctrl-C ends it\n");
    if (emulator.control) {
      const { url, token } = emulator.control;
      tell(`faults: ${url}/faults with Authorization: Bearer ${token}\n`);
    }
    let stopped = false;
    const stop = (): void => {
      stopped = true;
      void emulator.close();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    await emulator.ended;
    if (!stopped) {
      throw new Fault("FAULT_EMULATOR", "the emulator ended by itself", {
        hint: "start it again; if it ends again, report it",
      });
    }
    if (request.report !== undefined) await report(request.report, request, emulator.url, clock);
    return EXIT.passed;
  },
};

/** What came is told in the form of a run's reports, beside the access record that they are made from. */
async function report(
  folder: string,
  { accessLog, quotas = "test", level = "partner" }: EmulatorRequest,
  url: string,
  clock: Clock,
): Promise<void> {
  // An access log elsewhere was asked for in place of the folder's.
  if (accessLog !== undefined) return;
  const { reportOnEmulator } = await import("../harness/emulator-report.ts");
  const command = `klarna-perf emulator --quotas ${quotas} --level ${level} --report <folder>`;
  await reportOnEmulator(folder, { url, quotas, level, command }, surroundings(clock));
  tell(`report: ${oneLine(join(folder, "report.html"))}\n`);
}

function requestOf(argv: Arguments): EmulatorRequest {
  const asked: Asked = {
    port: port(argv, "port"),
    quotas: TABLES.find((table) => table === text(argv, "quotas")),
    level: LEVELS.find((level) => level === text(argv, "level")),
    latency: text(argv, "latency"),
    latencyFrom: text(argv, "latency-from"),
    customer: CUSTOMER_OUTCOMES.find((customer) => customer === text(argv, "customer")),
    customerDelay: text(argv, "customer-delay"),
    protection: text(argv, "protection"),
    faults: texts(argv, "fault"),
    controlPort: port(argv, "control-port") ?? 0,
    accessLog: text(argv, "access-log"),
    report: text(argv, "report"),
    caFile: text(argv, "ca-file"),
    seed: seed(argv),
  };
  const given: EmulatorRequest = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  );
  return given;
}

/** @throws UsageError `USAGE_PORT` for what is no number; the rest is told where the port is used */
function port(argv: Arguments, name: string): number | undefined {
  const value = number(argv, name);
  if (value === undefined || !Number.isNaN(value)) return value;
  throw new UsageError("USAGE_PORT", `\`${visible(text(argv, name) ?? "")}\` can't be a port`, {
    hint: "give a whole number from 0 to 65535",
  });
}

/** Every option, those that were not given as undefined. */
type Asked = { [Name in keyof EmulatorRequest]-?: EmulatorRequest[Name] | undefined };
