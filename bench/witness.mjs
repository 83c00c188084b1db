// What the benches share: a workspace of their own, the recorder (`recorder.mjs`) as a child, and this tool run from
// `dist/`, measured from outside. Loopback only.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The program, as it was built. */
export const BIN = pathOf("../dist/bin.js");

/** A folder of its own with a state directory in it; `close` removes it. */
export async function makeWorld(name) {
  const folder = mkdtempSync(join(tmpdir(), `klarna-perf-${name}-`));
  const state = join(folder, "state");
  mkdirSync(state, { mode: 0o700 });
  const world = {
    folder,
    registryDir: join(state, "emulators"),
    env: {
      PATH: [pathOf("../node_modules/.bin"), process.env.PATH].join(delimiter),
      HOME: folder,
      KLARNA_PERF_STATE: state,
    },
    path: (file) => join(folder, file),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  world.certificate = await makeCertificate(world);
  return world;
}

async function makeCertificate({ path }) {
  const outfile = path("certificate.mjs");
  await build({
    entryPoints: [pathOf("../src/emulator/certificate.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    logLevel: "error",
  });
  const made = await import(pathToFileURL(outfile).href);
  return made.makeCertificate(Date.now());
}

/**
 * Starts the recorder.
 *
 * @param tls HTTPS, or plain HTTP
 * @param options what `recorder.mjs` takes; `registered`: as an emulator is, so that `--emulator-url` reaches it
 */
export async function startRecorder(world, { tls, registered = true, ...options }) {
  const child = spawn(process.execPath, [pathOf("recorder.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => said.push(JSON.parse(line)));
  const certificate = tls ? world.certificate : null;
  const registryDir = registered ? world.registryDir : null;
  child.stdin.write(
    `${JSON.stringify({ certificate, registryDir, latencyMs: 4, insults: [], ...options })}\n`,
  );
  await once(output, "line");
  return {
    url: said[0].url,
    first: once(output, "line"),
    signal: (one) => child.kill(one),
    async end() {
      child.stdin.end();
      await once(output, "close");
      return said.at(-1);
    },
  };
}

/** Starts a program in its own process group, which `signal` reaches; ends it after `mostS` seconds. */
export function startProgram(world, [command, ...args], { mostS, env = {} }) {
  const begunUs = monotonicUs();
  const child = spawn(command, args.map(String), {
    cwd: world.folder,
    env: { ...world.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const signal = (one) => {
    try {
      process.kill(-child.pid, one);
    } catch {
      // It has ended.
    }
  };
  const limit = setTimeout(() => signal("SIGKILL"), mostS * 1000);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  const ended = once(child, "close").then(([code]) => {
    clearTimeout(limit);
    return { code, text };
  });
  return { pid: child.pid, begunUs, signal, ended };
}

/** Microseconds of the machine's monotonic clock, which the recorder stamps with too. */
export const monotonicUs = () => Number(process.hrtime.bigint() / 1000n);

/** A profile of one operation at a constant rate, `seconds` of which are judged, after as many as `warmUpS` that are not. */
export function writeProfile(
  world,
  name,
  { rate, seconds, cap, inFlight, warmUpS = 0, arrivals = "uniform", stops = {} },
) {
  const file = world.path(`${name}.yaml`);
  const warmUp = warmUpS > 0 ? `{ rate: ${rate}/s, for: ${warmUpS}s, phase: warm-up }, ` : "";
  writeFileSync(
    file,
    `name: ${name}
kind: capacity
workload:
  model: open
  arrivals: ${arrivals}
  stages: [${warmUp}{ rate: ${rate}/s, for: ${seconds}s }]
  maxInFlight: ${inFlight}
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: ${cap}/s }
${Object.keys(stops).length > 0 ? `stops: ${JSON.stringify(stops)}\n` : ""}`,
  );
  return file;
}

export function readReport(out) {
  return JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
}

/** Processor time of a process so far, user and system, in microseconds; Linux alone keeps it here. */
export function processorUs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // Fields 14 and 15 of proc(5), in ticks of 10 ms; the two before the name's end are gone.
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** The same, pages that several processes share divided among them. */
export function proportionalBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Resident memory of a process now, in bytes. */
export function residentBytes(pid) {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) * 1024;
}

/**
 * What somebody who comes every 1 / rate seconds waits for at a recorder, whether or not a tool sent a request then, in
 * milliseconds, ascending: until held answers are let go, and as long as the recorder took for a request.
 *
 * @param held { fromS, toS } after the first request; undefined: nothing is held
 */
export function analyticWaits({ rate, seconds, held, usualMs }) {
  const waits = Array.from({ length: rate * seconds }, (_, i) => {
    const dueS = i / rate;
    const isHeld = held && dueS >= held.fromS && dueS < held.toS;
    return usualMs + (isHeld ? (held.toS - dueS) * 1000 : 0);
  });
  return ascending(waits);
}

/** What the recorder took for each request that it answered, in milliseconds, ascending. */
export function servedMs({ requests }) {
  return ascending(
    requests.flatMap((one) => (one.answeredAt ? [(one.answeredAt - one.at) / 1000] : [])),
  );
}

/** The most requests of one route in any half-open window of this length, whenever in the recorder's doubt they came. */
export function mostIn({ most }, windowS) {
  const windows = most.flatMap((one) => one.windows).filter((one) => one.windowS === windowS);
  return Math.max(0, ...windows.map(({ certain }) => certain));
}

/** What a cap allows in any window (docs/decisions/0004). */
export const capBound = (cap, windowS) => Math.ceil(cap * (windowS + 0.02) - 1e-9) + 1;

/** p50, p90, p99 and max of a report's distribution, in milliseconds; null where it can't be stated. */
export function figuresOf({ percentiles, maxUs }) {
  const usAt = (p) => percentiles.find((one) => one.p === p)?.valueUs ?? null;
  const us = { p50: usAt(50), p90: usAt(90), p99: usAt(99), max: maxUs };
  return mapValues(us, (value) => value && value / 1000);
}

/** p50, p90, p99 and max of ascending values. */
export function figuresAt(sorted) {
  return { p50: at(sorted, 50), p90: at(sorted, 90), p99: at(sorted, 99), max: sorted.at(-1) };
}

export const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));

/** The median of each figure over several rounds. */
export function medianFigures(rounds) {
  return mapValues(rounds[0], (_, name) => median(rounds.map((round) => round[name])));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const ascending = (values) => values.toSorted((a, b) => a - b);

/** The nearest-rank percentile of ascending values. */
export function at(sorted, p) {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length - 1e-9) - 1)];
}

export const median = (values) => at(ascending(values), 50);
