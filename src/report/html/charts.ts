import type { Report, TimelineRow } from "../schema.ts";

/**
 * What the page's script draws: numbers and constants of ours, no foreign text. The tables beside the
 * charts are made from the same rows, so that the page says everything without a script.
 */
export interface ChartData {
  /** Seconds from the first due time; interval `i` is from `startS[i]` to `endS[i]`. */
  readonly startS: readonly number[];
  readonly endS: readonly number[];
  readonly bands: readonly Band[];
  readonly charts: readonly Chart[];
}

export interface Chart {
  readonly id: "latency" | "throughput";
  readonly unit: "us" | "per-second";
  readonly scale: "linear" | "log";
  /** Values hold for a whole interval and are drawn as steps; else they are points in its middle. */
  readonly steps: boolean;
  /** Every value gets a dot: for runs so short that a line alone would hide them. */
  readonly dots: boolean;
  /** In reading order; wide strokes are drawn first, beneath the others. */
  readonly series: readonly Series[];
  readonly marks: readonly Marks[];
}

export interface Series {
  readonly label: string;
  /** One for each interval; null: nothing to show. */
  readonly values: readonly (number | null)[];
  readonly stroke: Stroke;
}

/** Told apart by width and dashes too, not by colour alone. */
export interface Stroke {
  /** A custom property of the style sheet, without its dashes. */
  readonly color: string;
  readonly width: number;
  readonly dash: readonly number[];
}

/** Intervals in which something happened that a line would hide; `counts[i]` belongs to interval `at[i]`. */
export interface Marks {
  readonly label: string;
  readonly shape: "cross" | "triangle";
  readonly color: string;
  readonly at: readonly number[];
  readonly counts: readonly number[];
}

/** A stretch of the time axis that is not steady, or in which the runner stood still. */
export interface Band {
  readonly fromS: number;
  readonly toS: number;
  readonly label: string;
  readonly kind: "phase" | "gap";
}

/** Up to here each value gets a dot. */
const DOTS_AT_MOST = 60;

/** Beyond this ratio of the largest value to the smallest, a linear axis would flatten the small ones. */
const LOG_FROM_RATIO = 30;

export function chartData({ timeline }: Report): ChartData {
  return {
    startS: timeline.map((row) => round(row.atS)),
    endS: timeline.map((row) => round(row.atS + row.lengthS)),
    bands: [...phaseBands(timeline), ...gapBands(timeline)],
    charts: [latencyChart(timeline), throughputChart(timeline)],
  };
}

function latencyChart(timeline: readonly TimelineRow[]): Chart {
  const series = latencySeries(timeline);
  return {
    id: "latency",
    unit: "us",
    scale: spread(series) > LOG_FROM_RATIO ? "log" : "linear",
    steps: false,
    dots: timeline.length <= DOTS_AT_MOST,
    series,
    marks: [],
  };
}

/** Wide and pale behind, so that service time stays visible where response time lies upon it. */
const halo = (color: string): Stroke => ({ color: `${color}-pale`, width: 6, dash: [] });

/**
 * A response percentile that equals the next higher one in every interval adds no line of its own: with
 * fewer than 20 answers an interval p95 is the maximum, with fewer than 100 p99 is.
 */
function latencySeries(timeline: readonly TimelineRow[]): Series[] {
  const max: Series = {
    label: "response max",
    values: timeline.map((row) => row.responseMaxUs),
    stroke: { color: "c-max", width: 1.5, dash: [2, 3] },
  };
  const p99: Series = {
    label: "response p99",
    values: timeline.map((row) => row.responseP99Us),
    stroke: { color: "c-p99", width: 2, dash: [] },
  };
  const p95: Series = {
    label: "response p95",
    values: timeline.map((row) => row.responseP95Us),
    stroke: { color: "c-p95", width: 1.5, dash: [8, 4] },
  };
  const p50: Series = {
    label: "response p50",
    values: timeline.map((row) => row.responseP50Us),
    stroke: { color: "c-p50", width: 2, dash: [] },
  };
  const apart = [p50, p95, p99, max].filter(
    (one, i, all) => !all.slice(i + 1).some((higher) => sameValues(one, higher)),
  );
  return [
    ...apart,
    {
      label: "service p50",
      values: timeline.map((row) => row.serviceP50Us),
      stroke: halo("c-p50"),
    },
    {
      label: "service p99",
      values: timeline.map((row) => row.serviceP99Us),
      stroke: halo("c-p99"),
    },
  ];
}

/** The response percentiles that have no line of their own, in words; empty when all have. */
export function hiddenPercentiles(chart: Chart): string[] {
  const drawn = new Set(chart.series.map(({ label }) => label));
  return ["p50", "p95", "p99"].filter((name) => !drawn.has(`response ${name}`));
}

function throughputChart(timeline: readonly TimelineRow[]): Chart {
  const perSecond = (count: (row: TimelineRow) => number): number[] =>
    timeline.map((row) => round(count(row) / row.lengthS));
  return {
    id: "throughput",
    unit: "per-second",
    scale: "linear",
    steps: true,
    dots: false,
    series: [
      { label: "planned", values: perSecond((row) => row.planned), stroke: halo("c-planned") },
      {
        label: "started",
        values: perSecond((row) => row.started),
        stroke: { color: "c-p50", width: 2, dash: [] },
      },
      {
        label: "answered",
        values: perSecond((row) => row.answered),
        stroke: { color: "c-p95", width: 2, dash: [5, 3] },
      },
    ],
    marks: [
      marks("failed or unexpected", "cross", "c-bad", timeline, (r) => r.failed + r.unexpected),
      marks("dropped", "triangle", "c-drop", timeline, (r) => r.dropped),
    ],
  };
}

function marks(
  label: string,
  shape: Marks["shape"],
  color: string,
  timeline: readonly TimelineRow[],
  count: (row: TimelineRow) => number,
): Marks {
  const at = timeline.flatMap((row, i) => (count(row) > 0 ? [i] : []));
  const counts = timeline.map(count).filter((n) => n > 0);
  return { label, shape, color, at, counts };
}

function phaseBands(timeline: readonly TimelineRow[]): Band[] {
  const bands: Band[] = [];
  for (const row of timeline) {
    if (row.phase === "steady") continue;
    const last = bands.at(-1);
    const toS = round(row.atS + row.lengthS);
    if (last && last.label === row.phase && last.toS === round(row.atS)) {
      bands[bands.length - 1] = { ...last, toS };
    } else {
      bands.push({ fromS: round(row.atS), toS, label: row.phase, kind: "phase" });
    }
  }
  return bands;
}

function gapBands(timeline: readonly TimelineRow[]): Band[] {
  return timeline
    .filter(({ gap }) => gap)
    .map(({ atS, lengthS }) => ({
      fromS: round(atS),
      toS: round(atS + lengthS),
      label: "runner gap",
      kind: "gap",
    }));
}

function sameValues(a: Series, b: Series): boolean {
  return a.values.every((value, i) => value === b.values[i]);
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
function round(n: number): number {
  return Math.round(n * 1000) / 1000;
}
