/**
 * Whether an output that a page shows is the one that a command makes.
 *
 * Words, their order, counts, verdicts, thresholds, codes and file names must agree to the letter. Two things can't, and
 * are made alike on both sides:
 *
 * - **what a run measured or was called**: durations with a blank before the unit (`76.5 ms`; a threshold's own `10s` has
 *   none, and stays), percentages with one (`26.5 %`; `95 %` stays), whether an interval has an upper end, the time a run
 *   began, the id in a run's name, a seed that nobody gave;
 * - **how wide the figures are**: tables and line breaks move with them, so that white space within a paragraph counts as
 *   one blank. Paragraphs stay apart.
 *
 * An output that is the same each time (`steady`) has only names and places made alike, and is held to each line.
 */
export type Kind = "measured" | "steady";

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/-\d{8}T\d{6}Z-[0-9a-f]{6}\b/g, "-<id>"],
  [/\bseed \d{6,}\b/g, "seed <seed>"],
  // Wherever the package lies: in a checkout, or below node_modules.
  [/(?<![\w/])\S*\/klarna-perf(?=\/(?:profiles|schemas)\/)/g, "<package>"],
];

const FIGURES: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "<time>"],
  [/(?<![\w.])\d+(?:\.\d+)?\s(?:µs|ms|s|min|h)\b/g, "<duration>"],
  [/(?<![\w.])(?!95\s%)\d+(?:\.\d+)?\s%/g, "<share>"],
  // The first of two bounds has no unit where the second has the same: `141 to 219 ms`, `0 to 26.5 %`.
  [/\b\d+(?:\.\d+)? to <(share|duration)>/g, "<$1> to <$1>"],
  // How far answers depend on one another is measured too, and with it whether there is an upper bound.
  [/95 % bounds at least <duration>/g, "95 % bounds <duration> to <duration>"],
];

/** A line that a terminal shows one of at a time, and a log every few seconds. */
const PROGRESS = /^(?:opening connections|(?:\d+ s left|draining) · .*)\n/gm;

/** A word that stands for any others, as a line of its own or at a line's end. */
const LEFT_OUT = "…";

export function alike(text: string, kind: Kind): string {
  const named = replaced(text.replace(PROGRESS, ""), NAMES);
  if (kind === "steady") return named.replace(/[^\S\n]+$/gm, "").trim();
  return replaced(
    named
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.trim().replace(/\s+/g, " "))
      .filter((paragraph) => paragraph !== "")
      .join("\n\n"),
    FIGURES,
  );
}

/**
 * The output as the page would show it: what it shows, where the two agree; else the output, for the difference to be
 * seen. Both made alike.
 */
export function asShown(shown: string, output: string, kind: Kind): string {
  const whole = alike(output, kind);
  const parts = partsOf(shown, kind);
  let from = 0;
  for (const [i, part] of parts.entries()) {
    const at = placeOf(part, whole, from, { first: i === 0, last: i === parts.length - 1 });
    if (at === -1) return whole;
    from = at + part.length;
  }
  return from === whole.length || parts.at(-1) === "" ? expected(shown, kind) : whole;
}

/** What a page shows, made alike. */
export function expected(shown: string, kind: Kind): string {
  return partsOf(shown, kind).join(`\n${LEFT_OUT}\n`);
}

function partsOf(shown: string, kind: Kind): string[] {
  return shown.split(new RegExp(`(?<!\\S)${LEFT_OUT}(?!\\S)`)).map((part) => alike(part, kind));
}

/** Where a part of what is shown stands in the output, in whole words: the first at its start, the last at its end; -1: nowhere. */
function placeOf(
  part: string,
  whole: string,
  from: number,
  { first, last }: { first: boolean; last: boolean },
): number {
  if (part === "") return from;
  if (first) return whole.startsWith(part) ? 0 : -1;
  if (last)
    return Math.max(from, whole.length - part.length) === whole.lastIndexOf(part)
      ? whole.lastIndexOf(part)
      : -1;
  for (let at = whole.indexOf(part, from); at !== -1; at = whole.indexOf(part, at + 1)) {
    const around = [whole[at - 1], whole[at + part.length]];
    if (around.every((one) => one === undefined || /\s/.test(one))) return at;
  }
  return -1;
}

function replaced(text: string, rules: readonly (readonly [RegExp, string])[]): string {
  return rules.reduce((made, [pattern, by]) => made.replace(pattern, by), text);
}
