import { formatRate } from "../../../base/units.ts";
import { visible } from "../../../guard/foreign-text.ts";
import {
  DASH,
  formatAt,
  formatBounds,
  formatCleanUp,
  formatCount,
  formatDrops,
  formatObserved,
  formatProportion,
  formatRepeats,
  formatSeconds,
  formatStage,
  OUTCOME_WORDS,
  runLengthS,
  sentence,
  unbroken,
  VERDICT_WORDS,
} from "../../figures.ts";
import type { Report, ThresholdReport } from "../../schema.ts";
import { type Fragment, html, type Raw } from "../escape.ts";
import { OUTCOME_LOOKS, VERDICT_LOOKS } from "../icon.ts";
import { facts, section } from "../table.ts";

/** The first screen: verdict, what was asked, what happened, thresholds. */

export function verdictBand(report: Report): Raw {
  const { tone, icon } = VERDICT_LOOKS[report.verdict];
  const { run, stopReason } = report;
  const saidBelow = stopReason !== null && stopReason.text === report.verdictReason;
  return html`<header class="verdict ${tone}" id="verdict">${icon}<div>
<h1>${VERDICT_WORDS[report.verdict]}${report.interrupted && ", interrupted"}</h1>
<p class="of"><strong>${visible(run.profile)}</strong> on <strong>${visible(run.environment)}</strong>, <time datetime="${run.startedAt}">${civil(run.startedAt)}</time></p>
</div>${!saidBelow && html`<p class="why">${unbroken(report.verdictReason)}</p>`}${stopped(report)}
${gist(report)}</header>
`;
}

function stopped({ stopReason }: Report): Fragment {
  if (!stopReason) return null;
  const { code, text, advice, atS } = stopReason;
  return html`<p class="why stop">Stopped after ${formatAt(atS)} by rule <code>${visible(code)}</code>: ${unbroken(text)}<br><strong>What to do:</strong> ${unbroken(advice)}</p>`;
}

/** The first screen in three lines, where there is no room for all of it. */
function gist(report: Report): Raw {
  const { totals, thresholds } = report;
  const expected = totals.answered - totals.unexpected;
  const rest = totals.sent - expected;
  const asked = inAll(report);
  const happened = [
    `${formatCount(totals.sent)} of ${formatCount(totals.planned)} planned sent, ${formatCount(expected)} answered as expected`,
    ...(rest > 0 ? [`${formatCount(rest)} not`] : []),
    ...(totals.dropped > 0 ? [`${formatCount(totals.dropped)} dropped`] : []),
  ];
  const outcomes = Object.entries(OUTCOME_WORDS).flatMap(([outcome, word]) => {
    const count = thresholds.filter((one) => one.outcome === outcome).length;
    return count > 0 ? [`${formatCount(count)} ${word}`] : [];
  });
  return html`<dl class="gist"><div><dt><a href="#asked">Asked</a></dt><dd>${asked}</dd></div>
<div><dt><a href="#happened">Happened</a></dt><dd>${happened.join(", ")}</dd></div>
<div><dt><a href="#thresholds">Thresholds</a></dt><dd>${outcomes.join(", ") || "none set"}</dd></div></dl>`;
}

/** An application's requests are in no plan. */
function inAll({ plan, gate }: Report): string {
  const time = formatSeconds(plan.durationS);
  return gate
    ? `what an application asks for, ${time} at most`
    : `${formatCount(plan.journeys)} journeys, ${formatCount(plan.requests)} requests in ${time}`;
}

export function asked(report: Report): Raw {
  const { run, plan, guard, gate } = report;
  const stages = plan.stages.map((one) => html`<li>${formatStage(one)}</li>`);
  const caps = plan.categories.map(
    ({ category, capPerSecond, bursts }) =>
      html`<li>${visible(category)}: ${formatRate(capPerSecond)}${bursts && `, ${formatRate(bursts.capPerSecond)} in bursts`}</li>`,
  );
  return section(
    "asked",
    "What was asked",
    facts([
      [
        "Profile",
        html`${visible(run.profile)}${run.description && html`: ${visible(run.description)}`}`,
      ],
      ["Kind", visible(run.kind)],
      ["Environment", html`${visible(run.environment)} <code>${visible(guard.origin)}</code>`],
      ["Journeys", gate ? null : html`<ul>${stages}</ul>`],
      ["Cap", html`<ul>${caps}</ul>`],
      ["In flight", html`at most ${formatCount(plan.maxInFlight)}`],
      ["In all", inAll(report)],
    ]),
  );
}

