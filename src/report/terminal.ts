import { visible } from "../guard/foreign-text.ts";
import {
  formatBounds,
  formatCleanUp,
  formatCount,
  formatDrops,
  formatMax,
  formatObserved,
  formatPercentile,
  formatProportion,
  formatRepeats,
  formatSeconds,
  OUTCOME_WORDS,
  percentileOf,
  runLengthS,
  sentence,
  VERDICT_WORDS,
} from "./figures.ts";
import { formatRefused, gateFacts, showsLimit } from "./gate-text.ts";
import type { Report, ThresholdReport } from "./schema.ts";
import { comparisonLines } from "./terminal-comparison.ts";
import { drillLines } from "./terminal-drill.ts";
import {
  fitted,
  type Hue,
  labelled,
  length,
  shown,
  type View,
  viewOf,
  wrap,
} from "./terminal-lines.ts";

export interface TerminalOptions {
  /** Colour codes. The words say the same without them. */
  readonly color: boolean;
  /** Columns of the terminal; taken as 60 at least and 120 at most. */
  readonly width: number;
}

const VERDICT_HUES: Readonly<Record<Report["verdict"], Hue>> = {
  passed: "green",
  failed: "red",
  inconclusive: "yellow",
  invalid: "yellow",
  stopped: "magenta",
};
const OUTCOME_HUES: Readonly<Record<ThresholdReport["outcome"], Hue>> = {
  met: "green",
  missed: "red",
  undecided: "yellow",
  "no-data": "yellow",
};

/**
 * A report as a summary for the terminal, ending in a line feed. Names no file: the caller says where the
 * report is. No line starts with foreign text, and what CI systems take for commands is broken up anywhere.
 */
export function renderTerminal(report: Report, { color, width }: TerminalOptions): string {
  const view = viewOf(width, color);
  const blocks = [
    verdict(report, view),
    totals(report, view),
    operations(report, view),
    thresholds(report, view),
    gate(report, view),
    report.drill && showsLimit(report) ? drillLines(report.drill, view) : [],
    report.comparison ? comparisonLines(report.comparison, view) : [],
    stopReason(report, view),
    warnings(report, view),
  ];
  const lines = blocks.filter((block) => block.length > 0).flatMap((block) => [...block, ""]);
  return lines.join("\n");
}

function gate(report: Report, { columns }: View): string[] {
  const { gate } = report;
  if (!gate) return [];
  const facts = gateFacts(gate, report).map(([name, text]) => `${name}: ${text}`);
  const refused = gate.refused.map((one) => `refused: ${formatRefused(one)}`);
  return [...facts, ...refused].flatMap((line) => wrap(shown(line), columns, "    ", "  "));
}

function verdict(report: Report, { columns, paint }: View): string[] {
  const { run, interrupted } = report;
  const word = VERDICT_WORDS[report.verdict] + (interrupted ? ", interrupted" : "");
  const [first = "", ...rest] = wrap(
    `${word}: ${shown(visible(run.profile))} on ${shown(visible(run.environment))}. ${shown(sentence(report.verdictReason))}`,
    columns,
    "  ",
  );
  const hue = paint(VERDICT_HUES[report.verdict]);
  return [first.replace(word, (text) => paint("bold")(hue(text))), ...rest];
}

function totals({ totals, run, cleanUp }: Report, { columns }: View): string[] {
  const drops = formatDrops(totals.drops);
  const repeats = formatRepeats(totals);
  const made = formatCleanUp(cleanUp);
  return [
    `planned ${formatCount(totals.planned)} = sent ${formatCount(totals.sent)} + dropped ${formatCount(totals.dropped)}${drops && ` (${drops})`}`,
    `sent ${formatCount(totals.sent)} = answered ${formatCount(totals.answered)} + failed ${formatCount(totals.failed)} + unfinished ${formatCount(totals.unfinished)}`,
    ...(repeats === "" ? [] : [`of the planned, ${repeats}`]),
    `not as expected ${formatCount(totals.unexpected)}; error ratio ${formatProportion(totals.errorRatio)}`,
    ...(made === "" ? [] : [`clean-up: ${made}`]),
    `run time ${formatSeconds(runLengthS(run))}`,
  ].flatMap((line) => wrap(line, columns, "    ", "  "));
}

