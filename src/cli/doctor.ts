import { EXIT } from "../base/errors.ts";
import { type Command, flag } from "./command.ts";

const MARKS = { ready: "ready", missing: "MISSING", klarna: "for Klarna" } as const;

export const doctorCommand: Command = {
  name: "doctor",
  describe: "say what is ready and what is missing; opens no socket and reads no key",
  options: (parser) =>
    parser
      .option("json", { describe: "print the findings as one JSON object", type: "boolean" })
      .example("$0 doctor", "before a first run, or when one does not begin"),
  run: async (argv) => {
    const { examine } = await import("../harness/doctor.ts");
    const { surroundings } = await import("./run-options.ts");
    const findings = examine(surroundings());
    if (flag(argv, "json")) process.stdout.write(`${JSON.stringify({ findings })}\n`);
    else {
      for (const { what, state, text, advice } of findings) {
        process.stdout.write(`${what.padEnd(17)} ${MARKS[state].padEnd(11)} ${text}\n`);
        if (advice !== "") process.stdout.write(`${" ".repeat(30)}${advice}\n`);
      }
    }
    return findings.some(({ state }) => state === "missing") ? EXIT.usage : EXIT.passed;
  },
};
