import { formatMicros, formatRate } from "../base/units.ts";
import { oneLine, visible } from "../guard/foreign-text.ts";
import type { Distribution, Percentile, Proportion, Report, ThresholdReport } from "./schema.ts";

/**
 * How a report's figures and outcomes read in words, the same in every view. Plain text: nothing here is
 * encoded for a format.
 */

export const VERDICT_WORDS: Readonly<Record<Report["verdict"], string>> = {
  stopped: "Stopped",
  invalid: "Invalid",
  failed: "Failed",
  inconclusive: "Inconclusive",
  passed: "Passed",
};

export const OUTCOME_WORDS: Readonly<Record<ThresholdReport["outcome"], string>> = {
  met: "met",
  missed: "missed",
  undecided: "undecided",
  "no-data": "no data",
};

const DURING_WORDS = {
  writing: "while the request was being written",
  waiting: "while waiting for the first byte of the answer",
  body: "in the middle of the answer",
} as const;

/** Where in its exchange a request failed; `undefined` where nothing of the kind is known. */
export function duringWords({ during }: Report["errors"][number]): string | undefined {
  return during ? DURING_WORDS[during] : undefined;
}

/** Stands where there is no figure. */
export const DASH = "–";

/** A sentence that we composed may quote more than one foreign value, but not a book. */
const SENTENCE_MAX = 1000;

/** Our own sentence, which may quote foreign text: its hidden characters written out, cut at 1 000 characters. */
export function sentence(text: string): string {
  return oneLine(text, SENTENCE_MAX);
}

/** `sentence`, with no line broken between a number and its unit. */
export function unbroken(text: string): string {
  return sentence(text).replace(/(?<=\d) (?=(?:µs|ms|s|min|h)\b|%)/g, "\u00a0");
}

/** Hidden characters written out as `visible` does, at any length. */
export function revealed(text: string): string {
  return text.replace(/[^ -~]/gu, visible);
}

/** Groups of three parted by no-break spaces from 1 000 on: `12 345`. */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
}

/** 0.0034 reads `0.34 %`: three significant digits. */
export function formatRatio(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}

/** `0.34 %, 95 % interval 0.2 to 0.6 %`, as far as known. */
export function formatProportion({ value, low, high }: Proportion): string {
  if (value === null) return DASH;
  if (low === null || high === null) return formatRatio(value);
  return `${formatRatio(value)}, 95 % interval ${formatRatioRange(low, high)}`;
}

/** `0.2 to 0.6 %`. */
export function formatRatioRange(low: number, high: number): string {
  return range(formatRatio(low), formatRatio(high));
}

