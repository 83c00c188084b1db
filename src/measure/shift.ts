import { percentileInterval } from "./intervals.ts";
import type { Sample } from "./samples.ts";

/** How a percentile differs between two runs: candidate less baseline. */
export interface PercentileShift {
  readonly p: number;
  /** null: one of the two has no sample, or falls among censored ones. */
  readonly differenceUs: number | null;
  /** 95 %; an end that is null is unbounded, since a percentile falls among censored samples. */
  readonly interval: { readonly lowUs: number | null; readonly highUs: number | null } | null;
  /** Why there is no difference or no interval. */
  readonly reason?: string;
}

/**
 * The points of a shift plot (K. Doksum, "Empirical Probability Plots and Statistical Inference for Nonlinear Models in
 * the Two-Sample Case", Annals of Statistics 2, 1974): tenths of the distribution, and the tail that people ask for.
 */
export const SHIFT_PERCENTILES: readonly number[] = [
  5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 90, 95, 99, 99.9,
];

/**
 * The difference of a percentile between two runs that are independent of one another. Its interval joins the two that
 * each run states for itself, by the method of variance estimates recovery (G. Y. Zou and A. Donner, "Construction of
 * Confidence Limits about Effect Measures", Statistics in Medicine 27, 2008): with estimates b and c and intervals (l, u),
 *
 *   low  = c - b - sqrt((c - l_c)^2 + (u_b - b)^2)
 *   high = c - b + sqrt((u_c - c)^2 + (b - l_b)^2)
 *
 * It holds at each percentile taken alone, and knows nothing of how runs differ from one another for no reason at all.
 * Where an end is unbounded, or an estimate is censored, the plain difference of the bounds that exist stands in for it.
 *
 * @param p more than 0, less than 100 @throws RangeError for other numbers
 */
export function percentileShift(baseline: Sample, candidate: Sample, p: number): PercentileShift {
  const before = percentileInterval(baseline, p);
  const after = percentileInterval(candidate, p);
  const b = known(baseline, p);
  const c = known(candidate, p);
  const differenceUs = b === null || c === null ? null : c - b;
  if (!before.interval || !after.interval) {
    const reason = before.interval
      ? `candidate: ${after.reason ?? ""}`
      : `baseline: ${before.reason ?? ""}`;
    return { p, differenceUs, interval: null, reason };
  }
  const { lowUs: lowB, highUs: highB } = before.interval;
  const { lowUs: lowC, highUs: highC } = after.interval;
  const exact = differenceUs !== null && b !== null && c !== null;
  const lowUs =
    highB === null ? null : exact ? differenceUs - length(c - lowC, highB - b) : lowC - highB;
  const highUs =
    highC === null ? null : exact ? differenceUs + length(highC - c, b - lowB) : highC - lowB;
  const censored = `p${p} falls among censored samples`;
  if (lowUs === null && highUs === null) {
    return { p, differenceUs, interval: null, reason: `in both runs ${censored}` };
  }
  return {
    p,
    differenceUs,
    interval: {
      lowUs: lowUs === null ? null : Math.floor(lowUs),
      highUs: highUs === null ? null : Math.ceil(highUs),
    },
    ...(differenceUs === null && { reason: censored }),
  };
}

/** Not `Math.hypot`, which engines round as they like: a whole number must stay one. */
function length(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}

function known({ times }: Sample, p: number): number | null {
  const { valueUs, censored } = times.percentile(p);
  return censored ? null : valueUs;
}
