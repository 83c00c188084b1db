import type { ChartLook, DrawnSeries, Occurrences } from "../page-data.ts";

/**
 * A chart with the names of what it shows. The tables beside the charts are made from the same figures, so that the page
 * says everything without a script.
 */
export interface Chart extends ChartLook {
  /** In reading order; wide strokes are drawn first, beneath the others. */
  readonly series: readonly Series[];
  readonly marks: readonly Marks[];
  /** `requests` only: what came of each. */
  readonly fates: readonly Fate[];
}

export interface Series extends DrawnSeries {
  /** May be foreign: it goes into the page's text, and not into what the script reads. */
  readonly label: string;
}

export interface Marks extends Occurrences {
  readonly label: string;
}

/** What came of a request, each with a shape of its own. */
export const FATES = [
  "answered as expected",
  "throttled",
  "answered otherwise",
  "failed or unfinished",
  "dropped",
] as const;
export type Fate = (typeof FATES)[number];

/** What most charts have none of. */
export const PLAIN = { xs: [], dots: false, marks: [], fates: [], serviceUs: [] } as const;

/** Beyond this ratio of the largest value to the smallest, a linear axis would flatten the small ones. */
const LOG_FROM_RATIO = 30;

export function scaleOf(series: readonly Series[]): Chart["scale"] {
  return spread(series) > LOG_FROM_RATIO ? "log" : "linear";
}

/** Largest over smallest of all positive values; 1 without any. */
function spread(series: readonly Series[]): number {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of series.flatMap(({ values }) => values)) {
    if (value === null || value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > 0 ? high / low : 1;
}

/** To the millisecond (or the thousandth of a request), so that sums of tenths do not fill the page with digits. */
export function round(n: number): number {
  return Math.round(n * 1000) / 1000;
}
