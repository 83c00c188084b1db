import { formatMicros } from "../../../base/units.ts";
import { DASH, formatCount } from "../../figures.ts";
import type { Report, TimelineRow } from "../../schema.ts";
import {
  type Chart,
  type ChartData,
  hiddenPercentiles,
  type Marks,
  type Stroke,
} from "../charts.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { section, type Table, table } from "../table.ts";

/** The charts over time. Each is hidden until the script has drawn it; its table is open until then. */
export function charts({ timeline }: Report, data: ChartData): Raw[] {
  return data.charts.map((chart) =>
    chart.id === "latency"
      ? figure(chart, "Latency over time", latencyNotes(chart), latencyTable(timeline))
      : figure(chart, "Throughput over time", THROUGHPUT_NOTES, throughputTable(timeline)),
  );
}

function figure(chart: Chart, heading: string, notes: string, rows: Table): Raw {
  const keys: Fragment[] = [
    ...chart.series.map(
      ({ label, stroke }) =>
        html`<button type="button" class="key" aria-pressed="true" data-label="${label}">${line(stroke)}${label} <span class="now"></span></button>\n`,
    ),
    ...chart.marks.map(
      (marks) =>
        html`<span class="key" data-label="${marks.label}">${symbol(marks)}${marks.label} <span class="now"></span></span>\n`,
    ),
  ];
  return section(
    chart.id,
    heading,
    html`<p class="lead">${notes}</p>
<figure id="chart-${chart.id}"><div class="drawn" hidden>
<div class="keys"><span class="at"></span>${keys}</div>
<div class="plot" role="group" tabindex="0" aria-label="${heading}, chart; arrow keys read it out interval by interval, and the table below holds the same figures"></div>
<p class="said" aria-live="polite"></p>
${chart.id === "latency" && html`<p class="notes hint">Drag to enlarge a stretch of time in both charts, double-click or press Escape to see all of it again; with the chart in focus, arrow keys read it out. A name above switches its line off and on.</p>`}
</div>
<details open><summary>${heading} as a table</summary>${table(rows)}</details></figure>`,
  );
}

const THROUGHPUT_NOTES =
  "Requests a second: planned by due time, started when handed to the client, answered when the last byte had come. Marks at the top stand over intervals with failures or drops, whatever their number.";

function latencyNotes(chart: Chart): string {
  const hidden = hiddenPercentiles(chart);
  return [
    "Response time counts from the moment a request was due, service time (the wide, pale lines) from the moment it was sent. Expected answers only, by the interval in which they ended.",
    hidden.length > 0 &&
      `Response ${hidden.join(" and ")} ${hidden.length > 1 ? "are" : "is"} not drawn apart: with so few answers an interval, ${hidden.length > 1 ? "they equal" : "it equals"} a higher line throughout.`,
    chart.scale === "log" && "The axis is logarithmic.",
  ]
    .filter((note) => note !== false)
    .join(" ");
}

function latencyTable(timeline: readonly TimelineRow[]): Table {
  const time = (us: number | null): string => (us === null ? DASH : formatMicros(us));
  return {
    caption: "Latency by interval; a dash: no expected answer ended in it",
    columns: [
      { head: "seconds" },
      { head: "phase" },
      ...["answered", "response p50", "p95", "p99", "max", "service p50", "p99"].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    rows: timeline.map((row) => [
      interval(row),
      phase(row),
      formatCount(row.answered),
      time(row.responseP50Us),
      time(row.responseP95Us),
      time(row.responseP99Us),
      time(row.responseMaxUs),
      time(row.serviceP50Us),
      time(row.serviceP99Us),
    ]),
  };
}

function throughputTable(timeline: readonly TimelineRow[]): Table {
  return {
    caption: "Requests by interval, as counts",
    columns: [
      { head: "seconds" },
      { head: "phase" },
      ...["planned", "started", "answered", "unexpected", "failed", "dropped"].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    rows: timeline.map((row) => [
      interval(row),
      phase(row),
      ...[row.planned, row.started, row.answered, row.unexpected, row.failed, row.dropped].map(
        formatCount,
      ),
    ]),
  };
}

function interval({ atS, lengthS }: TimelineRow): string {
  const digits = Number.isInteger(atS) && Number.isInteger(lengthS) ? 0 : 1;
  return `${atS.toFixed(digits)} to ${(atS + lengthS).toFixed(digits)}`;
}

function phase(row: TimelineRow): string {
  return row.gap ? `${row.phase}, runner gap` : row.phase;
}

function line({ color, width, dash }: Stroke): Raw {
  return html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="s-${color}" d="M0 6h28" fill="none" stroke-width="${width}"${dash.length > 0 && html` stroke-dasharray="${dash.join(" ")}"`}/></svg>`;
}

function symbol({ shape, color }: Marks): Raw {
  return shape === "cross"
    ? html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="s-${color}" d="m10 2 8 8m0-8-8 8" fill="none" stroke-width="2"/></svg>`
    : html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="p-${color}" d="M9 2h10l-5 9z"/></svg>`;
}
