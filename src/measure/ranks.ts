import { binomialCdf } from "./beta.ts";

/**
 * Which order statistics bound a percentile, whatever the distribution. Of `n` independent samples the number at
 * or below the true percentile is binomial, so P(true percentile < X_(r)) = P(B <= r - 1) (H. A. David and
 * H. N. Nagaraja, "Order Statistics", 3rd ed., section 7.1). No histogram in here: `plan` asks too.
 */

/** Far above the rounding of a probability: one sample's p95 has a lower bound at exactly 5 %, and must not lose it. */
const ROUNDING = 1e-12;

/**
 * The largest rank whose sample is at most the true percentile, wrong with probability `error` at most.
 * @param p more than 0, less than 100 @returns 1 to n, or null where even the smallest sample can't say so
 */
export function lowerRank(n: number, p: number, error: number): number | null {
  // Sought: the most r with P(B <= r - 1) <= error.
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (binomialCdf(middle - 1, n, p / 100) <= error * (1 + ROUNDING)) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? null : low;
}

/**
 * The smallest rank whose sample is at least the true percentile, wrong with probability `error` at most.
 * @param p more than 0, less than 100 @returns 1 to n, or null where even the largest sample can't say so
 */
export function upperRank(n: number, p: number, error: number): number | null {
  // By symmetry, counting from the top: fewer roundings than with 1 - error.
  const fromTop = lowerRank(n, 100 - p, error);
  return fromTop === null ? null : n + 1 - fromTop;
}

/**
 * Samples from which on an upper bound of the percentile exists: the least n with (p / 100)^n <= error.
 * One-sided at 95 %: 59 for p95, 299 for p99, 2995 for p99.9.
 */
export function samplesForUpperBound(p: number, confidence = 0.95): number {
  return Math.ceil((Math.log(1 - confidence) / Math.log(p / 100)) * (1 - ROUNDING));
}

/** Samples from which on a lower bound exists. One-sided at 95 %: 5 for p50, 2 for p90, 1 for p95 and above. */
export function samplesForLowerBound(p: number, confidence = 0.95): number {
  return samplesForUpperBound(100 - p, confidence);
}
