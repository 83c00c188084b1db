import { binomialCdf } from "./beta.ts";

/** A share of `of` trials; null without a trial. `low` and `high` bound it at the confidence asked for. */
export interface ProportionInterval {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The exact two-sided interval of a proportion. Source: C. J. Clopper and E. S. Pearson, "The Use of Confidence or
 * Fiducial Limits Illustrated in the Case of the Binomial" (1934). It covers at least as often as it says, never less.
 * @param count successes, 0 to `of`
 * @param confidence more than 0, less than 1; each side errs with half the rest
 * @throws RangeError for any other numbers
 */
export function proportionInterval(
  count: number,
  of: number,
  confidence = 0.95,
): ProportionInterval {
  return bounds(count, of, (1 - confidence) / 2);
}

/** The exact one-sided bounds: each, taken alone, holds with the confidence asked for. @throws RangeError as above */
export function proportionBounds(count: number, of: number, confidence = 0.95): ProportionInterval {
  return bounds(count, of, 1 - confidence);
}

function bounds(count: number, of: number, error: number): ProportionInterval {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(of) || count < 0 || count > of) {
    throw new RangeError(`not a proportion: ${count} of ${of}`);
  }
  if (!(error > 0 && error < 1)) throw new RangeError("confidence is not between 0 and 1");
  if (of === 0) return { value: null, low: null, high: null };
  return {
    value: count / of,
    // The p at which seeing `count` or more is as unlikely as `error` allows, and the same for `count` or fewer.
    low: count === 0 ? 0 : firstWhere((p) => 1 - binomialCdf(count - 1, of, p) >= error),
    high: count === of ? 1 : firstWhere((p) => binomialCdf(count, of, p) <= error),
  };
}

/** By bisection, the least p in [0, 1] where a condition that stays true once true holds; to the last bit or 1e-12 of it. */
function firstWhere(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
