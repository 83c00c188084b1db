import { withoutCredentials } from "../guard/credentials.ts";
import { printable } from "../guard/foreign-text.ts";

/*
 * The one way to the terminal and to whoever reads our streams, so that nothing printed can be a command to them,
 * wherever it came from: no escape sequence, no workflow command of a CI system, no credential.
 */

/** Prints lines for a person, each ended by a line feed, on standard output. */
export function print(text: string): void {
  process.stdout.write(printable(text));
}

/** The same on standard error: messages, progress, last lines. */
export function tell(text: string): void {
  process.stderr.write(printable(text));
}

/** Tells what a view of ours rendered for a terminal, colours and all. */
export function tellRendered(text: string): void {
  process.stderr.write(text);
}

/** Prints one JSON object on a line of its own, for scripts: what `print` writes out is an escape of JSON's here. */
export function printJson(value: unknown): void {
  process.stdout.write(`${jsonLine(value)}\n`);
}

/** JSON in which everything but plain text is escaped, and which no CI system takes for a command. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    typeof one === "string" ? withoutCredentials(one) : one,
  ).replace(NOT_PLAIN, (characters) =>
    Array.from({ length: characters.length }, (_, i) => escaped(characters.charCodeAt(i))).join(""),
  );
}

/** Hidden characters, and the first of two number signs, which stand within strings alone. */
const NOT_PLAIN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|#(?=#)/gu;

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/** Settles once standard output has taken what was printed; exiting earlier would cut off what is on its way down a pipe. */
export function flushed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write("", () => resolve()));
}
