import { formatMicros } from "../base/units.ts";
import type { PercentileValue } from "./censored.ts";
import { studentQuantile } from "./student.ts";

/** With fewer, how much runs differ from one another for no reason at all can't be told. */
export const BASELINE_RUNS_LEAST = 5;
/** Of comparisons without any change, over all the figures that one judges, at most so many may call a regression. */
export const FALSE_ALARMS_MOST = 0.03;
/**
 * A change of less is no regression, however well the baseline runs agree: made within minutes, they agree better with
 * one another than with any run of next week.
 */
export const CHANGE_LEAST = 0.02;
/** In each run: with fewer, the 95th percentile is the largest sample or close to it. */
export const SAMPLES_LEAST = 40;

const ROUNDING = 1e-9;

/** A figure of one run. */
export interface RunFigure extends PercentileValue {
  /** Samples that it rests on. */
  readonly count: number;
}

export interface Judgement {
  readonly outcome: "beyond" | "within" | "undecided";
  /** What a run like the baseline's has: their geometric mean; null where it can't be told. */
  readonly expectedUs: number | null;
  /** What such a run exceeds with at most the probability asked for; null where it can't be told. */
  readonly limitUs: number | null;
  /** In words: why this outcome. */
  readonly reason: string;
}

/**
 * Whether a run's figure is higher than runs like the baseline's have it. Latencies differ between runs by factors, so
 * the logarithm is taken to be normal, and a further run to exceed
 *
 *   mean + t s sqrt(1 + 1 / n)
 *
 * of n runs' logarithms with a probability of `falseAlarms`, t being the point of Student's t for n - 1 degrees of
 * freedom: the prediction interval for one further observation (G. J. Hahn and W. Q. Meeker, "Statistical Intervals",
 * 1991, 4.7). What each run measured imprecisely is part of how the runs differ, and so part of s.
 *
 * @param baseline one figure a run @param falseAlarms more than 0, at most 0.5
 */
export function judgeRegression(
  baseline: readonly RunFigure[],
  candidate: RunFigure,
  falseAlarms: number,
): Judgement {
  const undecided = (reason: string): Judgement => {
    return { outcome: "undecided", expectedUs: null, limitUs: null, reason };
  };
  if (baseline.length < BASELINE_RUNS_LEAST) {
    return undecided(
      `${BASELINE_RUNS_LEAST} baseline runs have to state it, and ${baseline.length} do`,
    );
  }
  const fewest = Math.min(candidate.count, ...baseline.map(({ count }) => count));
  if (fewest < SAMPLES_LEAST) {
    return undecided(`each run needs ${SAMPLES_LEAST} samples, and one has ${fewest}`);
  }
  if (baseline.some(({ censored }) => censored)) {
    return undecided("in a baseline run it falls among censored samples, so it has no value");
  }
  // Whole microseconds: below one there is nothing to take a logarithm of.
  const logs = baseline.map(({ valueUs }) => Math.log(Math.max(1, valueUs ?? 1)));
  const n = logs.length;
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (n - 1);
  const t = studentQuantile(1 - falseAlarms, n - 1);
  const above = Math.max(
    t * Math.sqrt(variance * (1 + 1 / n)),
    // With one microsecond more or less, a figure is the same.
    Math.log(1 + Math.max(CHANGE_LEAST, 1 / Math.exp(mean))),
  );
  const expectedUs = Math.round(Math.exp(mean));
  // A whole number is beyond a limit when it is beyond the whole number below it; rounding must not take that one.
  const limitUs = Math.floor(Math.exp(mean + above) * (1 + ROUNDING));
  const value = candidate.valueUs ?? 0;
  const runs = `a run like the ${n} of the baseline stays within ${formatMicros(limitUs)}`;
  if (value > limitUs) {
    const seen = `${candidate.censored ? "more than " : ""}${formatMicros(value)}`;
    return { outcome: "beyond", expectedUs, limitUs, reason: `${seen}, and ${runs}` };
  }
  if (candidate.censored) {
    const reason = `it falls among censored samples, at more than ${formatMicros(value)}; ${runs}`;
    return { outcome: "undecided", expectedUs, limitUs, reason };
  }
  return { outcome: "within", expectedUs, limitUs, reason: `${formatMicros(value)}, and ${runs}` };
}
