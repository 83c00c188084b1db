import type { DrawnChart } from "../page-data.ts";
import { percentileTicks, percentLabel, TIME_STEPS_S, timeLabel } from "./ticks.ts";

/** What stands where on the horizontal axis of a chart. */
export interface PlaceAxis {
  /** Where uPlot draws each value. */
  readonly xs: readonly number[];
  /** How many places there are to read out. */
  readonly places: number;
  /** The whole axis. */
  readonly ends: readonly [from: number, to: number];
  place(i: number): number;
  /** The place nearest to a position on the axis. */
  at(x: number): number;
  name(i: number): string;
  /** Where lines stand; undefined: at uPlot's choice of `steps`. */
  readonly splits?: (min: number, max: number) => number[];
  readonly steps?: readonly number[];
  label(x: number, wholeAxis: number): string;
  /** Charts over time zoom and point together. */
  readonly overTime: boolean;
}

export function axisOf(chart: DrawnChart, edgesS: readonly number[]): PlaceAxis {
  if (chart.draw === "spectrum") return percentileAxis(chart.xs);
  const time = {
    ends: [edgesS[0] ?? 0, edgesS.at(-1) ?? 0] as const,
    steps: TIME_STEPS_S,
    label: timeLabel,
    overTime: true,
  };
  if (chart.draw === "requests") {
    const { xs } = chart;
    return {
      ...time,
      ...spots(xs),
      name: (i) => `request ${i + 1} of ${xs.length}, due at ${xs[i]} s`,
    };
  }
  const starts = edgesS.slice(0, -1);
  const middle = (i: number): number => ((edgesS[i] ?? 0) + (edgesS[i + 1] ?? 0)) / 2;
  return {
    ...time,
    xs: chart.draw === "steps" ? edgesS : starts.map((_, i) => middle(i)),
    places: starts.length,
    place: middle,
    at: (x) => lastUpTo(starts, x),
    name: (i) => `${edgesS[i]} to ${edgesS[i + 1]} s`,
  };
}

function percentileAxis(xs: readonly number[]): PlaceAxis {
  return {
    ...spots(xs),
    ends: [0, xs.at(-1) ?? 0],
    name: (i) => percentLabel(xs[i] ?? 0),
    splits: percentileTicks,
    label: (x) => percentLabel(x),
    overTime: false,
  };
}

function spots(xs: readonly number[]): Pick<PlaceAxis, "xs" | "places" | "place" | "at"> {
  return { xs, places: xs.length, place: (i) => xs[i] ?? 0, at: (x) => nearest(xs, x) };
}

/** The last of ascending numbers that is not beyond `x`; the first where all are. */
function lastUpTo(ascending: readonly number[], x: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if ((ascending[half] ?? 0) <= x) low = half;
    else high = half - 1;
  }
  return low;
}

function nearest(ascending: readonly number[], x: number): number {
  const i = lastUpTo(ascending, x);
  const [before, after] = [ascending[i] ?? 0, ascending[i + 1]];
  return after !== undefined && after - x < x - before ? i + 1 : i;
}
