import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { EXIT, UsageError } from "../base/errors.ts";
import { freshSeed, isSeed, SEED_FORM } from "../base/random.ts";
import { DURATION_FORM, parseDuration } from "../base/units.ts";
import { type Command, number, text } from "./command.ts";

export const emulatorCommand: Command = {
  name: "emulator",
  describe: "run Klarna's test environment on loopback, until interrupted",
  options: (parser) =>
    parser
      .option("port", {
        describe: "a loopback port",
        type: "string",
        default: "0",
        defaultDescription: "any free one",
        requiresArg: true,
      })
      .option("quotas", {
        describe: "which of Klarna's quotas to enforce",
        choices: ["test", "live"] as const,
        default: "test" as const,
      })
      .option("level", {
        describe: "whose keys call",
        choices: ["partner", "acquiring-partner"] as const,
        default: "partner" as const,
      })
      .option("latency", {
        describe: "how long an answer takes: 20ms, or p50=20ms,p95=60ms",
        type: "string",
        default: "p50=20ms,p95=60ms",
        requiresArg: true,
      })
      .option("seed", { describe: "repeat its random choices", type: "string", requiresArg: true })
      .example(
        "$0 emulator --port 8443",
        "then, elsewhere: klarna-perf run smoke --emulator-url https://127.0.0.1:8443",
      ),
  run: async (argv) => {
    const { startEmulatorProcess } = await import("../harness/emulator-process.ts");
    const { packageFiles } = await import("../harness/package-files.ts");
    const { openStateDir } = await import("../harness/state-dir.ts");
    const { readFileSync } = await import("node:fs");
    const state = openStateDir(process.env);
    if (state.problem !== undefined) {
      throw new UsageError(
        "STATE_UNUSABLE",
        `the state directory can't be used: ${state.problem}`,
        {
          hint: "the emulator is recognised by its registration there; mend it or set KLARNA_PERF_STATE",
        },
      );
    }
    const emulator = await startEmulatorProcess(
      packageFiles().emulatorScript,
      {
        registryDir: join(state.path, "emulators"),
        port: portOf(number(argv, "port") ?? 0),
        quotas: text(argv, "quotas") === "live" ? "live" : "test",
        level: text(argv, "level") === "acquiring-partner" ? "acquiring-partner" : "partner",
        latency: latencyOf(text(argv, "latency") ?? ""),
        seed: seedOf(number(argv, "seed")),
        apiKeys: null,
      },
      systemClock(),
    );
    const { url }: { url: string } = JSON.parse(readFileSync(emulator.registration, "utf8"));
    process.stdout.write(`${url}\n`);
    process.stderr.write("an emulator of Klarna's test environment; Ctrl-C ends it\n");
    const stop = (): void => void emulator.stop();
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    await emulator.ended;
    return EXIT.passed;
  },
};

function portOf(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError("USAGE_PORT", "the port is not one", {
    hint: "give a whole number from 0 to 65535",
  });
}

function seedOf(given: number | undefined): number {
  if (given === undefined) return freshSeed();
  if (isSeed(given)) return given;
  throw new UsageError("USAGE_SEED", `\`${given}\` can't be a seed`, { hint: `give ${SEED_FORM}` });
}

function latencyOf(given: string) {
  const constant = parseDuration(given);
  if (constant !== undefined) return { kind: "constant", us: constant } as const;
  const match = /^p50=([^,]+),p95=([^,]+)$/.exec(given);
  const p50Us = parseDuration(match?.[1] ?? "");
  const p95Us = parseDuration(match?.[2] ?? "");
  if (p50Us !== undefined && p95Us !== undefined)
    return { kind: "log-normal", p50Us, p95Us } as const;
  throw new UsageError("USAGE_LATENCY", "the latency can't be read", {
    hint: `give ${DURATION_FORM}, or p50=20ms,p95=60ms`,
  });
}
