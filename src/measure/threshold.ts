import { formatMicros } from "../base/units.ts";
import type { CensoredHistogram } from "./censored.ts";
import type { Figure, MeasuredTime } from "./figure.ts";
import { oneSidedBounds } from "./intervals.ts";
import { proportionBounds } from "./proportion.ts";
import type { Sample } from "./samples.ts";

/** A pass-or-fail check on the steady phase of one run. */
export interface Threshold {
  /** As the profile wrote it. */
  readonly text: string;
  /** null: all operations together. */
  readonly operation: string | null;
  readonly figure: Figure;
  /** The largest value that meets it, in the figure's unit (`figureUnit`). */
  readonly limit: number;
}

/** What thresholds judge: one operation's steady phase, or that of all operations together. */
export interface Figures {
  readonly serviceTime: Sample;
  readonly responseTime: Sample;
  readonly planned: number;
  readonly sent: number;
  /** Failed, and answered but not as expected. */
  readonly errors: number;
  readonly dropped: number;
}

export interface ThresholdResult {
  readonly threshold: Threshold;
  readonly outcome: "met" | "missed" | "undecided" | "no-data";
  /** In the figure's unit; null without data. */
  readonly observed: number | null;
  /** True: more than `observed`. */
  readonly observedCensored: boolean;
  /** The one-sided 95 % bounds that decided; null for observed figures, and where none exists at this size. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** In words: why this outcome. */
  readonly reason: string;
}

type Decision = Omit<ThresholdResult, "threshold">;

/**
 * Percentiles and ratios, seen on a sample, are decided one-sided at 95 %: `met` if the upper bound is within the
 * limit, `missed` if the lower bound is beyond it, else `undecided`. Counts and maxima say what happened in this
 * run and nothing beyond it, so they are always decided. Without data nothing is met.
 *
 * Two rules that follow from that:
 * - A ratio's limit of 0 is decided as observed. No number of trials brings an upper bound down to 0, so the limit
 *   could be missed but never met; what is asked is that none happened.
 * - A maximum with a censored sample is missed: a request that was never answered has no time within any limit.
 *
 * @param figures of the threshold's operation; `undefined`: nothing of it was measured
 */
export function decideThreshold(
  threshold: Threshold,
  figures: Figures | undefined,
): ThresholdResult {
  return { threshold, ...(figures ? decide(threshold, figures) : noData("nothing was measured")) };
}

function decide({ figure, limit }: Threshold, figures: Figures): Decision {
  switch (figure.kind) {
    case "percentile":
      return decidePercentile(figures[figure.time], figure.p, limit);
    case "max":
      return decideMaximum(figures[figure.time].times, figure.time, limit);
    case "ratio":
      return figure.of === "errorRatio"
        ? decideRatio(figures.errors, figures.sent, "sent", limit)
        : decideRatio(figures.dropped, figures.planned, "planned", limit);
    case "count":
      return figure.of === "errors"
        ? decideCount(figures.errors, figures.sent, "sent", limit)
        : decideCount(figures.dropped, figures.planned, "planned", limit);
  }
}

function decidePercentile(sample: Sample, p: number, max: number): Decision {
  const observed = sample.times.percentile(p);
  if (observed.valueUs === null) return noData("no sample in the steady phase");
  const { lowerUs, upperUs, upperReason } = oneSidedBounds(sample, p);
  const base = {
    observed: observed.valueUs,
    observedCensored: observed.censored,
    lower: lowerUs,
    upper: upperUs,
  };
  const limit = formatMicros(max);
  if (upperUs !== null && upperUs <= max) {
    const reason = `p${p} is at most ${formatMicros(upperUs)} at 95 % confidence, within ${limit}`;
    return { ...base, outcome: "met", reason };
  }
  if (lowerUs !== null && lowerUs > max) {
    const reason = `p${p} is at least ${formatMicros(lowerUs)} at 95 % confidence, beyond ${limit}`;
    return { ...base, outcome: "missed", reason };
  }
  const from = lowerUs === null ? "" : `at least ${formatMicros(lowerUs)}, `;
  const to =
    upperUs === null ? (upperReason ?? "no upper bound") : `at most ${formatMicros(upperUs)}`;
  const reason = `p${p} can't be told from ${limit} at 95 % confidence: ${from}${to}`;
  return { ...base, outcome: "undecided", reason };
}

function decideMaximum(h: CensoredHistogram, time: MeasuredTime, max: number): Decision {
  const limit = formatMicros(max);
  if (h.count === 0) return noData("no sample in the steady phase");
  const observed = Math.max(h.maxUs ?? 0, h.censoredMaxUs ?? 0);
  const base = { observed, lower: null, upper: null };
  if (h.censoredCount > 0) {
    const reason = `${h.censoredCount} of ${h.count} never had an answer, so the largest ${time} has no value within ${limit}`;
    return { ...base, observedCensored: true, outcome: "missed", reason };
  }
  const within = observed <= max;
  return {
    ...base,
    observedCensored: false,
    outcome: within ? "met" : "missed",
    reason: `the largest of ${h.count} was ${formatMicros(observed)}, ${within ? "within" : "beyond"} ${limit}`,
  };
}

function decideRatio(count: number, of: number, trials: string, max: number): Decision {
  if (of === 0) return noData(`nothing was ${trials} in the steady phase`);
  if (max === 0) {
    const { outcome, reason } = decideCount(count, of, trials, max);
    return { ...observedOnly(count / of), outcome, reason };
  }
  const { value, low, high } = proportionBounds(count, of);
  const base = { observed: value, observedCensored: false, lower: low, upper: high };
  const seen = `${count} of ${of} ${trials}`;
  if (high !== null && high <= max) {
    const reason = `${seen}: at most ${percent(high)} at 95 % confidence, within ${percent(max)}`;
    return { ...base, outcome: "met", reason };
  }
  if (low !== null && low > max) {
    const reason = `${seen}: at least ${percent(low)} at 95 % confidence, beyond ${percent(max)}`;
    return { ...base, outcome: "missed", reason };
  }
  const reason = `${seen}: between ${percent(low ?? 0)} and ${percent(high ?? 1)} at 95 % confidence on each side, so ${percent(max)} is open`;
  return { ...base, outcome: "undecided", reason };
}

function decideCount(count: number, of: number, trials: string, max: number): Decision {
  if (of === 0) return noData(`nothing was ${trials} in the steady phase`);
  const within = count <= max;
  const reason = `${count} of ${of} ${trials}, ${within ? "within" : "beyond"} ${max}`;
  return { ...observedOnly(count), outcome: within ? "met" : "missed", reason };
}

function observedOnly(observed: number) {
  return { observed, observedCensored: false, lower: null, upper: null };
}

function noData(why: string): Decision {
  return {
    outcome: "no-data",
    observed: null,
    observedCensored: false,
    lower: null,
    upper: null,
    reason: why,
  };
}

/** A ratio in percent, three digits. */
function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}
