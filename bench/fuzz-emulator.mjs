// Throws malformed requests at the emulator, in a process of its own: none may crash it or hang, and each gets an
// answer of a documented form or the end of its connection.
//   npm run fuzz:requests [-- requests [seed]]
// Plain HTTP on loopback. Ends with 1 when something went wrong, and shows it; the same seed makes the same requests.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fuzz } from "./fuzz-requests.mjs";

const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
if (!(count >= 1 && count <= 1_000_000)) throw new RangeError("give 1 to 1 000 000 requests");
if (!(Number.isInteger(seed) && seed >= 0)) throw new RangeError("give a whole number as seed");

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-fuzz-"));
const bundle = join(folder, "server.mjs");
await build({
  stdin: {
    contents: `
      import { systemClock } from "./base/clock.ts";
      import { seededRandom } from "./base/random.ts";
      import { startServer } from "./emulator/server.ts";
      import { OPERATIONS } from "./klarna/catalogue.ts";
      import { pathTemplates } from "./klarna/operation.ts";
      const options = { port: 0, quotas: "test", level: "acquiring-partner", apiKeys: null, protection: null,
        latency: { kind: "constant", us: 0 } };
      const server = await startServer({ clock: systemClock(), random: seededRandom(1), options,
        tls: null, quota: () => 1e9 });
      const operations = [...OPERATIONS.values()].flatMap((operation) =>
        Object.values(pathTemplates(operation)).filter(Boolean).map((path) =>
          ({ method: operation.method, path, body: operation.sampleBody?.() })));
      console.log(JSON.stringify({ port: server.port, operations }));
      process.stdin.on("data", () => console.log(process.memoryUsage().rss))
        .once("end", () => process.exit(0));`,
    resolveDir: fileURLToPath(new URL("../src", import.meta.url)),
    loader: "ts",
  },
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
const child = spawn(process.execPath, [bundle], { stdio: ["pipe", "pipe", "inherit"] });
const exited = once(child, "exit");
const lines = createInterface({ input: child.stdout });
const [ready] = await once(lines, "line");
const { port, operations } = JSON.parse(ready);

const begun = process.hrtime.bigint();
const { classes, bad } = await fuzz({ port, operations, count, seed, atOnce: 128 });
const seconds = Number(process.hrtime.bigint() - begun) / 1e9;

const alive = child.exitCode === null && child.signalCode === null;
console.log(`| requests | class |\n| ---: | --- |`);
for (const [name, n] of [...classes].sort(([, a], [, b]) => b - a))
  console.log(`| ${n} | ${name} |`);
console.log(
  `\n${count} requests in ${seconds.toFixed(0)} s, seed ${seed}; the emulator ${alive ? "lives" : "is gone"}`,
);
if (alive) {
  child.stdin.write("?\n");
  const [rss] = await once(lines, "line");
  console.log(`its memory: ${(Number(rss) / 1_048_576).toFixed(0)} MiB`);
}
for (const { verdict, bytes } of bad) console.log(`\n${verdict}\n${JSON.stringify(bytes)}`);
child.stdin.end();
await exited;
rmSync(folder, { recursive: true, force: true });
process.exitCode = alive && bad.length === 0 ? 0 : 1;
