import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pageScript, uPlotFolder } from "../../scripts/page-script.mjs";
import type { PageAssets } from "../../src/report/html/page.ts";

/** As the build makes them, from the sources as they are. */
export function pageAssets(): PageAssets {
  return {
    script: pageScript(),
    chartStyle: readFileSync(join(uPlotFolder, "dist", "uPlot.min.css"), "utf8"),
  };
}
