// Resident memory at 1 000/s, of the runner and of the emulator, in processes of their own, that it runs against.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import {
  monotonicUs,
  proportionalBytes,
  residentBytes,
  sleep,
  startProgram,
  writeProfile,
} from "../witness.mjs";
import { ours } from "./ours.mjs";
import { figure, table } from "./table.mjs";

const RATE = 1000;
const SETTLED_AFTER_MIN = 5;
const MB = 1024 * 1024;

/** @param options minutes: what comes after minute 5 is judged for growth */
export async function memory(world, { minutes }) {
  const emulator = await startEmulator(world);
  const seconds = Math.round(minutes * 60);
  const profile = writeProfile(world, "memory", {
    rate: RATE,
    seconds,
    cap: RATE * 1.25,
    inFlight: 200,
  });
  const { command } = ours(profile);
  const out = world.path("out-memory");
  const program = startProgram(
    world,
    [...command.map((arg) => (arg === "OUT" ? out : arg)), emulator.url],
    {
      mostS: seconds + 60,
    },
  );
  const samples = [];
  const begunUs = monotonicUs();
  let ended = false;
  program.ended.then(() => {
    ended = true;
  });
  while (!ended) {
    await sleep(Math.min(1000, seconds * 20));
    try {
      const runner = residentBytes(program.pid);
      const minute = (monotonicUs() - begunUs) / 60e6;
      // A process that is about to end has no memory any more.
      if (runner > 0)
        samples.push({
          minute,
          runner: runner / MB,
          both: (runner + residentBytes(emulator.pid)) / MB,
          shared: (proportionalBytes(program.pid) + proportionalBytes(emulator.pid)) / MB,
        });
    } catch {
      break;
    }
  }
  const { code, text } = await program.ended;
  await emulator.end();
  if (samples.length === 0) throw new Error(`exit ${code}: ${text.slice(0, 1000)}`);
  return judge(samples, minutes);
}

function judge(samples, minutes) {
  const most = (name) => Math.max(...samples.map((one) => one[name]));
  const late = samples.filter(({ minute }) => minute > SETTLED_AFTER_MIN);
  const slope = (name) => (late.length > 30 ? slopeOf(late, name) : undefined);
  const columns = [
    "1 000/s",
    `most in ${minutes} min, MB`,
    "at the end",
    `a minute, after minute ${SETTLED_AFTER_MIN}`,
  ];
  const last = samples.at(-1);
  const rows = [
    ["runner", "runner"],
    ["runner and emulator", "both"],
    ["… what both share, the program of Node above all, counted once", "shared"],
  ];
  return {
    text: table(
      columns,
      rows.map(([title, name]) => [
        title,
        most(name).toFixed(0),
        last[name].toFixed(0),
        slope(name)?.toFixed(2) ?? "?",
      ]),
    ),
    figures: [
      figure(
        "resident memory at 1 000/s, runner",
        "160 MB",
        `${most("runner").toFixed(0)} MB`,
        most("runner") < 160,
      ),
      figure("… with the emulator", "260 MB", `${most("both").toFixed(0)} MB`, most("both") < 260),
      ...["runner", "both"].flatMap((name) => growth(name, slope(name))),
    ],
  };
}

function growth(name, slope) {
  if (slope === undefined) return [];
  const title = `… growth after minute 5, ${name === "both" ? "with the emulator" : name}`;
  return [figure(title, "0.2 MB a minute", `${slope.toFixed(2)} MB a minute`, slope <= 0.2)];
}

/** By least squares, MB a minute. */
function slopeOf(samples, name) {
  const mean = (of) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [x, y] = [mean(({ minute }) => minute), mean((one) => one[name])];
  const upper = mean((one) => (one.minute - x) * (one[name] - y));
  return upper / mean(({ minute }) => (minute - x) ** 2);
}

/** The emulator as a run starts it, but for its quotas, which 1 000/s would exceed. */
async function startEmulator(world) {
  const bundle = world.path("emulator.mjs");
  await build({
    stdin: {
      contents: `
        import { systemClock } from "./base/clock.ts";
        import { holdOldHeap, holdYoungHeap } from "./base/memory.ts";
        import { seededRandom } from "./base/random.ts";
        import { startServer } from "./emulator/server.ts";
        holdOldHeap();
        holdYoungHeap();
        const options = { port: 0, quotas: "live", level: "partner", apiKeys: null, customer: null,
          protection: null, latency: { kind: "constant", us: 4000 } };
        const { key, cert } = JSON.parse(process.argv[2]);
        const server = await startServer({ clock: systemClock(), random: seededRandom(1), options,
          tls: { key, cert }, quota: () => 1e9 });
        console.log(server.url);
        process.stdin.resume().once("end", () => process.exit(0));`,
      resolveDir: fileURLToPath(new URL("../../src", import.meta.url)),
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
  const { key, cert, caPem } = world.certificate;
  const child = spawn(process.execPath, [bundle, JSON.stringify({ key, cert })], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  mkdirSync(world.registryDir, { recursive: true, mode: 0o700 });
  const port = new URL(url).port;
  const startedAt = new Date().toISOString();
  writeFileSync(
    join(world.registryDir, `${child.pid}-${port}.json`),
    JSON.stringify({ url, caPem, pid: child.pid, startedAt }),
    { mode: 0o600 },
  );
  return {
    url,
    pid: child.pid,
    async end() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
