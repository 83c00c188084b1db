import { formatMicros } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { percentileOf } from "../figures.ts";
import type { Distribution, Percentile, Report } from "../schema.ts";
import { type Fragment, html, type Raw } from "./escape.ts";

/**
 * Percentiles with their intervals, a row for each operation and journey on one logarithmic axis. Drawn without a
 * script, in shares of the width, so that it fits wherever it stands; the tables beside it hold the same figures.
 */

interface Drawn {
  readonly p: number;
  readonly y: number;
  readonly mark: Raw;
}

/** A shape for each, so that colour need not be seen. */
const DRAWN: readonly Drawn[] = [
  { p: 50, y: 6, mark: html`<circle r="4"/>` },
  { p: 95, y: 15, mark: html`<path d="M0-5 5 0 0 5-5 0z"/>` },
  { p: 99, y: 24, mark: html`<path d="M-3.5-3.5h7v7h-7z"/>` },
];

interface Row {
  readonly name: string;
  readonly what: string;
  readonly distribution: Distribution;
}

export function intervalPlot({ operations, journeys }: Report): Fragment {
  const rows: Row[] = [
    ...operations.map(({ name, responseTime }) => ({
      name: visible(name),
      what: "",
      distribution: responseTime,
    })),
    ...journeys.map(({ scenario, responseTime }) => ({
      name: visible(scenario),
      what: "journey",
      distribution: responseTime,
    })),
  ].filter(({ distribution }) => distribution.count > 0);
  const values = rows.flatMap(({ distribution }) => figuresOf(distribution));
  if (values.length === 0) return null;
  const axis = axisOver(Math.max(1, Math.min(...values)), Math.max(1, ...values));
  return html`<div class="intervals" role="img" aria-label="Response time: p50, p95 and p99 with their 95 % intervals, by operation and journey; the tables of this section and the next hold the same figures">
${rows.map(
  ({
    name,
    what,
    distribution,
  }) => html`<div class="iv-name">${name}${what && html` <small>${what}</small>`}</div><svg class="iv">${axis.grid}${DRAWN.map((one) => mark(one, distribution, axis))}</svg>
`,
)}<div></div><svg class="iv iv-axis">${axis.labels}</svg>
<p class="iv-key">${DRAWN.map(({ p, mark }) => html`<span><svg viewBox="-6 -6 12 12" class="iv-p${p}">${mark}</svg>p${p}</span> `)}<span>a line: its 95 % interval</span> <span>hollow, an arrow: more than that</span></p></div>`;
}

function figuresOf(distribution: Distribution): number[] {
  return DRAWN.flatMap(({ p }) => {
    const { valueUs, interval } = percentileOf(distribution, p) ?? NOTHING;
    return [valueUs, interval?.lowUs ?? null, interval?.highUs ?? null].filter((n) => n !== null);
  });
}

const NOTHING: Pick<Percentile, "valueUs" | "interval"> = { valueUs: null, interval: null };

interface Axis {
  /** The place of a value, as a share of the width. */
  place(us: number): string;
  readonly grid: readonly Raw[];
  readonly labels: readonly Raw[];
}

/** So much of the width stays free at either end. */
const MARGIN = 0.03;
const LABELS_AT_MOST = 5;

function axisOver(lowUs: number, highUs: number): Axis {
  const [low, high] = [Math.log10(lowUs) - 0.05, Math.log10(highUs) + 0.05];
  const place = (us: number): string => {
    const share = (Math.log10(Math.max(1, us)) - low) / (high - low);
    return `${(100 * (MARGIN + (1 - 2 * MARGIN) * share)).toFixed(2)}%`;
  };
  const ticks = [[1, 2, 5], [1, 3], [1]]
    .map((steps) => ticksOf(steps, low, high))
    .find((some, i) => some.length <= LABELS_AT_MOST || i === 2);
  return {
    place,
    grid: (ticks ?? []).map(
      (us) => html`<line class="iv-grid" x1="${place(us)}" x2="${place(us)}" y2="100%"/>`,
    ),
    labels: (ticks ?? []).map(
      (us) => html`<text x="${place(us)}" y="13" text-anchor="middle">${formatMicros(us)}</text>`,
    ),
  };
}

function ticksOf(steps: readonly number[], low: number, high: number): number[] {
  const powers = Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, i) => 10 ** (Math.floor(low) + i),
  );
  return powers
    .flatMap((power) => steps.map((step) => step * power))
    .filter((us) => Math.log10(us) >= low && Math.log10(us) <= high);
}

function mark({ p, y, mark }: Drawn, distribution: Distribution, axis: Axis): Fragment {
  const percentile = percentileOf(distribution, p);
  if (!percentile || percentile.valueUs === null) return null;
  const { valueUs, censored, interval } = percentile;
  const open = censored || (interval !== null && interval.highUs === null);
  const from = axis.place(interval?.lowUs ?? valueUs);
  const to = open ? "99%" : axis.place(interval?.highUs ?? valueUs);
  const line =
    (interval !== null || open) && html`<line x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>`;
  const arrow =
    open && html`<svg x="99%" y="${y}" overflow="visible"><path d="m-6-4 6 4-6 4"/></svg>`;
  return html`<g class="iv-p${p}${censored && " iv-more"}">${line}${arrow}<svg x="${axis.place(valueUs)}" y="${y}" overflow="visible">${mark}</svg></g>`;
}
