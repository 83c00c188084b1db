import yargs from "yargs";
import { EXIT } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { COMMANDS } from "./commands.ts";
import { describeError } from "./errors.ts";
import "./key-variable.ts";
import { flushed, tell } from "./output.ts";
import { optionsOf, refuseCredentials, usageError } from "./usage.ts";

const words = process.argv.slice(2);

/** The command line. Commands return exit codes; only this file exits. */
const parser = yargs(words)
  .scriptName("klarna-perf")
  .usage("$0 <command>\n\nBounded, rate-capped load runs, locked to Klarna's test environment.")
  .detectLocale(false)
  .strict()
  .demandCommand(1, "name a command")
  .wrap(Math.min(100, process.stdout.columns ?? 80))
  .version(VERSION)
  .alias("help", "h")
  .epilogue(
    "exit codes: 0 passed, 1 fault, 2 usage or configuration, 3 threshold missed or regression, 4 refused by the guard,\n5 invalid run, 6 stopped by the kill switch, 7 inconclusive, 130 interrupted",
  )
  .exitProcess(false);
parser.fail((message, error) => {
  // yargs throws what its reading finds wrong, and tells what its checks find.
  if (error && error.name !== "YError") throw error;
  throw usageError(message ?? error.message, words, {
    commands: COMMANDS.map(({ name }) => name),
    options: optionsOf(parser),
  });
});

// As soon as a command waits for anything, yargs lays out its help, in case it fails: 30 ms of the time until the first
// request. What fails here is told without it. Its types know nothing of this.
interface HelpInAdvance {
  getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
}
(parser as unknown as HelpInAdvance).getInternalMethods().getUsageInstance().cacheHelpMessage =
  () => {};

// A reader that goes away, as in `| head`, is no reason to lose a run.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

let exitCode: number = EXIT.passed;
for (const command of COMMANDS) {
  parser.command(command.name, command.describe, command.options, async (argv) => {
    exitCode = await command.run(argv);
  });
}

// Also for what is thrown outside of any command, which Node itself would print raw, with all that it carries.
process.on("uncaughtException", (error) => {
  tell(describeError(error).text);
  process.exit(EXIT.fault);
});

try {
  refuseCredentials(words);
  await parser.parseAsync();
} catch (error) {
  const { text, code } = describeError(error);
  tell(text);
  exitCode = code;
}
await flushed();
process.exit(exitCode);
