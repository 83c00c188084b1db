import { EXIT, UsageError } from "../base/errors.ts";
import { unusable } from "./audit.ts";
import { type Command, flag, number, text } from "./command.ts";
import { print, printJson } from "./output.ts";

const MOST = 10_000;
const DEFAULT_LAST = 20;

export const historyCommand: Command = {
  name: "history [profile]",
  describe: "the runs made from here, newest first",
  options: (parser) =>
    parser
      .positional("profile", {
        describe: "only runs of this profile, and each figure over time",
        type: "string",
      })
      .option("last", {
        describe: "how many runs at most",
        type: "string",
        default: String(DEFAULT_LAST),
        requiresArg: true,
      })
      .option("json", { describe: "print them as one JSON object", type: "boolean" })
      .example("$0 history smoke --last 5", "the five latest smoke runs"),
  run: async (argv) => {
    const last = number(argv, "last") ?? DEFAULT_LAST;
    if (!Number.isInteger(last) || last < 1 || last > MOST) {
      throw new UsageError("USAGE_LAST", `--last takes a whole number from 1 to ${MOST}`, {
        hint: `leave it out for the last ${DEFAULT_LAST}`,
      });
    }
    const [{ readHistory }, { openStateDir }, { trendsOf }, { historyText, trendsText }] =
      await Promise.all([
        import("../ledger/ledger.ts"),
        import("../harness/state-dir.ts"),
        import("../harness/trends.ts"),
        import("./history-text.ts"),
      ]);
    const state = openStateDir(process.env);
    if (state.problem !== undefined) throw unusable(state.path, state.problem);
    const profile = text(argv, "profile");
    const runs = readHistory(state.path, profile, last);
    const trends = trendsOf(runs);
    if (flag(argv, "json")) {
      printJson({ runs, trends });
      return EXIT.passed;
    }
    print(historyText(runs));
    if (profile !== undefined) print(`\n${trendsText(trends)}`);
    else if (runs[0])
      print(`\nklarna-perf history ${runs[0].profile} lists its figures over time\n`);
    return EXIT.passed;
  },
};
