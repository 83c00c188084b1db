import { formatMicros } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount, formatMax, formatPercentile, percentileOf } from "../../figures.ts";
import type { Report, TimelineRow } from "../../schema.ts";
import {
  byDue,
  type Chart,
  type ChartData,
  FATES,
  fateOf,
  hiddenPercentiles,
  type Marks,
  type Stroke,
} from "../charts.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { spectrumOf } from "../spectrum.ts";
import { section, type Table, table } from "../table.ts";

/** The charts. Each is hidden until the script has drawn it; its table is open until then. */
export function charts(report: Report, data: ChartData): Raw[] {
  return data.charts.map((chart) => figure(chart, ...about(chart, report)));
}

function about(
  chart: Chart,
  report: Report,
): readonly [heading: string, notes: string, whole: string, rows: Table] {
  const { timeline, operations } = report;
  if (chart.id === "spectrum") {
    return [
      "Percentile spectrum",
      spectrumNotes(chart),
      "all percentiles",
      spectrumTable(operations),
    ];
  }
  if (chart.id === "throughput") {
    return ["Throughput over time", THROUGHPUT_NOTES, "whole run", throughputTable(timeline)];
  }
  return chart.draw === "requests"
    ? ["Latency, every request", requestsNotes(chart), "whole run", requestsTable(report)]
    : ["Latency over time", latencyNotes(chart), "whole run", latencyTable(timeline)];
}

function figure(chart: Chart, heading: string, notes: string, whole: string, rows: Table): Raw {
  const keys: Fragment[] = [
    ...chart.series.map(
      ({ label, stroke }) =>
        html`<button type="button" class="key" aria-pressed="true" data-label="${label}">${chart.draw === "requests" ? dot(stroke) : line(stroke)}<span>${label}</span> <span class="now"></span></button>\n`,
    ),
    ...chart.marks.map(
      (marks) =>
        html`<span class="key mark" data-label="${marks.label}">${symbol(marks)}${marks.label} <span class="now"></span></span>\n`,
    ),
    ...(chart.draw === "requests" ? FATES : []).map(
      (fate) =>
        html`<span class="key fate" data-label="${fate}">${FATE_SYMBOLS[fate]}${fate}</span>\n`,
    ),
  ];
  const place = chart.draw === "requests" ? "request by request" : PLACES[chart.id];
  return section(
    chart.id,
    heading,
    html`<p class="lead">${notes}</p>
<figure id="chart-${chart.id}" data-whole="${whole}"><div class="drawn" hidden>
<p class="at"></p><div class="keys">${keys}</div>
<div class="plot" role="group" tabindex="0" aria-label="${heading}, chart; arrow keys read it out ${place}, and the table below holds the same figures"></div>
<p class="said" aria-live="polite"></p>
${chart.id === "latency" && html`<p class="notes hint">Drag to enlarge a stretch of a chart, double-click or press Escape to see all of it again; charts over time go together. With a chart in focus, arrow keys read it out. A name above switches its figures off and on.</p>`}
</div>
<details open><summary>${heading} as a table</summary>${table(rows)}</details></figure>`,
  );
}

const PLACES: Readonly<Record<Chart["id"], string>> = {
  latency: "interval by interval",
  throughput: "interval by interval",
  spectrum: "percentile by percentile",
};

const RESPONSE_AND_SERVICE = "Response time counts from the moment a request was due, service time";

const THROUGHPUT_NOTES =
  "Requests a second: planned by due time, started when handed to the client, answered when the last byte had come. Marks at the top stand over intervals with failures or drops, whatever their number.";

function latencyNotes(chart: Chart): string {
  const hidden = hiddenPercentiles(chart);
  return sentences(
    `${RESPONSE_AND_SERVICE} (the wide, pale lines) from the moment it was sent. Expected answers only, by the interval in which they ended.`,
    hidden.length > 0 &&
      `Response ${hidden.join(" and ")} ${hidden.length > 1 ? "are" : "is"} not drawn apart: with so few answers an interval, ${hidden.length > 1 ? "they equal" : "it equals"} a higher line throughout.`,
    axisNote(chart),
  );
}

function requestsNotes(chart: Chart): string {
  return sentences(
    `A mark for each request of the run, where it was due, at its response time. ${RESPONSE_AND_SERVICE} from the moment it was sent; a stem reaches down to it where the two differ. What was not answered had lasted at least so long.`,
    axisNote(chart),
  );
}

function spectrumNotes(chart: Chart): string {
  const compared = chart.series.some(({ label }) => label.endsWith(", baseline"));
  return sentences(
    "Response time of the steady phase by percentile: each step to the right is a tenth of the requests before it. A line ends at its largest sample, or where censored samples begin, of which nobody knows how long they would have taken.",
    compared && "The wide, pale lines are those of the baseline.",
    axisNote(chart),
  );
}

function axisNote({ scale }: Chart): string | false {
  return scale === "log" && "The axis of time is logarithmic.";
}

function sentences(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(" ");
}

/** So many rows are read; the charts go further into detail, and report.json holds all of it. */
const TABLE_ROWS = 120;

/**
 * Stretches of as many intervals each as it takes to get a table that can be read. Counts add up. Percentiles can't be
 * merged, so each is the highest that an interval of the stretch had.
 */
export function stretches(timeline: readonly TimelineRow[]): TimelineRow[] {
  const together = Math.ceil(timeline.length / TABLE_ROWS);
  const starts = timeline.flatMap((_, i) => (i % together === 0 ? [i] : []));
  return starts.map((start) => timeline.slice(start, start + together).reduce(joined));
}

