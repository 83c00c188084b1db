import { formatMicros } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import { formatSide } from "../../comparison-text.ts";
import { DASH, formatCount, formatRatio, sentence, VERDICT_WORDS } from "../../figures.ts";
import type { IndexEntry } from "../../index-entry.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { VERDICT_LOOKS } from "../icon.ts";
import { civil } from "../sections/summary.ts";
import { section, table } from "../table.ts";
import { type TrendLine, trendPlot } from "./trend-plot.ts";
import { type Trend, trendsOf } from "./trends.ts";

/** Operations whose trend is drawn: those with the most samples in the newest run. */
const PLOTS_MOST = 4;

export function trends(entries: readonly IndexEntry[]): Fragment {
  const found = trendsOf(entries).filter(({ runs }) => runs.length > 1);
  if (found.length === 0) return null;
  return section(
    "trends",
    "Trends",
    html`<p class="lead">Response times of the steady phase and error ratio, by profile and environment, from the oldest run to the newest.</p>
<p class="iv-key"><span>${swatch("c-p95", false)}p95</span> <span>${swatch("c-p50", true)}p50</span> <span>${swatch("c-bad", false)}error ratio</span> <span>a dotted upright: the profile changed</span></p>
<div class="trends">${found.map(card)}</div>`,
  );
}

function swatch(color: string, dashed: boolean): Raw {
  return html`<svg viewBox="0 0 28 12" class="tr-key s-${color}" aria-hidden="true"><path d="M0 6h28" stroke-width="2"${dashed && html` stroke-dasharray="5 3"`}/></svg>`;
}

function card({ profile, environment, runs }: Trend): Raw {
  const newest = runs.at(-1);
  const names = (newest?.operations ?? []).slice(0, PLOTS_MOST).map(({ name }) => name);
  const breaks = runs.flatMap((run, i) =>
    i > 0 && run.profileHash !== runs[i - 1]?.profileHash ? [i] : [],
  );
  return html`<article class="trend"><h3>${profile} <small>on ${environment}, ${formatCount(runs.length)} runs</small></h3>
<p class="tr-verdicts">${runs.map(verdictMark)}</p>
${names.map((name) => operationTrend(name, runs, breaks))}
${errorTrend(runs, breaks)}</article>
`;
}

function verdictMark({ verdict, startedAt }: IndexEntry): Raw {
  const { tone, icon } = VERDICT_LOOKS[verdict];
  return html`<span class="outcome ${tone}" title="${VERDICT_WORDS[verdict]}, ${civil(startedAt)}">${icon}<span class="said">${VERDICT_WORDS[verdict]}</span></span>`;
}

function operationTrend(
  name: string,
  runs: readonly IndexEntry[],
  breaks: readonly number[],
): Fragment {
  const line = (which: "p50" | "p95"): TrendLine => ({
    name: which,
    color: `c-${which}`,
    dashed: which === "p50",
    values: runs.map(
      ({ operations }) => operations.find((one) => one.name === name)?.[which].valueUs ?? null,
    ),
  });
  return html`<p class="tr-name">${visible(name)}</p>${trendPlot({
    label: `Response time of ${visible(name)} over ${formatCount(runs.length)} runs; the table below holds the same figures`,
    lines: [line("p95"), line("p50")],
    breaks,
    format: formatMicros,
  })}`;
}

function errorTrend(runs: readonly IndexEntry[], breaks: readonly number[]): Fragment {
  const values = runs.map(({ errorRatio }) => errorRatio);
  const plot = trendPlot({
    label: `Error ratio over ${formatCount(runs.length)} runs; the table below holds the same figures`,
    lines: [{ name: "", color: "c-bad", dashed: false, values }],
    breaks,
    format: formatRatio,
  });
  return plot && html`<p class="tr-name">error ratio</p>${plot}`;
}

/** @param entries the newest first */
export function runs(entries: readonly IndexEntry[]): Raw {
  return section(
    "runs",
    "Runs",
    table({
      caption:
        "Runs, the newest first; response times by operation, p50 and p95 of the steady phase",
      columns: [
        { head: "run", whole: true },
        { head: "verdict", whole: true },
        { head: "profile", whole: true },
        { head: "sent", numeric: true },
        { head: "error ratio", numeric: true },
        { head: "p50 / p95 by operation", whole: true },
        { head: "why", wide: true },
      ],
      rows: entries.map((entry) => [
        html`<a href="${encodeURIComponent(entry.folder)}/report.html">${civil(entry.startedAt)}</a>`,
        verdictCell(entry),
        html`${visible(entry.profile)}<small>${visible(entry.kind)} on ${visible(entry.environment)}</small>`,
        formatCount(entry.sent),
        entry.errorRatio === null ? DASH : formatRatio(entry.errorRatio),
        entry.operations.length === 0
          ? DASH
          : html`<ul class="tr-ops">${entry.operations.map(figures)}</ul>`,
        sentence(entry.reason),
      ]),
    }),
  );
}

function verdictCell({ verdict, interrupted }: IndexEntry): Raw {
  const { tone, icon } = VERDICT_LOOKS[verdict];
  return html`<span class="outcome ${tone}">${icon}${VERDICT_WORDS[verdict]}</span>${interrupted && html`<small>interrupted</small>`}`;
}

function figures({ name, p50, p95 }: IndexEntry["operations"][number]): Raw {
  return html`<li>${formatSide(p50.valueUs, p50.censored)} / ${formatSide(p95.valueUs, p95.censored)} <small>${visible(name)}</small></li>`;
}
