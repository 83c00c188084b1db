import { visible } from "../guard/foreign-text.ts";
import {
  COMPARISON_WORDS,
  comparedWith,
  formatDifference,
  formatShiftInterval,
  formatSide,
  JUDGED_WORDS,
  missingReasons,
  SHIFT_BASIS,
  shownPoints,
} from "./comparison-text.ts";
import { sentence } from "./figures.ts";
import type { JudgedFigure } from "./schema/comparison.ts";
import type { Comparison } from "./schema.ts";
import { fitted, type Hue, labelled, length, shown, type View, wrap } from "./terminal-lines.ts";

const OUTCOME_HUES: Readonly<Record<Comparison["outcome"], Hue>> = {
  difference: "bold",
  regressed: "red",
  "not-regressed": "green",
  unconfirmed: "yellow",
  "not-compared": "yellow",
};
const JUDGED_HUES: Readonly<Record<JudgedFigure["outcome"], Hue>> = {
  beyond: "red",
  within: "green",
  undecided: "yellow",
};

/** A comparison as lines of a terminal. */
export function comparisonLines(comparison: Comparison, view: View): string[] {
  const { columns, paint } = view;
  const word = COMPARISON_WORDS[comparison.outcome];
  const id = comparedWith(comparison);
  const beside = id === undefined ? "" : ` with ${shown(visible(id))}`;
  const [first = "", ...rest] = wrap(
    `compared${beside}: ${word}: ${shown(sentence(comparison.reason))}`,
    columns,
    "  ",
  );
  return [
    first.replace(`: ${word}:`, `: ${paint(OUTCOME_HUES[comparison.outcome])(word)}:`),
    ...rest,
    ...comparison.judged.flatMap((one) => judgedLines(one, view)),
    ...shiftTable(comparison, view),
    ...notices(comparison).flatMap((text) => labelled("note", text, columns, paint("yellow"))),
  ];
}

function judgedLines(
  { operation, figure, outcome, reason }: JudgedFigure,
  { columns, paint }: View,
): string[] {
  const widest = Math.max(...Object.values(JUDGED_WORDS).map(length));
  const word = JUDGED_WORDS[outcome].padEnd(widest);
  const indent = " ".repeat(widest + 4);
  const [first = "", ...rest] = wrap(
    `${word}  ${shown(visible(operation))} ${shown(visible(figure))}: ${shown(sentence(reason))}`,
    columns,
    indent,
    "  ",
  );
  return [first.replace(word, paint(JUDGED_HUES[outcome])), ...rest];
}

const HEADINGS = ["", "before", "now", "difference", "95 % interval"];

function shiftTable(comparison: Comparison, { columns, paint }: View): string[] {
  const { operations } = comparison;
  if (operations.length === 0) return [];
  const rows = operations.map(({ name, ...operation }) => ({
    name,
    cells: shownPoints({ name, ...operation }).map((point) => [
      `p${point.p}`,
      formatSide(point.baselineUs, point.baselineCensored),
      formatSide(point.candidateUs, point.candidateCensored),
      formatDifference(point),
      formatShiftInterval(point),
    ]),
  }));
  const all = [HEADINGS, ...rows.flatMap(({ cells }) => cells)];
  const widths = HEADINGS.map((_, i) => Math.max(...all.map((row) => length(row[i] ?? ""))));
  const fits = 2 + widths.reduce((sum, width) => sum + 2 + width, 0) <= columns;
  const line = (row: readonly string[]): string => {
    const cells = row.map((cell, i) => cell.padStart(widths[i] ?? 0));
    // Of the two sides and their difference, one can be worked out.
    const kept = fits ? cells : cells.filter((_, i) => HEADINGS[i] !== "before");
    return fitted(`    ${kept.join("  ")}`, columns);
  };
  return [
    paint("dim")(line(HEADINGS).trimEnd()),
    ...rows.flatMap(({ name, cells }) => [
      fitted(`  - ${shown(visible(name))}`, columns).trimEnd(),
      ...cells.map((row) => line(row).trimEnd()),
    ]),
    ...missingReasons(comparison).flatMap((reason) =>
      wrap(`–: ${shown(sentence(reason))}`, columns, "     ", "  "),
    ),
    ...wrap(SHIFT_BASIS, columns, "  ", "  "),
  ];
}

/** What a reader has to know of the baseline. */
function notices({
  baselines,
  onlyInBaseline,
  onlyInCandidate,
  problems,
}: Comparison): readonly string[] {
  const names = (operations: readonly string[]): string =>
    operations.map((name) => shown(visible(name))).join(", ");
  return [
    ...baselines.flatMap(({ id, unlike }) =>
      unlike.map(
        ({ what, baseline, candidate }) =>
          `${shown(visible(id))} is not like this run: ${shown(visible(what))}: ${shown(visible(baseline))}, here ${shown(visible(candidate))}`,
      ),
    ),
    ...(onlyInBaseline.length > 0 ? [`only in the baseline: ${names(onlyInBaseline)}`] : []),
    ...(onlyInCandidate.length > 0 ? [`only in this run: ${names(onlyInCandidate)}`] : []),
    ...problems.map((problem) => `not read: ${shown(sentence(problem))}`),
  ];
}
