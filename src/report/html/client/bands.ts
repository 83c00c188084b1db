import type uPlot from "uplot";
import type { Band } from "../page-data.ts";
import { color, drawn } from "./surface.ts";

/** The stretches that are not steady, behind a chart over time. */

export function drawBands(u: uPlot, bands: readonly Band[]): void {
  eachBand(u, bands, (band, from, width) => {
    u.ctx.fillStyle = color(band.kind === "gap" ? "c-gap" : "c-band");
    u.ctx.fillRect(from, u.bbox.top, width, u.bbox.height);
  });
}

/** @param lanes of occurrences above the names */
export function drawBandNames(u: uPlot, bands: readonly Band[], lanes: number): void {
  drawn(u, (ctx, ratio) => {
    const y = u.bbox.top + (16 + 14 * lanes) * ratio;
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    eachBand(u, bands, (band, from, width) => {
      const text = ctx.measureText(band.label).width;
      if (width < text + 8 * ratio) return;
      ctx.fillStyle = color("c-band");
      ctx.fillRect(from + 2 * ratio, y - 12 * ratio, text + 4 * ratio, 16 * ratio);
      ctx.fillStyle = color("muted");
      ctx.fillText(band.label, from + 4 * ratio, y);
    });
  });
}

function eachBand(
  u: uPlot,
  bands: readonly Band[],
  act: (band: Band, from: number, width: number) => void,
): void {
  const { left, width } = u.bbox;
  for (const band of bands) {
    const from = Math.max(left, u.valToPos(band.fromS, "x", true));
    const to = Math.min(left + width, u.valToPos(band.toS, "x", true));
    if (to > from) act(band, from, to - from);
  }
}
