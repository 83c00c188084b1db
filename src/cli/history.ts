import { EXIT, UsageError } from "../base/errors.ts";
import { formatMicros } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import type { PastRun } from "../ledger/runs.ts";
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
      .positional("profile", { describe: "only runs of this profile", type: "string" })
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
    const [{ readHistory }, { openStateDir }] = await Promise.all([
      import("../ledger/ledger.ts"),
      import("../harness/state-dir.ts"),
    ]);
    const state = openStateDir(process.env);
    if (state.problem !== undefined) throw unusable(state.path, state.problem);
    const runs = readHistory(state.path, text(argv, "profile"), last);
    if (flag(argv, "json")) printJson({ runs });
    else print(historyText(runs));
    return EXIT.passed;
  },
};

const HEADINGS = [
  "began (UTC)",
  "profile",
  "kind",
  "on",
  "verdict",
  "exit",
  "sent",
  "took",
  "reports",
];
/** Columns of numbers, which stand to the right. */
const NUMBERS = new Set([5, 6, 7]);

/** A table for a person, each run's report at the end of its line. */
export function historyText(runs: readonly PastRun[]): string {
  if (runs.length === 0) return "no runs yet\n";
  const rows = [HEADINGS, ...runs.map(cells)];
  const widths = HEADINGS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const width = widths[i] ?? 0;
          if (i === row.length - 1) return cell;
          return NUMBERS.has(i) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function cells(run: PastRun): string[] {
  const { startedMs, ended } = run;
  return [
    new Date(startedMs).toISOString().slice(0, 19).replace("T", " "),
    run.profile,
    run.kind,
    run.environment,
    ended?.verdict ?? "no end",
    ended === null ? "" : String(ended.exitCode),
    ended === null ? "" : String(ended.sent),
    ended === null ? "" : formatMicros(Math.max(0, ended.endedMs - startedMs) * 1000),
    visible(run.reportDir),
  ];
}
