import { EXIT } from "../base/errors.ts";
import { formatMicros } from "../base/units.ts";
import { type Command, flag } from "./command.ts";
import { print, printJson } from "./output.ts";

export const listCommand: Command = {
  name: "list",
  describe: "the profiles here: what each is for, where it may run, what it costs",
  options: (parser) =>
    parser
      .option("json", { describe: "print them as one JSON object", type: "boolean" })
      .example("$0 list", "the built-in profiles and those in profiles/"),
  run: async (argv) => {
    const { listedProfiles } = await import("../harness/listing.ts");
    const profiles = listedProfiles(process.cwd());
    if (flag(argv, "json")) {
      printJson({ profiles });
      return EXIT.passed;
    }
    for (const profile of profiles) {
      if ("error" in profile) {
        print(`${profile.name}\n  can't be read: ${profile.error}\n\n`);
        continue;
      }
      const { name, kind, requests, durationUs, environments, file, description } = profile;
      print(
        `${name} (${kind}): ${requests} requests in ${formatMicros(durationUs)}, on ${environments.join(", ")}\n` +
          `  ${description}\n  ${file}\n\n`,
      );
    }
    return profiles.some((profile) => "error" in profile) ? EXIT.usage : EXIT.passed;
  },
};
