import type uPlot from "uplot";
import type { Occurrences } from "../page-data.ts";
import { color, drawn, inPlot, shape } from "./surface.ts";

/** Device-independent pixels from one lane to the next. */
const LANE = 14;
/** So many marks stand apart; more become bars, as high as their counts. */
const MARKS_AT_MOST = 60;

/** What happened, in a lane of its own for each kind at the top of a chart over time. */
export function drawOccurrences(
  u: uPlot,
  kinds: readonly Occurrences[],
  edgesS: readonly number[],
): void {
  drawn(u, (ctx, ratio) => {
    kinds.forEach((kind, lane) => {
      ctx.strokeStyle = ctx.fillStyle = color(kind.color);
      ctx.lineWidth = 2 * ratio;
      const top = u.bbox.top + (1 + lane * LANE) * ratio;
      const seen = kind.at.map((i, k) => ({
        from: u.valToPos(edgesS[i] ?? 0, "x", true),
        to: u.valToPos(edgesS[i + 1] ?? 0, "x", true),
        count: kind.counts[k] ?? 0,
      }));
      const within = seen.filter(({ from, to }) => inPlot(u, (from + to) / 2));
      if (within.length <= MARKS_AT_MOST) {
        for (const { from, to } of within)
          shape(ctx, kind.shape, (from + to) / 2, top + (LANE / 2) * ratio, 4 * ratio);
        return;
      }
      const most = Math.max(...within.map(({ count }) => count));
      const bottom = top + (LANE - 2) * ratio;
      for (const { from, to, count } of within) {
        const height = Math.max(2, ((LANE - 3) * count) / most) * ratio;
        ctx.fillRect(from, bottom - height, Math.max(ratio, to - from), height);
      }
    });
  });
}
