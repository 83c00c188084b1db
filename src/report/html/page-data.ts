/**
 * What the page's script reads: numbers and constants of ours, and no foreign text. The page's own text, names of
 * operations among it, stays in the markup.
 */
export interface PageData {
  /** Seconds from the first due time: interval `i` is from `edgesS[i]` to `edgesS[i + 1]`. */
  readonly edgesS: readonly number[];
  readonly bands: readonly Band[];
  readonly charts: readonly DrawnChart[];
}

/** A stretch of the time axis that is not steady, or in which the runner stood still. */
export interface Band {
  readonly fromS: number;
  readonly toS: number;
  readonly label: string;
  readonly kind: "phase" | "gap";
}

/** How a chart is to be drawn. */
export interface ChartLook {
  readonly id: "latency" | "throughput" | "spectrum" | "rate-limit";
  readonly unit: "us" | "per-second" | "count";
  readonly scale: "linear" | "log";
  /**
   * `lines`: a value in the middle of each interval; `steps`: one that holds for the whole interval; `requests`: a mark
   * for each request where it was due; `spectrum`: a line over percentiles.
   */
  readonly draw: "lines" | "steps" | "requests" | "spectrum";
  /** Where the values stand: seconds for `requests`, nines for `spectrum` (2 is 99 %); empty: the intervals. */
  readonly xs: readonly number[];
  /** Every value gets a dot: for runs so short that a line alone would hide them. */
  readonly dots: boolean;
  /** `requests` only: the service time of each, where it was sent. */
  readonly serviceUs: readonly (number | null)[];
}

export interface DrawnChart extends ChartLook {
  readonly series: readonly DrawnSeries[];
  readonly marks: readonly Occurrences[];
  /** `requests` only: what came of each, as its place in the chart's list of fates. */
  readonly fates: readonly number[];
}

export interface DrawnSeries {
  /** One for each place on the axis; null: nothing to show. */
  readonly values: readonly (number | null)[];
  readonly stroke: Stroke;
  /** The line ends at a value that is known to be only a lower bound of what follows. */
  readonly open: boolean;
}

/** Told apart by width and dashes too, not by colour alone. */
export interface Stroke {
  /** A custom property of the style sheet, without its dashes. */
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
}

/** Intervals in which something happened that a line would hide; `counts[i]` belongs to interval `at[i]`. */
export interface Occurrences {
  readonly shape: "cross" | "triangle";
  readonly color: string;
  readonly at: readonly number[];
  readonly counts: readonly number[];
}