/** Seconds from the first due time, to the tenth: `41.3 s`. */
export function formatAt(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

/** A length of time given in seconds. */
export function formatSeconds(seconds: number): string {
  return formatMicros(seconds * 1_000_000);
}

/** The distribution's percentile `p`; undefined where the report does not state it. */
export function percentileOf(distribution: Distribution, p: number): Percentile | undefined {
  return distribution.percentiles.find((percentile) => percentile.p === p);
}

/** Every percentile that one of the distributions states, ascending. */
export function statedPercentiles(distributions: readonly Distribution[]): number[] {
  const stated = distributions.flatMap(({ percentiles }) => percentiles.map(({ p }) => p));
  return [...new Set(stated)].sort((a, b) => a - b);
}

/** `412 ms`; `> 10 s` where the percentile falls among censored samples; a dash where there is no value. */
export function formatPercentile(percentile: Percentile | undefined): string {
  if (!percentile || percentile.valueUs === null) return DASH;
  return (percentile.censored ? "> " : "") + formatMicros(percentile.valueUs);
}

/** `398 to 431 ms`; `from 398 ms` where the upper bound falls among censored samples; undefined without an interval. */
export function formatInterval(percentile: Percentile | undefined): string | undefined {
  if (!percentile?.interval) return undefined;
  const { lowUs, highUs } = percentile.interval;
  if (highUs === null) return `from ${formatMicros(lowUs)}`;
  return range(formatMicros(lowUs), formatMicros(highUs));
}

/** `398 ms` and `431 ms` to `398 to 431 ms`: the unit once where both share it. */
function range(low: string, high: string): string {
  const [lowNumber, lowUnit] = low.split(" ");
  const highUnit = high.split(" ")[1];
  return lowUnit === highUnit ? `${lowNumber} to ${high}` : `${low} to ${high}`;
}

/**
 * The largest value; `≥` where samples are censored, since one of them may have been larger: as large at least as any
 * percentile that is known to lie beyond it.
 */
export function formatMax({ maxUs, censored, percentiles }: Distribution): string {
  if (maxUs === null) return DASH;
  if (censored === 0) return formatMicros(maxUs);
  return `≥ ${formatMicros(Math.max(maxUs, ...percentiles.map(({ valueUs }) => valueUs ?? 0)))}`;
}

/** A threshold's figure, limit or bound in its own unit; a dash for null. */
export function formatFigure(value: number | null, unit: ThresholdReport["unit"]): string {
  if (value === null) return DASH;
  if (unit === "us") return formatMicros(value);
  return unit === "ratio" ? formatRatio(value) : formatCount(value);
}

/** `812 ms`, `> 10 s`, or a dash. */
export function formatObserved({ observed, observedCensored, unit }: ThresholdReport): string {
  return (observedCensored ? "> " : "") + formatFigure(observed, unit);
}

/** The one-sided bounds that the decision used; undefined for a figure that is decided as observed. */
export function formatBounds({ lower, upper, unit }: ThresholdReport): string | undefined {
  if (lower === null && upper === null) return undefined;
  if (upper === null) return `at least ${formatFigure(lower, unit)}`;
  if (lower === null) return `at most ${formatFigure(upper, unit)}`;
  return range(formatFigure(lower, unit), formatFigure(upper, unit));
}

/** `5/s to 10/s for 30 s (ramp)`. */
export function formatStage(stage: Report["plan"]["stages"][number]): string {
  const { fromPerSecond: from, toPerSecond: to, durationS, phase } = stage;
  const rate = from === to ? formatRate(from) : `${formatRate(from)} to ${formatRate(to)}`;
  return `${rate} for ${formatSeconds(durationS)} (${phase})`;
}

/** The drops by reason, the reasons that occurred alone: `in-flight 12, cap 3`. Empty without drops. */
export function formatDrops(drops: Report["totals"]["drops"]): string {
  return Object.entries(drops)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(", ");
}

/** What of the planned requests was made for a second time; empty where nothing was. */
export function formatRepeats({ retries = 0, polls = 0 }: Report["totals"]): string {
  return [
    retries > 0 && `${formatCount(retries)} ${retries === 1 ? "retry" : "retries"}`,
    polls > 0 && `${formatCount(polls)} further ${polls === 1 ? "poll" : "polls"}`,
  ]
    .filter((part) => part !== false)
    .join(", ");
}

/** What became of what the run made; empty where it kept no account, or made nothing. */
export function formatCleanUp(cleanUp: Report["cleanUp"]): string {
  if (!cleanUp || cleanUp.created + cleanUp.unknown === 0) return "";
  const { created, ended, cancelled, left, leftUnlisted, unknown } = cleanUp;
  return [
    `${formatCount(created)} made, ${formatCount(ended)} ended by journeys`,
    `${formatCount(cancelled)} cancelled at the end`,
    `${formatCount(left.length + leftUnlisted)} left`,
    ...(unknown > 0 ? [`${formatCount(unknown)} unknown`] : []),
  ].join(", ");
}

/** Seconds between a run's first and last moment. */
export function runLengthS({ startedAt, endedAt }: Report["run"]): number {
  return Math.max(0, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}
