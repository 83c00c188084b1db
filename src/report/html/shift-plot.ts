import { formatMicros } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import type { ShiftPoint } from "../schema/comparison.ts";
import type { Comparison } from "../schema.ts";
import { type Fragment, html, type Raw } from "./escape.ts";

/**
 * By how much each percentile differs from the baseline's, with its interval, a plot for each operation. Drawn without a
 * script, across in shares of the width and up in pixels, so that it fits wherever it stands.
 */
export function shiftPlots({ operations }: Comparison): Fragment {
  const plots = operations.filter(({ shift }) =>
    shift.some(({ differenceUs }) => differenceUs !== null),
  );
  if (plots.length === 0) return null;
  return html`<div class="shifts">${plots.map(plot)}</div>
<p class="iv-key"><span>${keyMark("slower")}slower</span> <span>${keyMark("faster")}faster</span> <span>${keyMark("either")}may be either: the interval holds 0, or there is none</span> <span>a line: the 95 % interval of the difference</span></p>`;
}

/** Which way a difference goes, where its interval tells. */
type Way = "slower" | "faster" | "either";

/** A shape for each, so that colour need not be seen. */
const MARKS: Readonly<Record<Way, Raw>> = {
  slower: html`<path d="M0-5 5 4-5 4z"/>`,
  faster: html`<path d="M0 5 5-4-5-4z"/>`,
  either: html`<circle r="4"/>`,
};

function wayOf({ interval }: ShiftPoint): Way {
  if (interval?.lowUs != null && interval.lowUs > 0) return "slower";
  if (interval?.highUs != null && interval.highUs < 0) return "faster";
  return "either";
}

function keyMark(way: Way): Raw {
  return html`<svg viewBox="-6 -6 12 12" class="sh-${way}" aria-hidden="true">${MARKS[way]}</svg>`;
}

const HEIGHT = 170;
/** Left free above and below what is drawn, in pixels. */
const EDGE = 14;

function plot({ name, shift }: Comparison["operations"][number]): Raw {
  const values = shift.flatMap(({ differenceUs, interval }) =>
    [differenceUs, interval?.lowUs ?? null, interval?.highUs ?? null].filter((us) => us !== null),
  );
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = Math.max(1, high - low);
  const y = (us: number): string => (EDGE + ((high - us) / span) * (HEIGHT - 2 * EDGE)).toFixed(1);
  const x = (i: number): string => `${(3 + (94 * (i + 0.5)) / shift.length).toFixed(2)}%`;
  const ticks = ticksOf(low, high);
  return html`<div class="shift"><p>${visible(name)}</p><div class="sh-grid" role="img" aria-label="Difference from the baseline by percentile, ${visible(name)}; the table below holds the same figures"><svg class="sh-scale" height="${HEIGHT}">${ticks.map((us) => html`<text x="100%" y="${y(us)}" dy="4" text-anchor="end">${signed(us)}</text>`)}</svg><svg class="sh" height="${HEIGHT}">${ticks.map((us) => html`<line class="iv-grid${us === 0 && " sh-zero"}" x2="100%" y1="${y(us)}" y2="${y(us)}"/>`)}${shift.map((point, i) => mark(point, x(i), y))}</svg><div class="sh-name">percentile</div><svg class="sh-axis" height="18">${shift.map(({ p }, i) => html`<text${!ROOMY.has(p) && html` class="sh-tight"`} x="${x(i)}" y="13" text-anchor="middle">${p}</text>`)}</svg></div></div>
`;
}

/** Labelled on a narrow screen too. */
const ROOMY: ReadonlySet<number> = new Set([10, 30, 50, 75, 95, 99.9]);

function mark(point: ShiftPoint, x: string, y: (us: number) => string): Fragment {
  const { differenceUs, interval } = point;
  if (differenceUs === null) return null;
  const line =
    interval &&
    html`<line x1="${x}" x2="${x}" y1="${interval.highUs === null ? 0 : y(interval.highUs)}" y2="${interval.lowUs === null ? HEIGHT : y(interval.lowUs)}"/>`;
  const way = wayOf(point);
  return html`<g class="sh-${way}">${line}<svg x="${x}" y="${y(differenceUs)}" overflow="visible">${MARKS[way]}</svg></g>`;
}

/** Of 1, 2 or 5 times a power of ten each, 0 among them, six at most. */
function ticksOf(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, high - low)));
  const step = [0.1, 0.2, 0.5, 1, 2]
    .map((times) => times * power)
    .find((one) => (high - low) / one <= 4);
  const each = step ?? Math.max(1, high - low);
  const count = Math.floor(high / each) - Math.ceil(low / each) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((Math.ceil(low / each) + i) * each));
}

function signed(us: number): string {
  if (us === 0) return "0";
  return `${us > 0 ? "+" : "−"}${formatMicros(Math.abs(us))}`;
}
