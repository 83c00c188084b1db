import type uPlot from "uplot";
import type { DrawnChart } from "../page-data.ts";
import { color, drawn, type Shape, shape } from "./surface.ts";

/** In the order of the fates in the chart's data. */
const FATE_SHAPES: readonly Shape[] = ["dot", "ring", "cross", "up", "triangle"];

/**
 * Each request where it was due, at its response time, with a stem down to its service time: the stem is what it waited.
 * @param height of a value as it is drawn
 */
export function drawRequests(
  u: uPlot,
  chart: DrawnChart,
  shown: readonly boolean[],
  height: (value: number) => number,
): void {
  const { left, top, width, height: tall } = u.bbox;
  drawn(u, (ctx, ratio) => {
    ctx.beginPath();
    ctx.rect(left - 6 * ratio, top - 6 * ratio, width + 12 * ratio, tall + 6 * ratio);
    ctx.clip();
    chart.series.forEach(({ values, stroke }, k) => {
      if (!shown[k]) return;
      ctx.strokeStyle = ctx.fillStyle = color(stroke.color);
      values.forEach((value, i) => {
        if (value === null) return;
        const x = u.valToPos(chart.xs[i] ?? 0, "x", true);
        const y = u.valToPos(height(value), "y", true);
        const service = chart.serviceUs[i] ?? null;
        if (service !== null && service < value) {
          ctx.lineWidth = ratio;
          ctx.beginPath();
          ctx.moveTo(x, y);
          ctx.lineTo(x, Math.min(top + tall, u.valToPos(height(service), "y", true)));
          ctx.stroke();
        }
        ctx.lineWidth = 2 * ratio;
        shape(ctx, FATE_SHAPES[chart.fates[i] ?? 0] ?? "dot", x, y, 4 * ratio);
      });
    });
  });
}

/** A mark at the end of a line beyond which values are known only to be larger. */
export function drawOpenEnds(
  u: uPlot,
  chart: DrawnChart,
  shown: readonly boolean[],
  height: (value: number) => number,
): void {
  drawn(u, (ctx, ratio) => {
    chart.series.forEach(({ values, stroke, open }, k) => {
      const last = values.findLastIndex((value) => value !== null);
      const value = values[last] ?? null;
      if (!open || !shown[k] || value === null || stroke.width >= 6) return;
      ctx.fillStyle = color(stroke.color);
      const x = u.valToPos(chart.xs[last] ?? 0, "x", true);
      shape(ctx, "up", x, u.valToPos(height(value), "y", true) - 5 * ratio, 5 * ratio);
    });
  });
}
