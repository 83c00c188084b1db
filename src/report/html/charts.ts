import { visible } from "../../guard/foreign-text.ts";
import type { Distribution, Report, RequestReport, TimelineRow } from "../schema.ts";
import { percentileAtNines, spectrumOf } from "./spectrum.ts";

/**
 * What the page's charts show. The tables beside them are made from the same figures, so that the page says
 * everything without a script.
 */
export interface ChartData {
  /** Seconds from the first due time: interval `i` is from `edgesS[i]` to `edgesS[i + 1]`. */
  readonly edgesS: readonly number[];
  readonly bands: readonly Band[];
  readonly charts: readonly Chart[];
}

export interface Chart {
  readonly id: "latency" | "throughput" | "spectrum";
  readonly unit: "us" | "per-second";
  readonly scale: "linear" | "log";
  /**
   * `lines`: a value in the middle of each interval; `steps`: one that holds for the whole interval; `requests`: a dot
   * for each request where it was due; `spectrum`: a line over percentiles.
   */
  readonly draw: "lines" | "steps" | "requests" | "spectrum";
  /** Where the values stand: seconds for `requests`, nines for `spectrum` (2 is 99 %); empty: the intervals. */
  readonly xs: readonly number[];
  /** Every value gets a dot: for runs so short that a line alone would hide them. */
  readonly dots: boolean;
  /** In reading order; wide strokes are drawn first, beneath the others. */
  readonly series: readonly Series[];
  readonly marks: readonly Marks[];
  /** `requests` only: what came of each, and its service time where it was sent. */
  readonly fates: readonly Fate[];
  readonly serviceUs: readonly (number | null)[];
}

export interface Series {
  /** May be foreign: it goes into the page's text, and not into what the script reads. */
  readonly label: string;
  /** One for each place on the axis; null: nothing to show. */
  readonly values: readonly (number | null)[];
  readonly stroke: Stroke;
}

/** What came of a request, each with a shape of its own. */
export const FATES = [
  "answered as expected",
  "answered otherwise",
  "failed or unfinished",
  "dropped",
] as const;
export type Fate = (typeof FATES)[number];

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

/** @param baselineOf the response time of an operation in the run that this one is compared with, where there is one */
export function chartData(
  { timeline, requests, operations }: Report,
  baselineOf: (operation: string) => Distribution | undefined = () => undefined,
): ChartData {
  const last = timeline.at(-1);
  return {
    edgesS: [
      ...timeline.map(({ atS }) => round(atS)),
      ...(last ? [round(last.atS + last.lengthS)] : []),
    ],
    bands: [...phaseBands(timeline), ...gapBands(timeline)],
    charts: [
      requests.length > 0 ? requestsChart(byDue(requests)) : latencyChart(timeline),
      throughputChart(timeline),
      spectrumChart(operations, baselineOf),
    ],
  };
}

/**
 * The charts as the page's script reads them: numbers and constants of ours, no foreign text.
 */
export function scriptData({ edgesS, bands, charts }: ChartData) {
  return {
    edgesS,
    bands,
    charts: charts.map(({ series, fates, ...chart }) => ({
      ...chart,
      fates: fates.map((fate) => FATES.indexOf(fate)),
      series: series.map(({ values, stroke }) => ({ values, stroke })),
    })),
  };
}

const PLAIN = { xs: [], dots: false, marks: [], fates: [], serviceUs: [] } as const;

function latencyChart(timeline: readonly TimelineRow[]): Chart {
  const series = latencySeries(timeline);
  return {
    ...PLAIN,
    id: "latency",
    unit: "us",
    scale: scaleOf(series),
    draw: "lines",
    dots: timeline.length <= DOTS_AT_MOST,
    series,
  };
}

/** As they stand in the chart and its table. */
export function byDue(requests: readonly RequestReport[]): RequestReport[] {
  return [...requests].sort((a, b) => a.dueS - b.dueS);
}

function requestsChart(requests: readonly RequestReport[]): Chart {
  const names = [...new Set(requests.map(({ operation }) => operation))];
  const series = names.map((name, i) => ({
    label: visible(name),
    values: requests.map((one) => (one.operation === name ? one.responseTimeUs : null)),
    stroke: operationStroke(i),
  }));
  return {
    ...PLAIN,
    id: "latency",
    unit: "us",
    scale: scaleOf(series),
    draw: "requests",
    xs: requests.map(({ dueS }) => round(dueS)),
    series,
    fates: requests.map(fateOf),
    serviceUs: requests.map(({ serviceTimeUs }) => serviceTimeUs),
  };
}

export function fateOf({ outcome, expected }: RequestReport): Fate {
  if (outcome === "answered") return expected ? "answered as expected" : "answered otherwise";
  return outcome === "dropped" ? "dropped" : "failed or unfinished";
}

/** Six colours that stay apart for colour-blind readers, in lines that differ too. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [12, 3, 2, 3]];

function operationStroke(index: number): Stroke {
  const dash = DASHES[(index + Math.floor(index / 6)) % DASHES.length] ?? [];
  return { color: `c-o${(index % 6) + 1}`, width: 2, dash };
}

function spectrumChart(
  operations: Report["operations"],
  baselineOf: (operation: string) => Distribution | undefined,
): Chart {
  const own = operations.map(({ responseTime }) => spectrumOf(responseTime));
  const baselines = operations.map(({ name }) => {
    const baseline = baselineOf(name);
    return baseline && spectrumOf(baseline);
  });
  const most = Math.max(0, ...[...own, ...baselines].map((one) => one?.nines ?? 0));
  const xs = Array.from({ length: Math.ceil(most * STEPS_A_NINE) + 1 }, (_, i) =>
    round(i / STEPS_A_NINE),
  );
  const values = (of: (typeof own)[number] | undefined): (number | null)[] =>
    xs.map((x) =>
      of && x < of.nines + 1 / STEPS_A_NINE ? of.valueUs(percentileAtNines(x)) : null,
    );
  const series = operations.flatMap(({ name }, i): Series[] => {
    const stroke = operationStroke(i);
    const label = visible(name);
    const baseline = baselines[i];
    return [
      { label, values: values(own[i]), stroke },
      ...(baseline
        ? [{ label: `${label}, baseline`, values: values(baseline), stroke: halo(stroke.color) }]
        : []),
    ];
  });
  return {
    ...PLAIN,
    id: "spectrum",
    unit: "us",
    scale: scaleOf(series),
    draw: "spectrum",
    xs: xs.length > 1 ? xs : [],
    series,
  };
}

/** Values between 90 and 99 %, and as many for each further nine. */
const STEPS_A_NINE = 40;

function scaleOf(series: readonly Series[]): Chart["scale"] {
  return spread(series) > LOG_FROM_RATIO ? "log" : "linear";
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
  if (chart.draw !== "lines") return [];
  const drawn = new Set(chart.series.map(({ label }) => label));
  return ["p50", "p95", "p99"].filter((name) => !drawn.has(`response ${name}`));
}

function throughputChart(timeline: readonly TimelineRow[]): Chart {
  const perSecond = (count: (row: TimelineRow) => number): number[] =>
    timeline.map((row) => round(count(row) / row.lengthS));
  return {
    ...PLAIN,
    id: "throughput",
    unit: "per-second",
    scale: "linear",
    draw: "steps",
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
