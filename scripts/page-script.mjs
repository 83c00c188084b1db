// The report page's script with the chart library in it, as one text for a script element.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
export const uPlotFolder = dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
const { version } = JSON.parse(readFileSync(join(uPlotFolder, "package.json"), "utf8"));

export function pageScript() {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, "src/report/html/client/main.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    platform: "browser",
    // The library's licence asks for its notice; the whole text lies beside this file.
    banner: { js: `/*! uPlot ${version}, MIT, https://github.com/leeoniya/uPlot */` },
    legalComments: "none",
    write: false,
    logLevel: "warning",
    absWorkingDir: root,
  });
  return outputFiles[0].text;
}
