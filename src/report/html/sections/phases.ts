import { formatMicros } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { DASH, formatCount, formatRatio, statedPercentiles } from "../../figures.ts";
import type { Distribution, Phases, Report } from "../../schema.ts";
import { distributionCells, distributionColumns, Footnotes } from "../distribution.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { scrollTable, section, table } from "../table.ts";

/** What answers' time went on, and what opening the connections took. */

interface Split {
  readonly name: string;
  readonly phases: Phases;
}

export function phases({ operations }: Report): Raw {
  const known = operations.flatMap(({ name, phases }): Split[] =>
    phases === null ? [] : [{ name: visible(name), phases }],
  );
  if (known.length === 0) {
    return section(
      "phases",
      "Phases",
      html`<p class="lead">The record does not say what answers' time went on.</p>`,
    );
  }
  return section("phases", "Phases", serviceTime(known), connections(known));
}

function serviceTime(known: readonly Split[]): Fragment {
  return [
    html`<p class="lead">Service time, split: from the request's writing to the answer's first byte, which is the server's time and the way there and back, and from there to the last byte. Expected answers of the steady phase.</p>`,
    html`<div class="means" aria-hidden="true">${known.map(({ name, phases }) => means(name, phases))}
<p class="iv-key"><span>${swatch("c-o1")}first byte</span> <span>${swatch("c-o2")}body</span></p></div>`,
    grouped(
      "Service time by operation, split",
      known.map(({ name, phases }) => ({
        name,
        rows: [
          ["first byte", phases.firstByte],
          ["body", phases.body],
        ],
      })),
    ),
    html`<h3>Connections</h3>
<p class="lead">What opening each connection took, over the whole run; each is told by the first answered request on it. Most are opened before they are needed: this is no part of service time, and of response time only where a request waited for it, which the waits show.</p>`,
    table({
      caption: "Answers by connection, whole run",
      columns: [
        { head: "operation" },
        { head: "on a new connection", numeric: true },
        { head: "on one used before", numeric: true },
      ],
      rows: known.map(({ name, phases }) => [
        name,
        formatCount(phases.newConnections),
        formatCount(phases.reusedConnections),
      ]),
    }),
  ];
}

function connections(known: readonly Split[]): Fragment {
  return grouped(
    "Opening connections, by the operation that used them first",
    known.map(({ name, phases }) => ({
      name,
      rows: [
        ...(phases.dns.count > 0 ? [["DNS", phases.dns] as const] : []),
        ["connect", phases.connect],
        ["TLS", phases.tls],
      ],
    })),
  );
}

interface Group {
  readonly name: string;
  readonly rows: readonly (readonly [what: string, distribution: Distribution])[];
}

function grouped(caption: string, groups: readonly Group[]): Fragment {
  const notes = new Footnotes();
  const all = groups.flatMap(({ rows }) => rows.map(([, distribution]) => distribution));
  const percentiles = statedPercentiles(all);
  const bodies = groups.map(({ name, rows }) => {
    const lines = rows.map(
      ([what, distribution], i) =>
        html`<tr>${i === 0 && html`<th scope="rowgroup" rowspan="${rows.length}">${name}</th>`}<td>${what}</td>${distributionCells(distribution, percentiles, notes).map((cell) => html`<td class="num">${cell}</td>`)}</tr>\n`,
    );
    return html`<tbody>${lines}</tbody>`;
  });
  const columns = [{ head: "operation" }, { head: "phase" }, ...distributionColumns(all)];
  return [scrollTable({ caption, columns }, bodies), notes.list()];
}

function swatch(color: string): Raw {
  return html`<svg viewBox="0 0 1 1"><rect class="p-${color}" width="1" height="1"/></svg>`;
}

/** The parts of the mean, which add up where percentiles do not. */
function means(name: string, { firstByte, body }: Phases): Fragment {
  const [first, rest] = [firstByte.meanUs, body.meanUs];
  const whole = (first ?? 0) + (rest ?? 0);
  if (first === null || rest === null || whole === 0) return html`<div>${name}: ${DASH}</div>`;
  const share = (100 * first) / whole;
  return html`<div>${name}<small>mean ${formatMicros(first)} to the first byte, ${formatMicros(rest)} for the body (${formatRatio(rest / whole)})</small></div><svg class="share"><rect class="p-c-o1" width="${share.toFixed(2)}%" height="100%"/><rect class="p-c-o2" x="${share.toFixed(2)}%" width="${(100 - share).toFixed(2)}%" height="100%"/></svg>
`;
}
