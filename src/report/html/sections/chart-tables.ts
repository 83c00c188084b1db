import { formatMicros } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount, formatMax, formatPercentile, percentileOf } from "../../figures.ts";
import type { Drill, Report, TimelineRow } from "../../schema.ts";
import { byDue, fateOf } from "../charts/requests.ts";
import { type Fragment, html } from "../escape.ts";
import { spectrumOf } from "../spectrum.ts";
import type { Table } from "../table.ts";
import { coarseness, plainSeconds, stretches, TABLE_ROWS } from "./stretches.ts";

/** The charts' figures as tables. */

export function latencyTable(timeline: readonly TimelineRow[]): Table {
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

export function throughputTable(timeline: readonly TimelineRow[]): Table {
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

export function rateLimitTable({ timeline, quotaPerSecond }: Drill): Table {
  return {
    caption:
      "Requests of the drill’s category by interval, as counts; a dash: no answer said what was left",
    columns: [
      { head: "seconds" },
      ...["quota a second", "sent", "throttled", "lowest remaining"].map((head) => ({
        head,
        numeric: true,
      })),
    ],
    rows: timeline
      .slice(0, TABLE_ROWS)
      .map((row) => [
        interval(row),
        quotaPerSecond === null ? DASH : formatCount(quotaPerSecond),
        formatCount(row.sent),
        formatCount(row.throttled),
        row.remaining === null ? DASH : formatCount(row.remaining),
      ]),
  };
}

export function requestsTable({ requests }: Report): Table {
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
      `${plainSeconds(one.dueS)} s`,
      html`${visible(one.operation)}${again(one)}`,
      one.phase,
      fateOf(one),
      visible(one.what),
      (one.outcome === "answered" ? "" : "> ") + formatMicros(one.responseTimeUs),
      time(one.serviceTimeUs),
    ]),
  };
}

const SPECTRUM_PERCENTILES = [10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999];

/** `attempt 2`, `poll 3`: what is not the first of its kind. */
function again({ attempt = 1, poll = 1 }: Report["requests"][number]): Fragment {
  const parts = [attempt > 1 && `attempt ${attempt}`, poll > 1 && `poll ${poll}`];
  const told = parts.filter((part) => part !== false).join(", ");
  return told !== "" && html`<small>${told}</small>`;
}

export function spectrumTable(operations: Report["operations"]): Table {
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

function interval({ atS, lengthS }: Pick<TimelineRow, "atS" | "lengthS">): string {
  const digits = Number.isInteger(atS) && Number.isInteger(lengthS) ? 0 : 1;
  return `${atS.toFixed(digits)} to ${(atS + lengthS).toFixed(digits)}`;
}

function phase(row: TimelineRow): string {
  return row.gap ? `${row.phase}, runner gap` : row.phase;
}
