import { lowerRank, samplesForLowerBound, samplesForUpperBound, upperRank } from "./ranks.ts";
import type { Sample } from "./samples.ts";

/** What every interval and bound of a percentile rests on; reports print it. */
export const INTERVAL_BASIS =
  "Intervals count answers as so many independent ones as the run shows them to be worth, since answers close in time resemble one another; of what happens less than a few times in a run they know nothing.";

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
  /** True: the upper rank falls among censored samples, so that the percentile may be anything above. */
  readonly upperCensored: boolean;
}

/**
 * A two-sided interval of a percentile from order statistics, with exact binomial ranks at the effective count; no shape
 * of the distribution is supposed. Censored samples count as at least their bound for the low end and as infinite for
 * the high end, so it covers whatever they would have been.
 * @param p more than 0, less than 100
 */
export function percentileInterval(
  sample: Sample,
  p: number,
  confidence = 0.95,
): PercentileInterval {
  const eachSide = 1 - (1 - confidence) / 2;
  const bounds = oneSidedBounds(sample, p, eachSide);
  if (bounds.lowerUs === null) return { interval: null, reason: bounds.lowerReason ?? "" };
  if (bounds.upperUs === null && !bounds.upperCensored) {
    return { interval: null, reason: bounds.upperReason ?? "" };
  }
  return { interval: { lowUs: bounds.lowerUs, highUs: bounds.upperUs } };
}

/**
 * One-sided bounds of a percentile: each, taken alone, holds with the confidence asked for.
 * @param p more than 0, less than 100 @throws RangeError for other numbers
 */
export function oneSidedBounds(
  { times, effective }: Sample,
  p: number,
  confidence = 0.95,
): PercentileBounds {
  if (!(p > 0 && p < 100)) throw new RangeError(`no bounds for percentile ${p}`);
  if (times.count === 0) return noBounds("no sample");
  if (effective.count === null) return noBounds(effective.reason);
  const n = effective.count;
  if (!(Number.isSafeInteger(n) && n >= 0 && n <= times.count)) {
    throw new RangeError(`effective count ${n} of ${times.count}`);
  }
  const lower = lowerRank(n, p, 1 - confidence);
  const upper = upperRank(n, p, 1 - confidence);
  // A rank among n independent samples stands for the same share of all samples, rounded away from the percentile.
  const perEffective = times.count / n;
  const lowerUs =
    lower === null ? null : times.atLeastAtRank(Math.max(1, Math.floor(lower * perEffective)));
  const upperUs =
    upper === null
      ? null
      : times.atMostAtRank(Math.min(times.count, Math.ceil(upper * perEffective)));
  return {
    lowerUs,
    ...(lower === null && {
      lowerReason: tooFew("a lower", p, samplesForLowerBound(p, confidence), times.count, n),
    }),
    upperUs,
    upperCensored: upper !== null && upperUs === null,
    ...(upper === null
      ? { upperReason: tooFew("an upper", p, samplesForUpperBound(p, confidence), times.count, n) }
      : upperUs === null && {
          upperReason: `the upper bound of p${p} falls among the ${times.censoredCount} censored samples`,
        }),
  };
}

function noBounds(reason: string): PercentileBounds {
  return {
    lowerUs: null,
    lowerReason: reason,
    upperUs: null,
    upperReason: reason,
    upperCensored: false,
  };
}

function tooFew(bound: string, p: number, need: number, have: number, worth: number): string {
  return have < need
    ? `${bound} bound of p${p} needs ${need} samples, there are ${have}`
    : `${bound} bound of p${p} needs ${need} independent samples, and the ${have} there are depend on one another so much that they are worth ${worth}`;
}
