import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { holdsCredential } from "../guard/credentials.ts";
import { visible } from "../guard/foreign-text.ts";

/** What a command line could have said. */
export interface Vocabulary {
  /** With their positional arguments, as in `run <profile>`. */
  readonly commands: readonly string[];
  /** Of the command that was named, without their dashes. */
  readonly options: readonly string[];
}

/**
 * No argument is a credential, nor holds one: the system shows arguments to everybody, shells keep them, and a run's
 * report quotes them.
 *
 * @param words the command line
 * @throws UsageError `USAGE_CREDENTIAL`
 */
export function refuseCredentials(words: readonly string[]): void {
  if (!words.some(holdsCredential)) return;
  throw new UsageError(
    "USAGE_CREDENTIAL",
    "an argument holds what looks like a Klarna credential",
    {
      hint: "replace that key, since others can read arguments; give the new one by KLARNA_API_KEY, --api-key-file or --api-key-command. If it is the name of a file, call it something else",
    },
  );
}

/**
 * A complaint of yargs' in our words: with a code of its own, and the nearest thing that would have been accepted.
 *
 * @param complaint yargs' message, in English
 * @param words the command line
 */
export function usageError(
  complaint: string,
  words: readonly string[],
  { commands, options }: Vocabulary,
): UsageError {
  const names = commands.map((command) => command.split(" ")[0] ?? "");
  const named = words.find((word) => names.includes(word));
  const help = `\`klarna-perf${named === undefined ? "" : ` ${named}`} --help\` lists what there is`;

  const unknown = /^Unknown arguments?: ([^,]*)/.exec(complaint)?.[1];
  if (unknown !== undefined && !options.includes(unknown) && isOption(unknown, words)) {
    // A letter or two are near to everything.
    const near = nearest(unknown, unknown.length > 2 ? options : []);
    return new UsageError("USAGE_OPTION_UNKNOWN", `unknown option \`${dashed(unknown)}\``, {
      hint: near === undefined ? help : `did you mean \`${dashed(near)}\`? ${help}`,
    });
  }
  if (unknown !== undefined && named === undefined) {
    const near = nearest(unknown, names);
    const known = `the commands are ${names.join(", ")}`;
    return new UsageError("USAGE_COMMAND_UNKNOWN", `unknown command \`${visible(unknown)}\``, {
      hint: near === undefined ? known : `did you mean \`${near}\`? ${known}`,
    });
  }
  const form = commands.find((command) => command.split(" ")[0] === named);
  if (unknown !== undefined) {
    return new UsageError("USAGE_ARGUMENT", `\`${visible(unknown)}\` is one argument too many`, {
      hint: `the form is \`klarna-perf ${form}\`; ${help}`,
    });
  }
  if (complaint.startsWith("Not enough non-option arguments")) {
    return new UsageError("USAGE_ARGUMENT", `\`${named}\` needs an argument`, {
      hint: `the form is \`klarna-perf ${form}\`; ${help}`,
    });
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(complaint)?.[1];
  if (valueless !== undefined) {
    return new UsageError("USAGE_OPTION_VALUE", `\`${dashed(valueless)}\` needs a value`, {
      hint: help,
    });
  }
  const choice = /Argument: (.*), Given: "(.*)", Choices: (.*)/.exec(complaint);
  if (choice) {
    const [, option = "", given = "", choices = ""] = choice;
    return new UsageError(
      "USAGE_OPTION_VALUE",
      `\`${dashed(option)}\` can't be \`${visible(given)}\``,
      { hint: `expected ${choices.replaceAll('"', "").replaceAll(", ", " or ")}` },
    );
  }
  return new UsageError("USAGE", complaint, { hint: help });
}

function isOption(name: string, words: readonly string[]): boolean {
  return words.some((word) => word.startsWith("-") && word.includes(name));
}

function dashed(name: string): string {
  return `${name.length === 1 ? "-" : "--"}${visible(name)}`;
}

/** The options that a parser knows, which yargs tells though its types don't. */
export function optionsOf(parser: object): string[] {
  if (!("getOptions" in parser) || typeof parser.getOptions !== "function") return [];
  const options: unknown = parser.getOptions();
  if (typeof options !== "object" || options === null || !("key" in options)) return [];
  const { key } = options;
  return typeof key === "object" && key !== null ? Object.keys(key) : [];
}