export function happened({ run, totals, cleanUp, gate }: Report): Raw {
  const made = formatCleanUp(cleanUp);
  const expected = totals.answered - totals.unexpected;
  const parts = [
    { look: "f-good", n: expected },
    { look: "f-unexpected", n: totals.unexpected },
    { look: "f-failed", n: totals.failed },
    { look: "f-unfinished", n: totals.unfinished },
    { look: "f-dropped", n: totals.dropped },
  ];
  const line = (depth: number, name: string, n: number, why?: string, look?: string): Raw =>
    html`<tr class="in${depth}${depth === 0 && " strong"}"><th scope="row">${swatch(look)}${name}${why && html`<small>${why}</small>`}</th><td class="num">${formatCount(n)}</td></tr>\n`;
  return section(
    "happened",
    "What happened",
    bar(parts),
    html`<table class="sum"><caption class="said">Requests by outcome</caption><tbody>
${line(0, "planned", totals.planned, gate ? "what came and might be passed on" : forecast(totals))}
${line(1, "sent", totals.sent)}
${line(2, "answered as expected", expected, "", "f-good")}
${line(2, "answered otherwise", totals.unexpected, "", "f-unexpected")}
${line(2, "failed", totals.failed, totals.failed > 0 ? "no answer" : "", "f-failed")}
${line(2, "unfinished", totals.unfinished, totals.unfinished > 0 ? "the server may still have executed them" : "", "f-unfinished")}
${line(1, "dropped", totals.dropped, formatDrops(totals.drops), "f-dropped")}
</tbody></table>`,
    facts([
      ["Error ratio", formatProportion(totals.errorRatio)],
      ["Drop ratio", formatProportion(totals.dropRatio)],
      ...(made === "" ? [] : [["Clean-up", made] as const]),
      ["Run time", formatSeconds(runLengthS(run))],
    ]),
  );
}

function forecast(totals: Report["totals"]): string {
  const { forecast, planned, notReached, notDue } = totals;
  const repeats = formatRepeats(totals);
  if (planned === forecast && repeats === "") return "as forecast";
  const missing = [
    repeats !== "" && repeats,
    notReached > 0 &&
      `${formatCount(notReached)} not reached: a step before did not succeed, or a condition did not hold`,
    notDue > 0 && `${formatCount(notDue)} not due when the run ended`,
  ].filter((part) => part !== false);
  return [`forecast ${formatCount(forecast)}`, ...missing].join("; ");
}

function swatch(look: string | undefined): Fragment {
  return (
    look &&
    html`<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect class="${look}" width="1" height="1"/></svg>`
  );
}

/** Parts of a whole side by side, in a width of 1 000; a part that is not zero is never too thin to see. */
function bar(parts: readonly { look: string; n: number }[]): Fragment {
  const shown = parts.filter(({ n }) => n > 0);
  const total = shown.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return null;
  const widths = shown.map(({ n }) => Math.max(6, (1000 * n) / total));
  const scale = 1000 / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const rects = shown.map(({ look }, i) => {
    const width = (widths[i] ?? 0) * scale;
    const rect = html`<rect class="${look}" x="${x.toFixed(1)}" width="${Math.max(0, width - (i < shown.length - 1 ? 2 : 0)).toFixed(1)}" height="10"/>`;
    x += width;
    return rect;
  });
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}

export function thresholds({ thresholds }: Report): Raw {
  if (thresholds.length === 0) {
    return section(
      "thresholds",
      "Thresholds",
      html`<p class="lead">The profile sets none, so nothing but the run itself was judged.</p>`,
    );
  }
  // The roles are spelled out because a narrow screen lays the rows out as blocks, which would lose them.
  return section(
    "thresholds",
    "Thresholds",
    html`<table class="stack" role="table"><caption class="said">Thresholds, each with its outcome and the reason</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">outcome</th><th role="columnheader" scope="col">threshold</th><th role="columnheader" scope="col" class="num">observed</th><th role="columnheader" scope="col">95 % bounds</th><th role="columnheader" scope="col">why</th></tr></thead>
<tbody role="rowgroup">${thresholds.map(thresholdRow)}</tbody></table>`,
  );
}

function thresholdRow(threshold: ThresholdReport): Raw {
  const { tone, icon } = OUTCOME_LOOKS[threshold.outcome];
  const bounds = formatBounds(threshold);
  return html`<tr role="row"><td role="cell"><span class="outcome ${tone}">${icon}${OUTCOME_WORDS[threshold.outcome]}</span></td>
<th role="rowheader" scope="row"><code>${visible(threshold.text)}</code></th>
<td role="cell" class="num" data-head="observed">${formatObserved(threshold)}</td>
<td role="cell" class="bounds" data-head="95 % bounds">${bounds ?? (threshold.observed === null ? DASH : "none needed")}</td>
<td role="cell" class="reason">${unbroken(threshold.reason)}</td></tr>
`;
}

export function warnings({ warnings }: Report): Fragment {
  if (warnings.length === 0) return null;
  return section(
    "warnings",
    "Warnings",
    warnings.map(
      ({ code, text }) =>
        html`<p class="note doubt">${sentence(text)} <code>${visible(code)}</code></p>
`,
    ),
  );
}

/** `2026-08-27 10:15:00 UTC`. */
export function civil(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
