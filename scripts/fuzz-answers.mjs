// Throws malformed answers at the client, over real TLS on loopback: npm run fuzz:answers [-- count [seed]]
// Ends with 0 when each came to one result of a known kind and memory stayed flat. Some minutes for 100 000.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const [count = "100000", seed = "1"] = process.argv.slice(2);
if (!/^[1-9]\d{0,6}$/.test(count)) throw new RangeError("give 1 to 9999999 answers");
if (!/^\d{1,9}$/.test(seed)) throw new RangeError("give a seed of at most nine digits");

const root = join(import.meta.dirname, "..");
// Beside the packages that it imports.
const bundle = join(root, "node_modules", ".cache", `klarna-perf-fuzz-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, "test", "support", "answer-fuzz.ts")],
  outfile: bundle,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  logLevel: "warning",
});
const { fuzzAnswers } = await import(pathToFileURL(bundle).href).finally(() => rmSync(bundle));

const begun = performance.now();
const { answers, results, heapGrowthBytes, connections } = await fuzzAnswers(
  Number(count),
  Number(seed),
);
const seconds = (performance.now() - begun) / 1000;
for (const [kind, times] of [...results].sort(([, a], [, b]) => b - a)) {
  console.log(`${String(times).padStart(8)}  ${kind}`);
}
const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);
console.log(
  `${answers} answers over ${connections} connections in ${seconds.toFixed(1)} s, seed ${seed}; ` +
    `heap grew by ${megabytes(heapGrowthBytes)} MB, at most ${megabytes(process.resourceUsage().maxRSS * 1024)} MB resident`,
);
if (heapGrowthBytes > 32 * 1024 * 1024) throw new Error("memory grows with the answers");
