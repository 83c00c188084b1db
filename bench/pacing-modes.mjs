// What `pacing: precise` costs and what `pacing: relaxed` gives up: processor time of the runner in the middle of a
// run, and how late it was by its own figures, the two taken in turn.
//   node bench/pacing-modes.mjs [pairs] [rate] [seconds]      after npm run build
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [pairs = 3, rate = 50, seconds = 8] = process.argv.slice(2).map(Number);
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pacing-modes-"));
/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

writeFileSync(
  join(folder, "modes.yaml"),
  `name: modes
kind: capacity
workload: { model: open, stages: [{ rate: ${rate}/s, for: ${seconds}s }], maxInFlight: 50 }
scenarios: [{ name: read, steps: [{ operation: dispute.list }] }]
emulator: { quotas: live, latency: 5ms }
limits: { rate: ${2 * rate}/s }
`,
);

const results = { precise: [], relaxed: [] };
try {
  for (let pair = 0; pair < pairs; pair++) {
    for (const mode of Object.keys(results)) results[mode].push(await run(mode, pair));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `| pacing at ${rate}/s | processor, of a core | runner lag p50 ms | p99 | max |\n| --- | ---: | ---: | ---: | ---: |`,
);
for (const [mode, all] of Object.entries(results)) {
  const of = (pick) => median(all.map(pick)).toFixed(2);
  const share = (median(all.map(({ cpu }) => cpu)) * 100).toFixed(1);
  console.log(
    `| ${mode} | ${share} % | ${of((r) => r.p50)} | ${of((r) => r.p99)} | ${of((r) => r.max)} |`,
  );
}

async function run(mode, pair) {
  const out = join(folder, `${mode}-${pair}`);
  const args = ["run", "modes.yaml", "--no-progress", "--quiet", "--seed", "1", "--out", out];
  const child = spawn(process.execPath, [bin, ...args, "--set", `workload.pacing=${mode}`], {
    cwd: folder,
    stdio: "ignore",
    env: { ...process.env, KLARNA_PERF_STATE: join(folder, "state") },
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  // Past the start and the emulator's, and before the reports are written.
  await sleep(2500);
  const [cpuFrom, from] = [processorSeconds(child.pid), performance.now()];
  await sleep((seconds - 3) * 1000);
  const [cpuTo, to] = [processorSeconds(child.pid), performance.now()];
  await ended;
  const { waits } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  const { runnerLag } = waits;
  const at = (p) =>
    (runnerLag.percentiles.find((one) => one.p === p)?.valueUs ?? Number.NaN) / 1000;
  return {
    cpu: (cpuTo - cpuFrom) / ((to - from) / 1000),
    p50: at(50),
    p99: at(99),
    max: runnerLag.maxUs / 1000,
  };
}

/** User and system time of a process so far (proc(5), fields 14 and 15 of stat). */
function processorSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
}
