import type { TimelineRow } from "../../schema.ts";
import type { Stroke } from "../page-data.ts";
import { type Chart, PLAIN, type Series, scaleOf } from "./chart.ts";
import { halo } from "./strokes.ts";

/** Up to here each value gets a dot. */
const DOTS_AT_MOST = 60;

export function latencyChart(timeline: readonly TimelineRow[]): Chart {
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

/** The response percentiles that have no line of their own, in words; empty when all have. */
export function hiddenPercentiles(chart: Chart): string[] {
  if (chart.draw !== "lines") return [];
  const drawn = new Set(chart.series.map(({ label }) => label));
  return ["p50", "p95", "p99"].filter((name) => !drawn.has(`response ${name}`));
}

/**
 * A response percentile that equals the next higher one in every interval adds no line of its own: with
 * fewer than 20 answers an interval p95 is the maximum, with fewer than 100 p99 is.
 */
function latencySeries(timeline: readonly TimelineRow[]): Series[] {
  const line = (
    label: string,
    value: (row: TimelineRow) => number | null,
    stroke: Stroke,
  ): Series => ({ label, values: timeline.map(value), stroke, open: false });
  const response = [
    line("response p50", (row) => row.responseP50Us, { color: "c-p50", width: 2, dash: [] }),
    line("response p95", (row) => row.responseP95Us, { color: "c-p95", width: 1.5, dash: [8, 4] }),
    line("response p99", (row) => row.responseP99Us, { color: "c-p99", width: 2, dash: [] }),
    line("response max", (row) => row.responseMaxUs, { color: "c-max", width: 1.5, dash: [2, 3] }),
  ];
  return [
    ...response.filter(
      (one, i) => !response.slice(i + 1).some((higher) => sameValues(one, higher)),
    ),
    line("service p50", (row) => row.serviceP50Us, halo("c-p50")),
    line("service p99", (row) => row.serviceP99Us, halo("c-p99")),
  ];
}

function sameValues(a: Series, b: Series): boolean {
  return a.values.every((value, i) => value === b.values[i]);
}
