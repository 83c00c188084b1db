import { visible } from "../../../guard/foreign-text.ts";
import { INTERVAL_BASIS } from "../../../measure/intervals.ts";
import {
  DASH,
  formatCount,
  formatDrops,
  formatRatio,
  formatRatioRange,
  statedPercentiles,
} from "../../figures.ts";
import type { Counts, Distribution, Proportion, Report } from "../../schema.ts";
import { distributionCells, distributionColumns, Footnotes } from "../distribution.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { intervalPlot } from "../interval-plot.ts";
import { howToRead, scrollTable, section, table } from "../table.ts";

/** Distributions by operation and journey, and the waits. */

const DISTRIBUTIONS = [
  "Below each percentile its 95 % interval.",
  "Censored samples (time-outs, drops that the runner did not cause, and what the run's end cut short) are known only to be at least so long; a percentile that falls among them reads “>”.",
  "A pale percentile is the largest sample: there are too few for another.",
  INTERVAL_BASIS,
];

export function operations(report: Report): Raw {
  const { operations } = report;
  const notes = new Footnotes();
  const all = operations.flatMap((one) => timesOf(one).map(([, distribution]) => distribution));
  const percentiles = statedPercentiles(all);
  const row = (name: string, distribution: Distribution): Raw[] => [
    html`<td>${name}</td>`,
    ...distributionCells(distribution, percentiles, notes).map(
      (cell) => html`<td class="num">${cell}</td>`,
    ),
  ];
  const bodies = operations.map((one) => {
    const times = timesOf(one);
    const rows = times.map(([name, distribution], i) => {
      const heading =
        i === 0 &&
        html`<th scope="rowgroup" rowspan="${String(times.length)}">${visible(one.name)}</th>`;
      return html`<tr>${heading}${row(name, distribution)}</tr>
`;
    });
    return html`<tbody>${rows}</tbody>
`;
  });
  return section(
    "operations",
    "Latency by operation",
    html`<p class="lead">Expected answers of the steady phase. Response time is from due to end, service time from start to end. Failures but for time-outs, and unexpected answers, have rows of their own where there were any.</p>`,
    intervalPlot(report),
    scrollTable(
      {
        caption: "Latency by operation, steady phase",
        columns: [{ head: "operation" }, { head: "time" }, ...distributionColumns(all)],
      },
      bodies,
    ),
    notes.list(),
    howToRead(DISTRIBUTIONS),
    html`<h3>What came back</h3>`,
    table({
      caption: "Requests by operation, whole run; error ratio of the steady phase",
      columns: [
        { head: "operation" },
        ...["planned", "sent", "answered", "failed", "unfinished", "dropped"].map((head) => ({
          head,
          numeric: true,
        })),
        { head: "error ratio", numeric: true },
        { head: "results", wide: true },
      ],
      rows: operations.map((one) => [
        visible(one.name),
        ...countCells(one.counts),
        proportionCell(one.errorRatio),
        results(one.results),
      ]),
    }),
  );
}

/** What an operation's time is told by; the last two are of what the first two leave out, where that occurred. */
function timesOf(operation: Report["operations"][number]): (readonly [string, Distribution])[] {
  const { responseTime, serviceTime, failedServiceTime, unexpectedServiceTime } = operation;
  return [
    ["response", responseTime],
    ["service", serviceTime],
    ...(failedServiceTime ? [["service, failed", failedServiceTime] as const] : []),
    ...(unexpectedServiceTime ? [["service, unexpected", unexpectedServiceTime] as const] : []),
  ];
}

function countCells(counts: Counts): Fragment[] {
  const drops = formatDrops(counts.drops);
  return [
    ...[counts.planned, counts.sent, counts.answered, counts.failed, counts.unfinished].map(
      formatCount,
    ),
    html`${formatCount(counts.dropped)}${drops && html`<small>${drops}</small>`}`,
  ];
}

function proportionCell({ value, low, high }: Proportion): Fragment {
  if (value === null) return DASH;
  const known = low !== null && high !== null;
  return html`${formatRatio(value)}${known && html`<small>${formatRatioRange(low, high)}</small>`}`;
}

/** Status or failure code, and how often: `200 × 12, timeout × 1`. */
function results(results: Readonly<Record<string, number>>): string {
  return Object.entries(results)
    .map(([what, count]) => `${visible(what)}\u00a0×\u00a0${formatCount(count)}`)
    .join(", ");
}

export function journeys({ journeys }: Report): Raw {
  const notes = new Footnotes();
  const all = journeys.map(({ responseTime }) => responseTime);
  const percentiles = statedPercentiles(all);
  return section(
    "journeys",
    "Journeys",
    html`<p class="lead">From a journey's arrival to its last answer, in the steady phase. A journey cut short by a time-out, a drop that the runner did not cause, or the run's end is a censored sample; one that an error ended is none.</p>`,
    table({
      caption: "Journeys, with their response time",
      columns: [
        { head: "journey" },
        { head: "started", numeric: true },
        { head: "completed", numeric: true },
        ...distributionColumns(all),
      ],
      rows: journeys.map((journey) => [
        visible(journey.scenario),
        formatCount(journey.started),
        formatCount(journey.completed),
        ...distributionCells(journey.responseTime, percentiles, notes),
      ]),
    }),
    notes.list(),
  );
}

export function waits({ waits }: Report): Raw {
  const notes = new Footnotes();
  const rows = [
    ["cap", "until the rate cap let it pass", waits.capWait],
    ["in flight", "until a connection was open and idle", waits.inFlightWait],
    ["runner lag", "the runner's own lateness, not the target's", waits.runnerLag],
    ...(waits.steeringWait
      ? [
          [
            "quota",
            "requests that a nearly used-up quota held back, and no others",
            waits.steeringWait,
          ] as const,
        ]
      : []),
  ] as const;
  const all = rows.map(([, , distribution]) => distribution);
  const percentiles = statedPercentiles(all);
  return section(
    "waits",
    "Waits before sending",
    html`<p class="lead">The time from due to start, split by what a request waited for. It is part of response time and not of service time.</p>`,
    table({
      caption: "Waits between due and start",
      columns: [{ head: "wait for" }, ...distributionColumns(all)],
      rows: rows.map(([name, meaning, distribution]) => [
        html`${name}<small>${meaning}</small>`,
        ...distributionCells(distribution, percentiles, notes),
      ]),
    }),
    notes.list(),
  );
}
