import { EXIT } from "../base/errors.ts";
import { oneLine } from "../guard/foreign-text.ts";
import { type Command, text } from "./command.ts";
import { tell } from "./output.ts";

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
    tell(`${report.verdict}: ${oneLine(report.verdictReason)}\n`);
    tell(`report: ${oneLine(directory)}/report.html\n`);
    return EXIT.passed;
  },
};
