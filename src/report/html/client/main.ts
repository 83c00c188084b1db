/**
 * The page's own script. It only draws: every figure already stands in the page's tables, which stay open where no
 * script runs (printing, sandboxed viewers). No network, no storage.
 */
import type { PageData } from "../page-data.ts";
import { readByKeys, stopAtScrollable, switchLines } from "./controls.ts";
import { figureOf } from "./figure.ts";
import { Plot } from "./plot.ts";
import { print } from "./surface.ts";

const page: PageData = JSON.parse(document.getElementById("chart-data")?.textContent ?? "");
const plots: Plot[] = [];
for (const chart of page.charts) {
  const figure = figureOf(chart.id);
  if (!figure || (chart.xs.length === 0 && page.edgesS.length === 0)) continue;
  if (chart.draw === "spectrum" && chart.xs.length === 0) continue;
  const plot = new Plot(chart, figure, page);
  switchLines(plot, figure);
  readByKeys(plot, figure, () => {
    for (const one of plots) if (one.axis.overTime === plot.axis.overTime) one.showAll();
  });
  plots.push(plot);
}

const redraw = (): void => {
  for (const plot of plots) plot.redraw();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("beforeprint", () => {
  for (const how of document.querySelectorAll(".how")) how.setAttribute("open", "");
  print.on = true;
  redraw();
});
addEventListener("afterprint", () => {
  print.on = false;
  redraw();
});
stopAtScrollable();
