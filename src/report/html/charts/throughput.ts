import type { TimelineRow } from "../../schema.ts";
import type { Stroke } from "../page-data.ts";
import { type Chart, type Marks, PLAIN, round, type Series } from "./chart.ts";
import { halo } from "./strokes.ts";

export function throughputChart(timeline: readonly TimelineRow[]): Chart {
  const perSecond = (
    label: string,
    count: (row: TimelineRow) => number,
    stroke: Stroke,
  ): Series => ({
    label,
    values: timeline.map((row) => round(count(row) / row.lengthS)),
    stroke,
    open: false,
  });
  return {
    ...PLAIN,
    id: "throughput",
    unit: "per-second",
    scale: "linear",
    draw: "steps",
    series: [
      perSecond("planned", (row) => row.planned, halo("c-planned")),
      perSecond("started", (row) => row.started, { color: "c-p50", width: 2, dash: [] }),
      perSecond("answered", (row) => row.answered, { color: "c-p95", width: 2, dash: [5, 3] }),
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
