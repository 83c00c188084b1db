import { withoutCredentials } from "./credentials.ts";

/** Foreign text is text that a server, a profile or the environment chose. */
export const FOREIGN_TEXT_MAX = 200;

/** A line of ours quotes a few foreign texts, and lists what would have been right. */
const LINE_MAX = 4000;
/** Credentials are looked for in so much of a text that what takes their place leaves nothing unseen to show. */
const LOOKED_AT_MAX = 65_536;

/**
 * Foreign text made fit to show: at most 200 characters, credentials left out, and every control, format,
 * bidirectional or lone surrogate character written out as `‹U+202E›`. It is not encoded for any format: each view
 * does that, and none puts it at the start of a line, where CI systems look for commands.
 */
export function visible(text: string): string {
  return shortened(text, FOREIGN_TEXT_MAX);
}

/** A line of our own, which may quote foreign text: the same, and longer. */
export function oneLine(text: string, max = LINE_MAX): string {
  return shortened(text, max);
}

/**
 * What is about to be printed, in lines that end in a line feed: at any length, and no line is a command to a CI
 * system. GitHub's runner takes `::name::` at the start of a line, blanks before it ignored, and `##[name]` anywhere
 * in one; Azure and TeamCity take `##vso[` and `##teamcity[`.
 */
export function printable(text: string): string {
  return text
    .split("\n")
    .map((line) => withoutCommand(revealed(withoutCredentials(line))))
    .join("\n");
}

function withoutCommand(line: string): string {
  return line.replace(/^( *):(?=:)/, "$1‹U+003A›").replace(/#(?=#[a-z]*\[)/gi, "‹U+0023›");
}

function shortened(text: string, max: number): string {
  const characters = [...withoutCredentials(text.slice(0, LOOKED_AT_MAX))];
  const kept = characters.slice(0, max).join("");
  const cut = characters.length > max || text.length > LOOKED_AT_MAX;
  return revealed(kept) + (cut ? "…" : "");
}

const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

function revealed(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const value = character.codePointAt(0) ?? 0;
    return `‹U+${value.toString(16).toUpperCase().padStart(4, "0")}›`;
  });
}
