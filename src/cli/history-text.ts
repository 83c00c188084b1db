import { formatMicros } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import type { Trend, TrendPoint, TrendValue } from "../harness/trends.ts";
import type { PastRun } from "../ledger/runs.ts";
import { formatRatio } from "../report/figures.ts";

const COLUMNS = 80;
const RUN_HEADINGS = ["began (UTC)", "profile", "on", "verdict", "exit", "sent", "took"];
const FIGURE_HEADINGS = ["", "p50", "p95", "p99", "errors"];

/** The runs as a table for a person, each with its reports' folder: at its end where there is room, else below it. */
export function historyText(runs: readonly PastRun[]): string {
  if (runs.length === 0) return "no runs yet\n";
  const lines = table([RUN_HEADINGS, ...runs.map(runCells)], 4);
  const [heading = "", ...rows] = lines;
  return [
    heading,
    ...rows.flatMap((line, i) => {
      const folder = visible(runs[i]?.reportDir ?? "");
      const beside = `${line.padEnd(heading.length)}  ${folder}`;
      return beside.length <= COLUMNS ? [beside] : [line, `    ${folder}`];
    }),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** Each operation's figures over time, the newest first. */
export function trendsText(trends: readonly Trend[]): string {
  const blocks = trends.map(({ environment, operation, points }) => [
    `${operation} on ${environment}, response time in the steady phase`,
    ...table([FIGURE_HEADINGS, ...points.map(figureCells)], 1).map((line) => `  ${line}`),
  ]);
  return blocks.map((block) => `${block.join("\n")}\n`).join("\n");
}

function runCells({ startedMs, profile, environment, ended }: PastRun): string[] {
  return [
    timeText(startedMs),
    profile,
    environment,
    ended?.verdict ?? "no end",
    ended === null ? "" : String(ended.exitCode),
    ended === null ? "" : String(ended.sent),
    ended === null ? "" : formatMicros(Math.max(0, ended.endedMs - startedMs) * 1000),
  ];
}

function figureCells({ startedMs, verdict, figures }: TrendPoint): string[] {
  const { p50Us, p95Us, p99Us, errorRatio } = figures;
  return [
    `${timeText(startedMs)} ${verdict}`,
    ...[p50Us, p95Us, p99Us].map((figure) => timeFigure(figure)),
    errorRatio === null ? "–" : formatRatio(errorRatio.value),
  ];
}

function timeFigure(figure: TrendValue | null): string {
  if (figure === null) return "–";
  return (figure.censored ? "> " : "") + formatMicros(figure.value);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** @param firstNumber from this column on, cells stand to the right */
function table(rows: readonly (readonly string[])[], firstNumber: number): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return i < firstNumber ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
