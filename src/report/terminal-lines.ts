/** How lines of a terminal view are made: no line starts with foreign text, and none is longer than its terminal. */

export type Paint = (text: string) => string;
export type Hue = "bold" | "dim" | "red" | "green" | "yellow" | "magenta";

export interface View {
  readonly columns: number;
  readonly paint: (hue: Hue) => Paint;
}

const SGR: Readonly<Record<Hue, string>> = {
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  magenta: "35",
};

/** @param width columns of the terminal; taken as 60 at least and 120 at most @param color colour codes */
export function viewOf(width: number, color: boolean): View {
  return {
    columns: Math.min(120, Math.max(60, width)),
    paint: (hue) => (color ? (text) => `\u001b[${SGR[hue]}m${text}\u001b[0m` : (text) => text),
  };
}

export function labelled(label: string, text: string, columns: number, paint: Paint): string[] {
  const [first = "", ...rest] = wrap(`${label}: ${text}`, columns, "    ", "  ");
  return [first.replace(label, paint), ...rest];
}

/**
 * GitHub's runner takes `::name::` at the start of a line, blanks before it ignored, and `##[name]` anywhere
 * in one for a command; Azure and TeamCity take `##vso[` and `##teamcity[`. Neither pair survives.
 */
export function shown(text: string): string {
  return text.replace(/:(?=:)/g, "‹U+003A›").replace(/#(?=#)/g, "‹U+0023›");
}

export function length(text: string): number {
  return [...text].length;
}

/** Padded to `width`, or cut there with an ellipsis. */
export function fitted(text: string, width: number): string {
  const characters = [...text];
  if (characters.length > width) return `${characters.slice(0, width - 1).join("")}…`;
  return text + " ".repeat(width - characters.length);
}

/** A blank to break a line at: between words, and not between a number and its unit. */
const BREAK = /(?<=[^ ]) (?=[^ ])(?!(?:µs|ms|s|min|h)\b|%)/;

/** Lines of at most `columns` characters, broken at blanks, a longer word where it must; later lines start with `indent`. */
export function wrap(text: string, columns: number, indent: string, firstIndent = ""): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let blank = true;
  for (const word of text.split(BREAK)) {
    let rest = [...word];
    if (!blank && length(line) + 1 + rest.length > columns) {
      lines.push(line);
      line = indent;
      blank = true;
    }
    line += blank ? "" : " ";
    while (length(line) + rest.length > columns) {
      const part = rest.slice(0, columns - length(line));
      lines.push(line + part.join(""));
      rest = rest.slice(part.length);
      line = indent;
    }
    line += rest.join("");
    blank = false;
  }
  return [...lines, line];
}
