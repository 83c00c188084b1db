import { MICROS_PER_SECOND } from "../base/units.ts";

/**
 * The length of an interval for a run of this length: one second up to an hour, then ten, so that a day's record
 * stays near 100 MB.
 */
export function recordIntervalUs(durationUs: number): number {
  return durationUs <= 3600 * MICROS_PER_SECOND ? MICROS_PER_SECOND : 10 * MICROS_PER_SECOND;
}

/** With answers in fewer intervals, how far answers depend on one another can't be told, and no interval of a percentile stated. */
export const INTERVALS_LEAST = 10;
