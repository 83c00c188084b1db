import type { Drill } from "../../schema.ts";
import { type Chart, PLAIN, round } from "./chart.ts";
import { halo } from "./strokes.ts";

/** What a drill's category was asked for, what it refused and what it said was left, over its quota. */
export function drillChart({ timeline, quotaPerSecond }: Drill): Chart {
  const line = (color: string, dash: readonly number[]) => ({
    stroke: { color, width: 2, dash },
    open: false,
  });
  return {
    ...PLAIN,
    id: "rate-limit",
    unit: "count",
    scale: "linear",
    draw: "steps",
    series: [
      ...(quotaPerSecond === null
        ? []
        : [
            {
              label: "quota",
              values: timeline.map(() => quotaPerSecond),
              stroke: halo("c-p99"),
              open: false,
            },
          ]),
      {
        label: "sent",
        values: timeline.map(({ sent, lengthS }) => round(sent / lengthS)),
        ...line("c-p50", []),
      },
      {
        label: "throttled",
        values: timeline.map(({ throttled, lengthS }) => round(throttled / lengthS)),
        ...line("c-bad", [8, 4]),
      },
      {
        label: "lowest remaining",
        values: timeline.map(({ remaining }) => remaining),
        ...line("c-p95", [2, 3]),
      },
    ],
  };
}
