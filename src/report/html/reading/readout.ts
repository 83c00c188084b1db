import { formatMicros, formatRate } from "../../../base/units.ts";
import type { DrawnChart } from "../page-data.ts";
import type { PlaceAxis } from "./axis.ts";

/** What a chart says at a place: beside each name a text, null where there is nothing to say. */
export interface Reading {
  readonly place: string;
  readonly texts: readonly (string | null)[];
}

/** @param fateNames in the order of the fates in the chart's data */
export function readingAt(
  i: number,
  chart: DrawnChart,
  axis: PlaceAxis,
  fateNames: readonly string[],
): Reading {
  const single = chart.draw === "requests";
  const figures = chart.series.map(({ values }) => {
    const value = values[i] ?? null;
    if (value === null) return single ? null : "–";
    return figureText(chart, value);
  });
  const counts = chart.marks.map((mark) => String(mark.counts[mark.at.indexOf(i)] ?? 0));
  const service = chart.serviceUs[i] ?? null;
  const place = [
    axis.name(i),
    single && fateNames[chart.fates[i] ?? 0],
    service !== null && `service time ${formatMicros(service)}`,
  ];
  return {
    place: place.filter((part) => typeof part === "string").join(", "),
    texts: [...figures, ...counts],
  };
}

export function figureText({ unit }: Pick<DrawnChart, "unit">, value: number): string {
  if (unit === "count") return String(value);
  return unit === "us" ? formatMicros(value) : formatRate(value);
}
