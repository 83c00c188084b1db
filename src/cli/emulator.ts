import { systemClock } from "../base/clock.ts";
import { EXIT, Fault } from "../base/errors.ts";
import { type Command, number, seed, text } from "./command.ts";

const TABLES = ["test", "live"] as const;
const LEVELS = ["partner", "acquiring-partner"] as const;

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
      .option("seed", {
        describe: "repeat its random choices",
        type: "string",
        requiresArg: true,
      })
      .example(
        "$0 emulator --port 8443",
        "then: klarna-perf run smoke --emulator-url https://127.0.0.1:8443",
      ),
  run: async (argv) => {
    const { startEmulator } = await import("../harness/emulator.ts");
    const port = number(argv, "port");
    const given = seed(argv);
    const latency = text(argv, "latency");
    const quotas = TABLES.find((table) => table === text(argv, "quotas"));
    const level = LEVELS.find((one) => one === text(argv, "level"));
    const emulator = await startEmulator(
      {
        ...(port === undefined ? {} : { port }),
        ...(given === undefined ? {} : { seed: given }),
        ...(latency === undefined ? {} : { latency }),
        ...(quotas === undefined ? {} : { quotas }),
        ...(level === undefined ? {} : { level }),
      },
      process.env,
      systemClock(),
    );
    process.stdout.write(`${emulator.url}\n`);
    process.stderr.write("an emulator of Klarna's test environment; Ctrl-C ends it\n");
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
    return EXIT.passed;
  },
};
