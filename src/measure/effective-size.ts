import { INTERVALS_LEAST } from "./record-interval.ts";
import { studentQuantile } from "./student.ts";

/**
 * How many independent samples the samples of a run are worth. Answers close in time resemble one another: a slow
 * second has many slow answers, and counting each as news of its own would promise more than the run showed.
 *
 * The run is cut into batches of time. Of a batch's N samples, E lie at or beyond a cut, as a share q of all n samples
 * does. Were samples independent, the E would scatter about qN as a binomial count does; how much more they scatter is
 * the variance inflation (the "design effect" of L. Kish, "Survey Sampling", 1965, 8.2, with batches as clusters and the
 * share as a ratio estimate), for J batches that hold samples
 *
 *   v = J / (J - 1) x sum of (E - qN)^2 / (n q (1 - q))
 *
 * It is taken for batches of one interval of the record, and of two, four and so on while ten hold samples; and for cuts
 * at the median and above, since what slows the tail seldom leaves the rest alone. A few batches tell little, so each is
 * v (t / z)^2, with the 97.5 % points of Student's t for J - 1 degrees of freedom and of the normal distribution
 * (E. L. Korn and B. I. Graubard, "Confidence Intervals for Proportions with Small Expected Number of Positive Counts
 * Estimated from Survey Data", Survey Methodology 24, 1998); without it, intervals hold less often than they promise.
 * Of independent samples v is about 1 with a standard deviation of sqrt(2 / (J - 1)), so that the largest of many would
 * be well above: one within 1.5 of these of 1 counts as 1.
 *
 * The effective count is n divided by the largest of all of these and 1. Bounds of a percentile with binomial ranks at
 * this count are then as R. S. Woodruff proposed ("Confidence Intervals for Medians and Other Position Measures", JASA 47,
 * 1952). `bench/coverage.mjs` measures how often they hold. What befell the run but once or twice can't be learnt from it.
 */
export type EffectiveCount =
  | { readonly count: number; readonly reason?: never }
  /** How far the samples depend on one another can't be told; why. */
  | { readonly count: null; readonly reason: string };

/** One batch of time. */
export interface Batch {
  /** Its number, counted in intervals of the record. */
  readonly at: number;
  /** Samples, censored ones included. */
  readonly count: number;
  /** Samples at or beyond each cut; a censored one is beyond all. */
  readonly beyond: readonly number[];
}

/** Where samples are cut: percentiles. The first is always looked at, the others where enough samples lie beyond them. */
export const CUT_PERCENTILES: readonly number[] = [50, 75, 90, 95, 99, 99.9];
const BEYOND_LEAST = 10;
const CHANCE_DEVIATIONS = 1.5;
const CONFIDENCE_POINT = 0.975;
const NORMAL_POINT = 1.959963984540054;

/**
 * @param batches those that hold samples, in order of time, with the same cuts in all of them
 * @returns a whole number of samples, at most as many as there are
 */
export function effectiveCount(batches: readonly Batch[]): EffectiveCount {
  if (batches.length < INTERVALS_LEAST) {
    return {
      count: null,
      reason: `how far answers depend on one another takes ${INTERVALS_LEAST} intervals of the record with answers to tell, and there are ${batches.length}`,
    };
  }
  const samples = batches.reduce((sum, { count }) => sum + count, 0);
  return { count: Math.floor(samples / largestInflation(batches)) };
}

/** @returns 1 or more */
export function largestInflation(batches: readonly Batch[]): number {
  const cuts = (batches[0]?.beyond ?? []).map((_, cut) => cut);
  const looked = cuts.filter((cut) => cut === 0 || totalBeyond(batches, cut) >= BEYOND_LEAST);
  let largest = 1;
  for (let level = [...batches]; level.length >= INTERVALS_LEAST; level = doubled(level)) {
    const few = (studentQuantile(CONFIDENCE_POINT, level.length - 1) / NORMAL_POINT) ** 2;
    const byChance = 1 + CHANCE_DEVIATIONS * Math.sqrt(2 / (level.length - 1));
    for (const cut of looked) {
      const inflation = varianceInflation(level, cut);
      if (inflation > byChance) largest = Math.max(largest, inflation * few);
    }
  }
  return largest;
}

/** v of the formula above; 0 where a cut has all samples, or none, beyond it. */
export function varianceInflation(batches: readonly Batch[], cut: number): number {
  const samples = batches.reduce((sum, { count }) => sum + count, 0);
  const share = totalBeyond(batches, cut) / samples;
  if (!(share > 0 && share < 1)) return 0;
  const squares = batches.reduce(
    (sum, { count, beyond }) => sum + ((beyond[cut] ?? 0) - share * count) ** 2,
    0,
  );
  const many = batches.length / (batches.length - 1);
  return (many * squares) / (samples * share * (1 - share));
}

function totalBeyond(batches: readonly Batch[], cut: number): number {
  return batches.reduce((sum, { beyond }) => sum + (beyond[cut] ?? 0), 0);
}

/** Batches twice as long, counted from the first one. */
function doubled(batches: readonly Batch[]): Batch[] {
  const first = batches[0]?.at ?? 0;
  const longer: Batch[] = [];
  for (const { at, count, beyond } of batches) {
    const place = Math.floor((at - first) / 2);
    const last = longer.at(-1);
    if (last?.at === place) {
      longer[longer.length - 1] = {
        at: place,
        count: last.count + count,
        beyond: last.beyond.map((n, cut) => n + (beyond[cut] ?? 0)),
      };
    } else {
      longer.push({ at: place, count, beyond });
    }
  }
  return longer;
}
