// How long the reports of a long, fast run take to make, how much memory that needs, and how large they are.
//   npm run bench:render [-- seconds perSecond rounds]
// Records a made-up run first (30 minutes at 1 000/s: about a minute), then makes its reports with the command itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const seconds = Number(process.argv[2] ?? 1_800);
const perSecond = Number(process.argv[3] ?? 1_000);
const rounds = Number(process.argv[4] ?? 5);
const TIMEOUT_US = 10_000_000;
const MOST = { ms: 2_000, mb: 300, pageKb: 400 };
const OPERATIONS = ["create", "read", "update", "cancel"].map((verb) => `payment-request.${verb}`);

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "klarna-perf-render-"));

/** A seeded sequence. */
function* random(seed) {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

async function record() {
  const { outputFiles } = await build({
    stdin: {
      contents:
        'export { Recorder } from "./src/measure/recorder.ts"; export { RecordWriter } from "./src/measure/record.ts";',
      resolveDir: root,
    },
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["hdr-histogram-js"],
    write: false,
  });
  const bundle = join(root, "bench", `.render-${process.pid}.mjs`);
  writeFileSync(bundle, outputFiles[0].contents);
  const { Recorder, RecordWriter } = await import(bundle);
  rmSync(bundle);
  const example = (name) =>
    JSON.parse(readFileSync(join(root, "reports", "example", "record", name), "utf8"));
  const { run } = example("manifest.json");
  const { recordWarnings, ...end } = example("end.json");
  const stages = [
    { phase: "steady", fromPerSecond: perSecond, toPerSecond: perSecond, durationS: seconds },
  ];
  const manifest = { ...run, plan: { ...run.plan, durationS: seconds, stages } };
  const writer = await RecordWriter.create(join(folder, "record"), {
    startedWallMs: Date.parse(end.startedAt),
    intervalUs: 1_000_000,
    run: manifest,
  });
  const recorder = new Recorder(writer, 0);
  const waiting = [];
  const draw = random(11);
  const next = () => draw.next().value;
  for (let i = 0; i < seconds * perSecond; i++) {
    const due = Math.floor((i * 1e6) / perSecond);
    const second = Math.floor(due / 1e6);
    // A wave of slowness, and now and then a stall: no two seconds alike.
    const median = 20_000 * (1.5 + Math.sin(second / 97)) * (second % 211 === 7 ? 12 : 1);
    const wait = Math.floor(median * (0.4 + 2 * next() ** 6));
    const body = Math.floor(60 + 500 * next());
    const start = due + Math.floor(80 * next());
    const request = {
      request: i,
      journey: i,
      scenario: "checkout",
      operation: OPERATIONS[i % OPERATIONS.length],
      category: "payment-transaction-management",
      phase: "steady",
      due,
    };
    const sent = { ...request, start, waits: { inFlight: 0, cap: start - due, runnerLag: 0 } };
    const connection = i < 200 ? "new" : "reused";
    while (waiting.length > 0 && waiting[0].end <= due) recorder.outcome(waiting.shift());
    recorder.due(request);
    recorder.started(sent);
    const draws = next();
    const end = start + wait + body;
    if (draws < 0.0005) {
      waiting.push({ ...sent, kind: "failed", end: start + TIMEOUT_US, code: "timeout" });
    } else {
      const expected = draws > 0.002;
      const status = expected ? 200 : 503;
      const phases = { waitUs: wait, bodyUs: body, connection };
      if (i < 200) Object.assign(phases, { connectUs: 700, tlsUs: 3_000 });
      recorder.outcome({ ...sent, kind: "answered", end, status, expected, phases });
    }
    if (i % 2_000 === 0) {
      while (recorder.flushOne());
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  for (const outcome of waiting) recorder.outcome(outcome);
  recorder.close();
  await writer.close(end);
}

const PEAK =
  'process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS / 1024 + "\\n"))';

function make() {
  const begun = process.hrtime.bigint();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(PEAK)}`,
      "dist/bin.js",
      "report",
      folder,
    ],
    { cwd: root, encoding: "utf8" },
  );
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  if (status !== 0) throw new Error(stderr);
  return { ms, mb: Number(/^peak (.*)$/m.exec(stderr)?.[1]) };
}

try {
  await record();
  const results = Array.from({ length: rounds }, make);
  const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
  console.log(`${seconds} s at ${perSecond}/s, ${rounds} rounds\n`);
  console.log("| what | seen | at most |\n| --- | ---: | ---: |");
  console.log(
    `| time, ms, median | ${median(results.map(({ ms }) => ms)).toFixed(0)} | ${MOST.ms} |`,
  );
  console.log(
    `| peak memory, MB | ${Math.max(...results.map(({ mb }) => mb)).toFixed(0)} | ${MOST.mb} |`,
  );
  const kb = (path) => statSync(path).size / 1024;
  for (const name of readdirSync(folder)
    .filter((one) => one !== "record")
    .sort()) {
    const most = name === "report.html" ? MOST.pageKb : "";
    console.log(`| ${name}, KB | ${kb(join(folder, name)).toFixed(0)} | ${most} |`);
  }
  const recordKb = readdirSync(join(folder, "record")).map((name) =>
    kb(join(folder, "record", name)),
  );
  console.log(`| record/, KB | ${recordKb.reduce((sum, one) => sum + one, 0).toFixed(0)} | |`);
  if (process.argv.includes("--keep")) console.log(`\nkept: ${folder}`);
} finally {
  if (!process.argv.includes("--keep")) rmSync(folder, { recursive: true });
}
