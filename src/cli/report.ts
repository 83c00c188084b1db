import { EXIT } from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";
import { type Command, text } from "./command.ts";
import { tell } from "./output.ts";

/** So many are told; the reports have them all. */
const UNREAD_TOLD = 5;

export const reportCommand: Command = {
  name: "report <directory>",
  describe: "make a run's reports again from its record",
  options: (parser) =>
    parser
      .positional("directory", { describe: "the run's folder", type: "string", demandOption: true })
      .example("$0 report reports/smoke-20260102T030405Z-a1b2c3", "after an update, or a crash"),
  run: async (argv) => {
    const { remakeReports } = await import("../harness/remake.ts");
    const directory = text(argv, "directory") ?? "";
    const report = await remakeReports(directory);
    tellUnread(report.warnings);
    tell(`${report.verdict}: ${oneLine(report.verdictReason)}\n`);
    tell(`report: ${oneLine(directory)}/report.html\n`);
    return EXIT.passed;
  },
};

/** What of the record could not be read, and so is in no report. */
function tellUnread(warnings: readonly { readonly code: string; readonly text: string }[]): void {
  const unread = warnings.filter(({ code }) => code === "RECORD_INCOMPLETE");
  for (const { text } of unread.slice(0, UNREAD_TOLD)) tell(`not read: ${oneLine(text)}\n`);
  const more = unread.length - UNREAD_TOLD;
  if (more > 0) tell(`not read: ${more} more, among the warnings of the reports\n`);
}