/** The least room for an operation's name before figures that are of less weight are left out. */
const NAME_MIN = 16;

function operations({ operations }: Report, { columns, paint }: View): string[] {
  const heading = "response time";
  const names = operations.map(({ name }) => `- ${shown(visible(name))}`);
  const wanted = Math.max(length(heading), ...names.map(length));
  const all = operationColumns(operations);
  const kept = [all, all.filter(({ head }) => head !== "samples"), all.filter(({ main }) => main)];
  const room = (shownColumns: readonly FigureColumn[]): number =>
    columns - 2 - shownColumns.reduce((sum, { width }) => sum + 2 + width, 0);
  const chosen =
    kept.find((some) => room(some) >= Math.min(wanted, NAME_MIN)) ?? kept.at(-1) ?? all;
  const nameWidth = Math.min(wanted, room(chosen));
  const row = (name: string, cell: (column: FigureColumn) => string): string =>
    `  ${fitted(name, nameWidth)}${chosen.map((one) => `  ${cell(one).padStart(one.width)}`).join("")}`;
  return [
    paint("dim")(row(heading, ({ head }) => head)),
    ...names.map((name, i) => row(name, ({ cells }) => cells[i] ?? "")),
  ];
}

interface FigureColumn {
  readonly head: string;
  readonly cells: readonly string[];
  readonly width: number;
  readonly main: boolean;
}

function operationColumns(operations: Report["operations"]): FigureColumn[] {
  const column = (
    head: string,
    main: boolean,
    cell: (one: Report["operations"][number]) => string,
  ): FigureColumn => {
    const cells = operations.map(cell);
    return { head, main, cells, width: Math.max(head.length, ...cells.map(length)) };
  };
  return [
    column("samples", false, ({ responseTime }) => formatCount(responseTime.count)),
    ...[50, 95, 99].map((p) =>
      column(`p${p}`, true, ({ responseTime }) => formatPercentile(percentileOf(responseTime, p))),
    ),
    column("max", true, ({ responseTime }) => formatMax(responseTime)),
    column("errors", false, ({ counts }) => formatCount(counts.failed + counts.unexpected)),
  ];
}

function thresholds({ thresholds }: Report, { columns, paint }: View): string[] {
  const widest = Math.max(...Object.values(OUTCOME_WORDS).map(length));
  return thresholds.flatMap((threshold) => {
    const word = OUTCOME_WORDS[threshold.outcome].padEnd(widest);
    const bounds = formatBounds(threshold);
    const figures = `observed ${formatObserved(threshold)}${bounds ? `, 95 % bounds ${bounds}` : ""}`;
    const indent = " ".repeat(widest + 4);
    const [first = "", ...rest] = [
      ...wrap(`${word}  ${shown(visible(threshold.text))}`, columns, indent, "  "),
      ...wrap(`${figures}: ${shown(sentence(threshold.reason))}`, columns, indent, indent),
    ];
    const hue = paint(OUTCOME_HUES[threshold.outcome]);
    return [first.replace(word, hue), ...rest];
  });
}

function stopReason({ stopReason }: Report, { columns, paint }: View): string[] {
  if (!stopReason) return [];
  const { code, text, advice } = stopReason;
  return [
    ...labelled(
      "stopped",
      `${shown(visible(code))}: ${shown(sentence(text))}`,
      columns,
      paint("magenta"),
    ),
    ...labelled("to do", shown(sentence(advice)), columns, paint("bold")),
  ];
}

function warnings({ warnings }: Report, { columns, paint }: View): string[] {
  return warnings.flatMap(({ code, text }) =>
    labelled(
      "warning",
      `${shown(visible(code))}: ${shown(sentence(text))}`,
      columns,
      paint("yellow"),
    ),
  );
}
