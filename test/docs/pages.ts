import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/cli.ts";

/** What the documents show, taken out of their fences. */

/** Every page that shows commands, by its path from the root. */
export const PAGES: readonly string[] = [
  "README.md",
  ...namesIn("docs"),
  ...namesIn("docs/decisions"),
  "bench/README.md",
];

export interface Block {
  /** `README.md:18`, the line of its fence. */
  readonly at: string;
  readonly language: string;
  readonly text: string;
}

/** A command line of an `sh` block. */
export interface Shown {
  /** `README.md:19` */
  readonly at: string;
  /** As a reader types it: without its comment. */
  readonly line: string;
  /** What its comment begins with, `# exit 4`; 0 where it says nothing of it. */
  readonly exit: number;
  /** Which block it stands in: what one line of a block sets holds for the lines after it. */
  readonly block: string;
  /** Its whole output, in the `text` block that comes next; a word `…` stands for any others. */
  readonly output: string | undefined;
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = "", 2: block = "" }) => ({
      at: `${page}:${text.slice(0, index).split("\n").length}`,
      language,
      text: block,
    }),
  );
}

/** The command lines of a page in their order, the last one of a block with the output that is shown of it. */
export function commandsOf(page: string): Shown[] {
  const blocks = blocksOf(page);
  return blocks.flatMap(({ at, language, text }, i) => {
    if (language !== "sh") return [];
    const lines = text.split("\n").flatMap((line, n) => {
      const { words, comment } = parted(line);
      const exit = /^exit (\d+)\b/.exec(comment)?.[1];
      return words === "" ? [] : [{ at: below(at, n + 1), line: words, exit: Number(exit ?? 0) }];
    });
    const next = blocks[i + 1];
    const output = next?.language === "text" ? next.text : undefined;
    return lines.map((line, n) => ({
      ...line,
      block: at,
      output: n === lines.length - 1 ? output : undefined,
    }));
  });
}

/** `text` blocks that are no command's output: diagrams, a table of data. */
export function otherTexts(page: string): Block[] {
  return blocksOf(page).filter(
    ({ language }, i, all) => language === "text" && all[i - 1]?.language !== "sh",
  );
}

/** A line's words and the comment after them. */
function parted(line: string): { words: string; comment: string } {
  const [, words = "", comment = ""] = /^(.*?)(?:(?:^|\s+)# (.*))?$/.exec(line.trim()) ?? [];
  return { words, comment };
}

function below(at: string, lines: number): string {
  const [page = "", line = ""] = at.split(":");
  return `${page}:${Number(line) + lines}`;
}

function namesIn(directory: string): string[] {
  return readdirSync(join(ROOT, directory))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${directory}/${name}`);
}
