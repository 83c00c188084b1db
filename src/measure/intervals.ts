import type { CensoredHistogram } from "./censored.ts";
import { lowerRank, samplesForLowerBound, samplesForUpperBound, upperRank } from "./ranks.ts";

/** What every interval and bound of a percentile supposes; reports print it. */
export const INDEPENDENCE_CAVEAT =
  "intervals take answers as independent of one another; answers close in time are not quite, so true intervals are wider";

export interface PercentileInterval {
  /** `highUs` null: unbounded, since the upper rank falls among censored samples. */
  readonly interval: { readonly lowUs: number; readonly highUs: number | null } | null;
  /** Why there is no interval. */
  readonly reason?: string;
}

export interface PercentileBounds {
  /** The percentile is at least this; null with a reason where no such bound exists. */
  readonly lowerUs: number | null;
  readonly lowerReason?: string;
  /** The percentile is at most this; null with a reason where no such bound exists. */
  readonly upperUs: number | null;
  readonly upperReason?: string;
}

/**
 * A two-sided interval of a percentile from order statistics, with exact binomial ranks; no shape of the
 * distribution is supposed. Takes samples as independent (`INDEPENDENCE_CAVEAT`). Censored samples count as at least
 * their bound for the low end and as infinite for the high end, so it covers whatever they would have been.
 * @param p more than 0, less than 100
 * @param effectiveCount how many independent samples the dependent ones are worth, at most `h.count`
 */
export function percentileInterval(
  h: CensoredHistogram,
  p: number,
  confidence = 0.95,
  effectiveCount = h.count,
): PercentileInterval {
  const eachSide = 1 - (1 - confidence) / 2;
  const bounds = oneSidedBounds(h, p, eachSide, effectiveCount);
  if (bounds.lowerUs === null) return { interval: null, reason: bounds.lowerReason ?? "" };
  if (upperRank(effectiveCount, p, 1 - eachSide) === null) {
    return { interval: null, reason: bounds.upperReason ?? "" };
  }
  return { interval: { lowUs: bounds.lowerUs, highUs: bounds.upperUs } };
}

/**
 * One-sided bounds of a percentile: each, taken alone, holds with the confidence asked for. Supposes what
 * `percentileInterval` supposes.
 * @param p more than 0, less than 100
 * @param effectiveCount as in `percentileInterval`
 * @throws RangeError for other numbers
 */
export function oneSidedBounds(
  h: CensoredHistogram,
  p: number,
  confidence = 0.95,
  effectiveCount = h.count,
): PercentileBounds {
  if (!(p > 0 && p < 100)) throw new RangeError(`no bounds for percentile ${p}`);
  if (!(effectiveCount >= 0 && effectiveCount <= h.count)) {
    throw new RangeError(`effective count ${effectiveCount} of ${h.count}`);
  }
  if (h.count === 0) {
    return { lowerUs: null, lowerReason: "no sample", upperUs: null, upperReason: "no sample" };
  }
  const n = Math.floor(effectiveCount);
  const lower = lowerRank(n, p, 1 - confidence);
  const upper = upperRank(n, p, 1 - confidence);
  // A rank among n independent samples stands for the same share of all samples, rounded away from the percentile.
  const perEffective = h.count / n;
  const lowerUs =
    lower === null ? null : h.atLeastAtRank(Math.max(1, Math.floor(lower * perEffective)));
  const upperUs =
    upper === null ? null : h.atMostAtRank(Math.min(h.count, Math.ceil(upper * perEffective)));
  return {
    lowerUs,
    ...(lower === null && {
      lowerReason: tooFew("lower", p, n, samplesForLowerBound(p, confidence)),
    }),
    upperUs,
    ...(upper === null
      ? { upperReason: tooFew("upper", p, n, samplesForUpperBound(p, confidence)) }
      : upperUs === null && {
          upperReason: `the upper bound of p${p} falls among the ${h.censoredCount} censored samples`,
        }),
  };
}

function tooFew(side: string, p: number, have: number, need: number): string {
  return `${side === "lower" ? "a" : "an"} ${side} bound of p${p} needs ${need} samples, there are ${have}`;
}
