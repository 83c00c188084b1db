import { DASH } from "../../figures.ts";
import { type Fragment, html, type Raw } from "../escape.ts";

/** A line over runs, drawn without a script: across in shares of the width, up in pixels. */
export interface TrendLine {
  readonly name: string;
  /** A custom property of the style sheet, without its dashes. */
  readonly color: string;
  readonly dashed: boolean;
  /** One for each run, the oldest first; null: the run has none. */
  readonly values: readonly (number | null)[];
}

export interface TrendPlot {
  /** What a screen reader says of it. */
  readonly label: string;
  readonly lines: readonly TrendLine[];
  /** Runs before which something changed that makes a trend doubtful. */
  readonly breaks: readonly number[];
  readonly format: (value: number) => string;
}

const HEIGHT = 76;
const EDGE = 8;

export function trendPlot({ label, lines, breaks, format }: TrendPlot): Fragment {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const count = Math.max(0, ...lines.map((line) => line.values.length));
  if (values.length === 0) return null;
  const most = Math.max(...values);
  const x = (i: number): string => `${(2 + (96 * (i + 0.5)) / count).toFixed(2)}%`;
  const y = (value: number): string =>
    (HEIGHT - EDGE - (most > 0 ? value / most : 0) * (HEIGHT - 2 * EDGE)).toFixed(1);
  return html`<div class="tr-row"><svg class="tr" height="${HEIGHT}" role="img" aria-label="${label}"><line class="iv-grid" x2="100%" y1="${y(0)}" y2="${y(0)}"/>${breaks.map((i) => html`<line class="tr-break" x1="${between(i, count)}" x2="${between(i, count)}" y2="${HEIGHT}"/>`)}${lines.map((line) => drawn(line, x, y))}</svg><div class="tr-now">${lines.map((line) => newest(line, format))}</div></div>`;
}

/** The newest run's value, beside the end of its line. */
function newest({ name, color, values }: TrendLine, format: TrendPlot["format"]): Raw {
  const value = values.at(-1) ?? null;
  return html`<div class="t-${color}"><small>${name}</small> ${value === null ? DASH : format(value)}</div>`;
}

function between(i: number, count: number): string {
  return `${(2 + (96 * i) / count).toFixed(2)}%`;
}

function drawn(
  { color, dashed, values }: TrendLine,
  x: (i: number) => string,
  y: (value: number) => string,
): Raw {
  const points = values.flatMap((value, i) => (value === null ? [] : [{ i, value }]));
  const segments = points
    .slice(1)
    .map(({ i, value }, k) => ({ from: points[k] ?? { i, value }, to: { i, value } }));
  return html`<g class="s-${color} p-${color}">${segments.map(
    ({ from, to }) =>
      html`<line x1="${x(from.i)}" y1="${y(from.value)}" x2="${x(to.i)}" y2="${y(to.value)}"${dashed && html` stroke-dasharray="5 3"`}/>`,
  )}${points.map(({ i, value }) => html`<circle cx="${x(i)}" cy="${y(value)}" r="${i === values.length - 1 ? 4 : 2.5}"/>`)}</g>`;
}
