import { EXIT, KlarnaPerfError } from "../base/errors.ts";
import { type Command, texts } from "./command.ts";
import { describeError } from "./errors.ts";
import { print, tell } from "./output.ts";

export const validateCommand: Command = {
  name: "validate [files..]",
  describe: "check profiles; without files, all that have a name here",
  options: (parser) =>
    parser
      .positional("files", { describe: "names or paths of profiles", type: "string", array: true })
      .example("$0 validate profiles/*.yaml", "before committing"),
  run: async (argv) => {
    const { prepare } = await import("../harness/prepare.ts");
    const { profileNames } = await import("../harness/listing.ts");
    const { surroundings } = await import("../harness/prepare.ts");
    const given = texts(argv, "files");
    let wrong = 0;
    for (const profile of given.length > 0 ? given : profileNames(process.cwd())) {
      try {
        const { file, plan } = prepare({ profile, seed: 0 }, surroundings());
        print(`${file}: valid, ${plan.requests} requests\n`);
      } catch (error) {
        if (!(error instanceof KlarnaPerfError)) throw error;
        wrong++;
        tell(describeError(error).text);
      }
    }
    return wrong > 0 ? EXIT.usage : EXIT.passed;
  },
};
