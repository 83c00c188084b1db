import type { Report } from "../../schema.ts";
import { type Chart, FATES } from "../charts/chart.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { howToRead, section, type Table, table } from "../table.ts";
import * as notes from "./chart-notes.ts";
import { dot, FATE_SYMBOLS, line, symbol } from "./chart-symbols.ts";
import {
  latencyTable,
  rateLimitTable,
  requestsTable,
  spectrumTable,
  throughputTable,
} from "./chart-tables.ts";

/** The charts. Each is hidden until the script has drawn it; its table is open until then. */
export function charts(report: Report, charts: readonly Chart[]): Raw[] {
  return charts.map((chart) => figure(chart, about(chart, report)));
}

interface About {
  readonly heading: string;
  readonly lead: string;
  readonly how: readonly string[];
  /** What the chart shows while it shows no single place. */
  readonly whole: string;
  /** What arrow keys go by. */
  readonly places: string;
  readonly rows: Table;
}

function about(chart: Chart, report: Report): About {
  const { timeline, operations } = report;
  const overTime = { whole: "whole run", places: "interval by interval" };
  if (chart.id === "spectrum") {
    return {
      heading: "Percentile spectrum",
      ...notes.spectrum(chart),
      whole: "all percentiles",
      places: "percentile by percentile",
      rows: spectrumTable(operations),
    };
  }
  if (chart.id === "throughput") {
    return {
      heading: "Throughput over time",
      ...notes.throughput(),
      ...overTime,
      rows: throughputTable(timeline),
    };
  }
  if (chart.id === "rate-limit" && report.drill) {
    return {
      heading: "Rate limit over time",
      ...notes.rateLimit(),
      ...overTime,
      rows: rateLimitTable(report.drill),
    };
  }
  if (chart.draw === "requests") {
    return {
      heading: "Latency, every request",
      ...notes.requests(chart),
      whole: "whole run",
      places: "request by request",
      rows: requestsTable(report),
    };
  }
  return {
    heading: "Latency over time",
    ...notes.latency(chart),
    ...overTime,
    rows: latencyTable(timeline),
  };
}

function figure(chart: Chart, { heading, lead, how, whole, places, rows }: About): Raw {
  const single = chart.draw === "requests";
  const keys: Fragment[] = [
    ...chart.series.map(
      ({ label, stroke }) =>
        html`<button type="button" class="key" aria-pressed="true" data-label="${label}">${single ? dot(stroke) : line(stroke)}<span>${label}</span> <span class="now"></span></button>\n`,
    ),
    ...chart.marks.map(
      (marks) =>
        html`<span class="key mark" data-label="${marks.label}">${symbol(marks)}${marks.label} <span class="now"></span></span>\n`,
    ),
    ...(single ? FATES : []).map(
      (fate) =>
        html`<span class="key fate" data-label="${fate}">${FATE_SYMBOLS[fate]}${fate}</span>\n`,
    ),
  ];
  return section(
    chart.id,
    heading,
    html`<p class="lead">${lead}</p>
<figure id="chart-${chart.id}" data-whole="${whole}"><div class="drawn" hidden>
<p class="at"></p><div class="keys">${keys}</div>
<div class="plot" role="group" tabindex="0" aria-label="${heading}, chart; arrow keys read it out ${places}, and the table below holds the same figures"></div>
<p class="said said-now" aria-live="polite"></p>
</div>
<details open><summary>${heading} as a table</summary>${table(rows)}</details></figure>`,
    howToRead(how, chart.id === "spectrum" ? undefined : notes.USE),
  );
}