function joined(a: TimelineRow, b: TimelineRow): TimelineRow {
  return {
    atS: a.atS,
    lengthS: b.atS + b.lengthS - a.atS,
    phase: a.phase,
    planned: a.planned + b.planned,
    started: a.started + b.started,
    answered: a.answered + b.answered,
    unexpected: a.unexpected + b.unexpected,
    failed: a.failed + b.failed,
    dropped: a.dropped + b.dropped,
    responseP50Us: higher(a.responseP50Us, b.responseP50Us),
    responseP95Us: higher(a.responseP95Us, b.responseP95Us),
    responseP99Us: higher(a.responseP99Us, b.responseP99Us),
    responseMaxUs: higher(a.responseMaxUs, b.responseMaxUs),
    serviceP50Us: higher(a.serviceP50Us, b.serviceP50Us),
    serviceP99Us: higher(a.serviceP99Us, b.serviceP99Us),
    gap: a.gap || b.gap,
  };
}

function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** What a coarse table's caption says of itself. */
function coarseness(timeline: readonly TimelineRow[], of: string): string {
  const [first] = timeline;
  if (!first || timeline.length <= TABLE_ROWS) return "";
  return `; ${formatCount(Math.ceil(timeline.length / TABLE_ROWS))} intervals of ${seconds(first.lengthS)} s a row${of}; report.json holds each`;
}

function latencyTable(timeline: readonly TimelineRow[]): Table {
  return {
    caption: `Latency by interval; a dash: no expected answer ended in it${coarseness(timeline, ", each percentile the highest of them")}`,
    titled: timeline.length > TABLE_ROWS,
    columns: [
      { head: "seconds" },
      { head: "phase" },
      ...["answered", "response p50", "p95", "p99", "max", "service p50", "p99"].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    rows: stretches(timeline).map((row) => [
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
    caption: `Requests by interval, as counts${coarseness(timeline, "")}`,
    titled: timeline.length > TABLE_ROWS,
    columns: [
      { head: "seconds" },
      { head: "phase" },
      ...["planned", "started", "answered", "unexpected", "failed", "dropped"].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    rows: stretches(timeline).map((row) => [
      interval(row),
      phase(row),
      ...[row.planned, row.started, row.answered, row.unexpected, row.failed, row.dropped].map(
        formatCount,
      ),
    ]),
  };
}

function requestsTable({ requests }: Report): Table {
  return {
    caption: "Every request, in the order of becoming due; a dash: never sent",
    columns: [
      { head: "due after", numeric: true },
      { head: "operation" },
      { head: "phase" },
      { head: "came to" },
      { head: "what" },
      { head: "response time", numeric: true },
      { head: "service time", numeric: true },
    ],
    rows: byDue(requests).map((one) => [
      `${seconds(one.dueS)} s`,
      visible(one.operation),
      one.phase,
      fateOf(one),
      visible(one.what),
      (one.outcome === "answered" ? "" : "> ") + formatMicros(one.responseTimeUs),
      time(one.serviceTimeUs),
    ]),
  };
}

const SPECTRUM_PERCENTILES = [10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999];

function spectrumTable(operations: Report["operations"]): Table {
  const spectra = operations.map(({ responseTime }) => spectrumOf(responseTime));
  const most = Math.max(0, ...spectra.map((one) => one?.nines ?? 0));
  const percentiles = SPECTRUM_PERCENTILES.filter(
    (p) => p <= 50 || -Math.log10(1 - p / 100) <= most,
  );
  return {
    caption:
      "Response time by percentile, steady phase; a dash: too few samples, or known only to be longer than what was seen",
    columns: [
      { head: "operation" },
      ...percentiles.map((p) => ({ head: `p${p}`, numeric: true })),
      { head: "max", numeric: true },
    ],
    rows: operations.map(({ name, responseTime }, i) => [
      visible(name),
      ...percentiles.map((p) => {
        const stated = percentileOf(responseTime, p);
        if (stated) return formatPercentile(stated);
        const spectrum = spectra[i];
        const within = spectrum && (p <= 50 || -Math.log10(1 - p / 100) <= spectrum.nines);
        return time(within ? spectrum.valueUs(p) : null);
      }),
      formatMax(responseTime),
    ]),
  };
}

function time(us: number | null): string {
  return us === null ? DASH : formatMicros(us);
}

function seconds(s: number): string {
  return s.toFixed(Number.isInteger(s) ? 0 : s < 100 ? 3 : 1);
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

function dot({ color }: Stroke): Raw {
  return html`<svg viewBox="0 0 28 12" aria-hidden="true"><circle class="p-${color}" cx="14" cy="6" r="5"/></svg>`;
}

function symbol({ shape, color }: Marks): Raw {
  return shape === "cross"
    ? html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="s-${color}" d="m10 2 8 8m0-8-8 8" fill="none" stroke-width="2"/></svg>`
    : html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="p-${color}" d="M9 2h10l-5 9z"/></svg>`;
}

const FATE_SYMBOLS: Readonly<Record<(typeof FATES)[number], Raw>> = {
  "answered as expected": html`<svg viewBox="0 0 28 12" aria-hidden="true"><circle class="p-c-max" cx="14" cy="6" r="4"/></svg>`,
  "answered otherwise": symbol({ shape: "cross", color: "c-max", label: "", at: [], counts: [] }),
  "failed or unfinished": html`<svg viewBox="0 0 28 12" aria-hidden="true"><path class="p-c-max" d="M9 10h10l-5-9z"/></svg>`,
  dropped: symbol({ shape: "triangle", color: "c-max", label: "", at: [], counts: [] }),
};
