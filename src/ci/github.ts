import { oneLine } from "../guard/foreign-text.ts";
import type { JobEnding } from "./ending.ts";

/** GitHub's own forms: workflow commands on standard output, and the files that a step writes for the runner. */

/**
 * A line that marks the job. What it quotes is foreign: `oneLine` leaves nothing hidden in it, and `%`, a colon or
 * comma in the title, which the runner would read as its own, are encoded as it wants them.
 */
export function annotation({ level, text }: JobEnding, title: string): string {
  const encoded = (part: string): string => oneLine(part).replaceAll("%", "%25");
  const property = encoded(title).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${level} title=${property}::${encoded(text)}`;
}

/** Lines for `GITHUB_OUTPUT`. Each value stands on one line, so none can end it and begin another. */
export function outputs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${oneLine(value)}\n`)
    .join("");
}
