// Bundles src/ into dist/: shared chunks, each loaded only by the commands that need it.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { lazyStringWidth } from "./lazy-string-width.mjs";
import { licencesOf } from "./licences.mjs";
import { pageScript, uPlotFolder } from "./page-script.mjs";

const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // What a command needs before its first request goes into the bundle, where it loads in half the time. Outside stay
  // what comes with native code, and what processes of their own load.
  external: ["autocannon", "libsql", "@peculiar/x509", "reflect-metadata", "@swc/wasm-typescript"],
  // Some of them are CommonJS and ask for Node's own modules by `require`.
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "eof",
  logLevel: "warning",
  outdir: "dist",
  // Written only when all of it was built: what was there before outlives a build that fails.
  write: false,
  metafile: true,
};
const program = await build({
  ...shared,
  // One copy of each module in a process: of the tripwire, and of every class that the guard mints.
  splitting: true,
  plugins: [lazyStringWidth],
  chunkNames: "chunks/[name]-[hash]",
  entryPoints: { bin: "src/cli/bin.ts", index: "src/index.ts" },
});
// A process of its own, so a bundle of its own: nothing of it is ever loaded beside a key.
const emulator = await build({
  ...shared,
  entryPoints: { "emulator-process": "src/emulator/main.ts" },
});
const users = await build({
  ...shared,
  entryPoints: { "users-process": "src/harness/users-process.ts" },
});
// A user's client runs there, under a tripwire of its own.
const client = await build({
  ...shared,
  entryPoints: { "client-process": "src/harness/client/process.ts" },
});
// Loaded by a thread of that process, on a Node that reads no TypeScript by itself.
const typescript = await build({
  ...shared,
  entryPoints: { "client-typescript": "src/harness/client/typescript-hooks.ts" },
});
const script = pageScript();
const action = await build({
  ...shared,
  entryPoints: { "github-action": "src/ci/github-action.ts" },
});
const bundles = [program, emulator, users, client, typescript, action];
rmSync("dist", { recursive: true, force: true });
for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
mkdirSync("dist/assets", { recursive: true });
writeFileSync("dist/assets/report-page.js", script);
copyFileSync(join(uPlotFolder, "dist/uPlot.min.css"), "dist/assets/uPlot.min.css");
copyFileSync(join(uPlotFolder, "LICENSE"), "dist/assets/uPlot.LICENSE");
const used = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", licencesOf(used));
