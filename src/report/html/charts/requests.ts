import { visible } from "../../../guard/foreign-text.ts";
import type { RequestReport } from "../../schema.ts";
import { type Chart, type Fate, PLAIN, round, scaleOf } from "./chart.ts";
import { operationStroke } from "./strokes.ts";

/** Of a small run: a mark for each request. */
export function requestsChart(requests: readonly RequestReport[]): Chart {
  const ordered = byDue(requests);
  const names = [...new Set(ordered.map(({ operation }) => operation))];
  const series = names.map((name, i) => ({
    label: visible(name),
    values: ordered.map((one) => (one.operation === name ? one.responseTimeUs : null)),
    stroke: operationStroke(i),
    open: false,
  }));
  return {
    ...PLAIN,
    id: "latency",
    unit: "us",
    scale: scaleOf(series),
    draw: "requests",
    xs: ordered.map(({ dueS }) => round(dueS)),
    series,
    fates: ordered.map(fateOf),
    serviceUs: ordered.map(({ serviceTimeUs }) => serviceTimeUs),
  };
}

/** As they stand in the chart and its table. */
export function byDue(requests: readonly RequestReport[]): RequestReport[] {
  return [...requests].sort((a, b) => a.dueS - b.dueS);
}

/** A 429 is told apart whether it was expected or not: in a drill it is what one looks for. */
export function fateOf({ outcome, what, expected }: RequestReport): Fate {
  if (outcome === "answered" && what === "429") return "throttled";
  if (outcome === "answered") return expected ? "answered as expected" : "answered otherwise";
  return outcome === "dropped" ? "dropped" : "failed or unfinished";
}
