// Bundles src/ into dist/: one chunk for what the commands share, loaded only by those that need it.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
rmSync("dist", { recursive: true, force: true });
const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
  chunkNames: "chunks/[name]-[hash]",
};
await build({
  ...shared,
  // Shared chunks, so that there is one copy of the tripwire and of every minted class in a process.
  splitting: true,
  entryPoints: { bin: "src/cli/bin.ts", index: "src/index.ts" },
  outdir: "dist",
});
await build({
  ...shared,
  entryPoints: { "emulator-process": "src/emulator/main.ts" },
  outdir: "dist",
});
const uPlot = dirname(require.resolve("uplot/package.json"));
mkdirSync("dist/assets", { recursive: true });
for (const file of ["uPlot.iife.min.js", "uPlot.min.css"]) {
  copyFileSync(join(uPlot, "dist", file), join("dist/assets", file));
}
