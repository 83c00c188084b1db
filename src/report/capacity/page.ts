import { createHash } from "node:crypto";
import { formatRate } from "../../base/units.ts";
import { visible } from "../../guard/foreign-text.ts";
import { formatRatio, sentence } from "../figures.ts";
import { type Fragment, html, type Raw, raw } from "../html/escape.ts";
import { VERDICT_LOOKS } from "../html/icon.ts";
import { civil } from "../html/sections/summary.ts";
import { STYLE } from "../html/style.ts";
import { facts, howToRead, section, table } from "../html/table.ts";
import type { CapacityReport } from "./schema.ts";
import {
  ABOUT,
  askedWords,
  confirmationWords,
  figureWords,
  HOW_TO_READ,
  limitWords,
  OUTCOME_WORDS,
  rangeWords,
  realWords,
} from "./words.ts";

const LOOKS = {
  "no-target": VERDICT_LOOKS.passed,
  met: VERDICT_LOOKS.passed,
  "not-met": VERDICT_LOOKS.failed,
  "no-capacity": VERDICT_LOOKS.failed,
  undecided: VERDICT_LOOKS.inconclusive,
} as const;

/** A capacity check as one HTML file without a script, which asks nothing of any network. The same report gives the same bytes. */
export function renderCapacityPage(report: CapacityReport): string {
  const { check } = report;
  const hash = createHash("sha256").update(STYLE, "utf8").digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Capacity of ${visible(check.profile)}: ${OUTCOME_WORDS[report.outcome]}</title>
<link rel="icon" href="data:,">
<style>${raw(STYLE)}</style>
</head>
<body>
<div class="shell runs">
<main id="content">
${band(report)}
${section("figures", "The answer", facts(figureWords(report)), html`<p>${sentence(report.binds)}</p>`, howToRead(HOW_TO_READ))}
${section("asked", "Asked", facts(askedWords(report).map(([name, value]) => [name, sentence(value)])))}
${warnings(report)}
${section("cases", "The limit, and what it hangs on", limits(report))}
${section("bounds", "Arithmetic", bounds(report))}
${section("real", "In real time", real(report))}
${section("again", "Again", html`<p><code>${sentence(check.command)}</code></p>`)}
<footer>Made by ${check.tool.name} ${visible(check.tool.version)}. capacity.json, beside this page, holds every figure in full.</footer>
</main>
</div>
</body>
</html>
`.markup;
}

function band({ check, outcome, reason }: CapacityReport): Raw {
  const { tone, icon } = LOOKS[outcome];
  return html`<header class="verdict ${tone}" id="verdict">${icon}<div>
<h1>${OUTCOME_WORDS[outcome]}</h1>
<p class="of">Capacity of <strong>${visible(check.profile)}</strong> on the <strong>emulator</strong>, <time datetime="${check.startedAt}">${civil(check.startedAt)}</time></p>
</div><p class="why">${sentence(reason)}</p><p class="why stop">${ABOUT}</p></header>
`;
}

function warnings({ warnings }: CapacityReport): Fragment {
  if (warnings.length === 0) return null;
  return section(
    "warnings",
    "Left out of the model",
    warnings.map(
      ({ code, text }) => html`<p class="note doubt"><code>${code}</code> ${sentence(text)}</p>`,
    ),
  );
}

function limits({ cases }: CapacityReport): Raw {
  return table({
    caption:
      "The highest rate of journeys within the criteria, by case and share of journeys throttled",
    columns: [
      { head: "Case", whole: true },
      { head: "Bound", numeric: true },
      { head: "Throttled at most", numeric: true },
      { head: "Limit", numeric: true },
      { head: "95 % interval", numeric: true },
      { head: "What binds", wide: true },
      { head: "Confirmed by", wide: true },
    ],
    rows: cases.flatMap(({ name, bound, found }) =>
      found.map((one) => [
        name,
        formatRate(bound.journeysPerSecond),
        formatRatio(one.throttledShare),
        limitWords(one),
        rangeWords(one),
        sentence(one.binds),
        confirmationWords(one),
      ]),
    ),
  });
}

function bounds({ cases }: CapacityReport): Raw {
  return table({
    caption: "Requests per journey against the quota, by category",
    columns: [
      { head: "Category", whole: true },
      { head: "Case", whole: true },
      { head: "Requests a journey", numeric: true },
      { head: "Quota", numeric: true },
      { head: "Journeys", numeric: true },
    ],
    rows: cases.flatMap(({ name, latencyFactor, bound }) =>
      latencyFactor === 1
        ? bound.categories.map((one) => [
            one.category,
            name,
            Number(one.requestsPerJourney.toPrecision(3)),
            formatRate(one.quotaPerSecond),
            formatRate(one.journeysPerSecond),
          ])
        : [],
    ),
  });
}

function real({ real }: CapacityReport): Fragment {
  if (real.notRun !== null) return html`<p>Not run: ${sentence(real.notRun)}.</p>`;
  const items = real.runs.map(
    (run) => html`<li>${realWords(run)} (<a href="${run.folder}/report.html">its report</a>)</li>`,
  );
  return html`<ul>${items}</ul>`;
}
