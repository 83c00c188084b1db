// What warming the client up buys and costs: the first 50 requests of a run with and without it, taken in turn against
// an emulator that is warm itself, and how long it takes from the start of the process to the first request.
//   node bench/warm-up.mjs [pairs]      after npm run build
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const pairs = Number(process.argv[2] ?? 7);
const FIRST = 50;
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "warm-up-"));
const env = { ...process.env, KLARNA_PERF_STATE: join(folder, "state") };

writeFileSync(
  join(folder, "first.yaml"),
  `name: first
kind: capacity
workload: { model: open, stages: [{ rate: 50/s, for: 1s }], maxInFlight: 8 }
scenarios:
  - name: create-and-read
    steps:
      - { operation: payment-request.create, save: { id: $.payment_request_id } }
      - { operation: payment-request.read, with: { payment_request_id: "{id}" } }
limits: { rate: 1000/s }
`,
);

const emulator = spawn(
  process.execPath,
  [bin, "emulator", "--latency", "0ms", "--quotas", "live", "--protection", "off"],
  { env, stdio: ["ignore", "pipe", "ignore"] },
);
const kinds = [
  { name: "with", args: [] },
  { name: "without", args: ["--no-warm-up"] },
];
const results = { with: [], without: [] };
const bare = [];
try {
  const url = await firstLine(emulator.stdout);
  // The emulator's own first requests are slow too.
  for (let i = 0; i < Math.min(3, pairs); i++) {
    run(url, [], `warm-${i}`, ["--set", "workload.stages[0].for=5s"]);
  }
  for (let pair = 0; pair < pairs; pair++) {
    bare.push(timed(() => spawnSync(process.execPath, ["-e", "0"])));
    for (const { name, args } of kinds) results[name].push(run(url, args, `${name}-${pair}`));
  }
} finally {
  emulator.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
}

const ms = (us) => (us / 1000).toFixed(2);
console.log(
  `| warm-up | lag p50 ms | p99 | max | service p50 ms | p99 | max | to the first request, ms above bare node |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |`,
);
for (const [name, all] of Object.entries(results)) {
  const figures = ["lagUs", "serviceUs"].flatMap((what) =>
    [0.5, 0.99, 1].map((p) => ms(median(all.map((one) => quantile(one[what], p))))),
  );
  const above = median(all.map(({ startMs }, i) => startMs - bare[i])).toFixed(0);
  console.log(`| ${name} | ${figures.join(" | ")} | ${above} |`);
}

function run(url, args, name, more = []) {
  const out = join(folder, name);
  const begunMs = Date.now();
  const all = ["run", "first.yaml", "--no-progress", "--quiet", "--emulator-url", url, ...args];
  spawnSync(process.execPath, [bin, ...all, ...more, "--out", out], { cwd: folder, env });
  const { run } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  const each = readFileSync(join(out, "record", "events.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type, kind, request }) => type === "each" && kind === "answered" && request < FIRST);
  return {
    startMs:
      Date.parse(run.startedAt) + Math.min(...each.map((one) => one.startUs)) / 1000 - begunMs,
    lagUs: each.map(({ dueUs, startUs }) => startUs - dueUs),
    serviceUs: each.map(({ startUs, endUs }) => endUs - startUs),
  };
}

function timed(work) {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function firstLine(stream) {
  return new Promise((resolve) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
  });
}

function quantile(list, p) {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

function median(list) {
  return quantile(list, 0.5);
}
