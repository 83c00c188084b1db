import { EXIT } from "../base/errors.ts";
import { type Command, text } from "./command.ts";
import { print } from "./output.ts";

export const initCommand: Command = {
  name: "init [name]",
  describe: "write a commented profile to profiles/<name>.yaml",
  options: (parser) =>
    parser
      .positional("name", {
        describe: "the profile's name",
        type: "string",
        default: "my-profile",
      })
      .example("$0 init checkout", "writes profiles/checkout.yaml, and never over a file"),
  run: async (argv) => {
    const { initProfile } = await import("../harness/init.ts");
    const name = text(argv, "name") ?? "";
    const file = initProfile(name, process.cwd());
    print(`written: ${file}\nnext: klarna-perf plan ${name}\n`);
    return EXIT.passed;
  },
};
