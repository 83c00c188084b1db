import { formatMicros } from "../base/units.ts";
import { visible } from "../guard/foreign-text.ts";
import {
  COMPARISON_WORDS,
  comparedWith,
  formatDifference,
  formatShiftInterval,
  formatSide,
  JUDGED_WORDS,
  missingReasons,
  SHIFT_BASIS,
  shownPoints,
} from "./comparison-text.ts";
import { formatConformance, formatMet, POINT_WORDS } from "./drill-text.ts";
import {
  DASH,
  duringWords,
  formatBounds,
  formatCleanUp,
  formatCount,
  formatDrops,
  formatMax,
  formatObserved,
  formatPercentile,
  formatProportion,
  formatRepeats,
  formatSeconds,
  OUTCOME_WORDS,
  percentileOf,
  runLengthS,
  sentence,
  VERDICT_WORDS,
} from "./figures.ts";
import { formatRefused, gateFacts, SEEN_BY, showsLimit } from "./gate-text.ts";
import type { Report } from "./schema.ts";

/** A pull request comment holds 65 536 characters on GitHub; these keep the longest report well below. */
const ROWS_MAX = 25;

/** A report as Markdown (GitHub's and GitLab's), fit for a step summary and for a comment on a pull request. */
export function renderMarkdown(report: Report): string {
  const { run, verdict, interrupted } = report;
  const word = VERDICT_WORDS[verdict].toLowerCase() + (interrupted ? ", interrupted" : "");
  const parts = [
    `## klarna-perf: ${word}`,
    `**${escaped(visible(run.profile))}** on **${escaped(visible(run.environment))}**, ${run.startedAt}: ${escaped(sentence(report.verdictReason))}`,
    stopReason(report),
    thresholds(report),
    gate(report),
    drill(report),
    totals(report),
    operations(report),
    comparison(report),
    errors(report),
    warnings(report),
    `Run it again: ${code(sentence(run.command))}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function stopReason({ stopReason }: Report): string {
  if (!stopReason) return "";
  const { code: rule, text, advice } = stopReason;
  return `**Stopped** by rule ${code(visible(rule))}: ${escaped(sentence(text))} **What to do:** ${escaped(sentence(advice))}`;
}

function thresholds({ thresholds }: Report): string {
  if (thresholds.length === 0) return "### Thresholds\n\nThe profile sets none.";
  const rows = thresholds.map((threshold) => [
    threshold.outcome === "met" ? "met" : `**${OUTCOME_WORDS[threshold.outcome]}**`,
    code(visible(threshold.text)),
    escaped(formatObserved(threshold)),
    formatBounds(threshold) ?? DASH,
    escaped(sentence(threshold.reason)),
  ]);
  const heads = ["outcome", "threshold", "observed >", "95 % bounds", "why"];
  return `### Thresholds\n\n${table(heads, rows)}`;
}

function gate(report: Report): string {
  const { gate } = report;
  if (!gate) return "";
  const lines = [
    ...gateFacts(gate, report).map(([name, text]) => `${name}: ${escaped(text)}`),
    ...gate.refused.map((one) => `refused: ${escaped(formatRefused(one))}`),
  ];
  return `### ${SEEN_BY[gate.seenBy].heading}\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function drill(report: Report): string {
  const { drill } = report;
  if (!drill || !showsLimit(report)) return "";
  const rows = drill.points.map(({ outcome, text, evidence }) => [
    outcome === "pass" ? POINT_WORDS.pass : `**${POINT_WORDS[outcome]}**`,
    escaped(text),
    escaped(sentence(evidence)),
  ]);
  const lead = `The client ${formatConformance(drill)}; ${escaped(sentence(formatMet(drill)))}`;
  return `### The client at the rate limit\n\n${lead}.\n\n${table(["", "point", "evidence"], rows)}`;
}

function totals({ totals, run, cleanUp }: Report): string {
  const drops = formatDrops(totals.drops);
  const repeats = formatRepeats(totals);
  const made = formatCleanUp(cleanUp);
  const lines = [
    `${formatCount(totals.planned)} planned: ${formatCount(totals.sent)} sent, ${formatCount(totals.dropped)} dropped${drops && ` (${drops})`}`,
    `${formatCount(totals.sent)} sent: ${formatCount(totals.answered)} answered (${formatCount(totals.unexpected)} not as expected), ${formatCount(totals.failed)} failed, ${formatCount(totals.unfinished)} unfinished`,
    ...(repeats === "" ? [] : [`of the planned, ${repeats}`]),
    `error ratio ${formatProportion(totals.errorRatio)}`,
    ...(made === "" ? [] : [`clean-up: ${made}`]),
    `run time ${formatSeconds(runLengthS(run))}`,
  ];
  return `### Requests\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function operations({ operations }: Report): string {
  const figures = [50, 95, 99];
  const rows = operations.map((one) => [
    code(visible(one.name)),
    formatCount(one.responseTime.count),
    ...figures.map((p) => escaped(formatPercentile(percentileOf(one.responseTime, p)))),
    formatMax(one.responseTime),
    escaped(formatPercentile(percentileOf(one.serviceTime, 95))),
    formatCount(one.counts.failed + one.counts.unexpected),
  ]);
  const heads = [
    "operation",
    "samples >",
    "p50 >",
    "p95 >",
    "p99 >",
    "max >",
    "service p95 >",
    "errors >",
  ];
  return `### Response time\n\nFrom due to end, expected answers of the steady phase; errors of the whole run. \`>\` and \`≥\`: censored samples are known only to be at least so long.\n\n${table(heads, rows)}`;
}

function comparison({ comparison }: Report): string {
  if (!comparison) return "";
  const { outcome, reason, judged, operations } = comparison;
  const id = comparedWith(comparison);
  const beside = id === undefined ? "" : ` with ${code(visible(id))}`;
  const parts = [
    `### Comparison\n\n**${COMPARISON_WORDS[outcome]}**${beside}: ${escaped(sentence(reason))}`,
  ];
  if (judged.length > 0) {
    const rows = judged.map((one) => [
      one.outcome === "beyond" ? `**${JUDGED_WORDS.beyond}**` : JUDGED_WORDS[one.outcome],
      code(visible(one.operation)),
      code(visible(one.figure)),
      formatSide(one.expectedUs, false),
      formatSide(one.limitUs, false),
      escaped(formatSide(one.candidateUs, one.candidateCensored)),
    ]);
    parts.push(table(["outcome", "operation", "figure", "usual >", "limit >", "now >"], rows));
  }
  if (operations.length > 0) {
    const rows = operations.flatMap((operation) =>
      shownPoints(operation).map((point) => [
        code(visible(operation.name)),
        `p${point.p}`,
        escaped(formatSide(point.baselineUs, point.baselineCensored)),
        escaped(formatSide(point.candidateUs, point.candidateCensored)),
        escaped(formatDifference(point)),
        escaped(formatShiftInterval(point)),
      ]),
    );
    const heads = ["operation", "", "before >", "now >", "difference >", "95 % interval >"];
    const missing = missingReasons(comparison).map((one) => `${DASH}: ${escaped(sentence(one))}`);
    parts.push(table(heads, rows), ...missing, SHIFT_BASIS);
  }
  return parts.join("\n\n");
}

function errors({ errors }: Report): string {
  if (errors.length === 0) return "";
  const rows = errors.map((error) => [
    code(visible(error.operation)),
    [code(visible(error.what)), duringWords(error)].filter(Boolean).join(" "),
    error.errorCode === null ? DASH : code(visible(error.errorCode)),
    formatCount(error.count),
    formatMicros(error.firstAtS * 1_000_000),
    error.correlationIds.map((id) => code(visible(id))).join(" ") || DASH,
  ]);
  const heads = ["operation", "what", "error code", "count >", "first after >", "correlation ids"];
  return `### Errors\n\n${table(heads, rows)}`;
}

function warnings({ warnings }: Report): string {
  if (warnings.length === 0) return "";
  const lines = warnings.map(
    ({ code: rule, text }) => `- Warning ${code(visible(rule))}: ${escaped(sentence(text))}`,
  );
  return `### Warnings\n\n${shortened(lines, (left) => `- and ${left} more`).join("\n")}`;
}

/** A head that ends in ` >` is right-aligned. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = shortened(rows.map(line), (left) =>
    line([`and ${left} more`, ...heads.slice(1).map(() => "")]),
  );
  return [
    line(heads.map((head) => head.replace(/ >$/, ""))),
    line(heads.map((head) => (head.endsWith(" >") ? "--:" : "---"))),
    ...body,
  ].join("\n");
}

function shortened(lines: readonly string[], rest: (left: number) => string): string[] {
  if (lines.length <= ROWS_MAX) return [...lines];
  return [...lines.slice(0, ROWS_MAX), rest(lines.length - ROWS_MAX)];
}

/** Monospaced. Not a backtick span: its content can't be encoded, and in a table a pipe would end it. */
export function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/**
 * Text that stays text: what Markdown or HTML gives a meaning becomes a character reference, which can't
 * (CommonMark 0.31, 6.2). Mentions, references and bare addresses are looked for after that step, so a
 * zero-width space breaks those up.
 */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"'\\`*_{}[\]|~#@$!]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/(&#(?:33|35|36|38|64|126);|[%^])(?=[\w&])/g, "$1&#8203;")
    .replace(/:\/\//g, ":&#8203;//")
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}&#8203;.`);
}
