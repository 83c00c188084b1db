import * as z from "zod";

/** The parts of report.json that hold figures: counts of requests, distributions of latencies, and proportions. */

export const us = z.number().int().nonnegative();
export const count = z.number().int().nonnegative();
const ratio = z.number().min(0).max(1);

const interval = z
  .strictObject({
    lowUs: us,
    /** null: unbounded, since the upper rank falls among censored samples. */
    highUs: us.nullable(),
  })
  .describe("95 % confidence interval of the percentile");

export const percentile = z.strictObject({
  p: z.number().gt(0).max(100),
  /** null with a reason where there is no sample. */
  valueUs: us.nullable(),
  /** True: the percentile falls among censored samples, so it is more than `valueUs`. */
  censored: z.boolean(),
  interval: interval.nullable(),
  /** Why there is no value or no interval. */
  reason: z.string().optional(),
});

export const distribution = z.strictObject({
  /** Samples, censored ones included. */
  count,
  /** How many independent samples these are worth, on which every interval rests; null with a reason where the run can't tell. */
  effectiveCount: count.nullable().optional(),
  effectiveCountReason: z.string().optional(),
  /** Samples known only to be at least their value: time-outs, drops that the runner did not cause, and what the run's end cut short. */
  censored: count,
  minUs: us.nullable(),
  meanUs: z.number().nonnegative().nullable(),
  maxUs: us.nullable(),
  percentiles: z.array(percentile),
  /** HdrHistogram V2, zlib-compressed, base64, of the uncensored samples, in microseconds. */
  histogram: z.string(),
  /** The same of the censored samples; empty where there are none. */
  censoredHistogram: z.string(),
});

export const proportion = z.strictObject({
  value: ratio.nullable(),
  /** Clopper and Pearson's exact 95 % interval. */
  low: ratio.nullable(),
  high: ratio.nullable(),
});

const drops = z.strictObject({
  "in-flight": count,
  cap: count,
  "quota-steering": count,
  runner: count,
  "run-ended": count,
});

export const counts = z.strictObject({
  planned: count,
  sent: count,
  answered: count,
  failed: count,
  unfinished: count,
  dropped: count,
  drops,
  /** Answered, but not as expected; part of `answered`. */
  unexpected: count,
  /** Of `planned`: further attempts at what did not succeed, each a request of its own. Absent in older reports. */
  retries: count.optional(),
  /** Of `planned`: further polls of steps that ask again, retries of them aside. Absent in older reports. */
  polls: count.optional(),
});
