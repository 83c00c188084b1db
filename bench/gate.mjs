// What the gate adds to an application's requests, at a steady 200 a second, and what a crowd does to it.
//   npm run --silent build && node bench/gate.mjs [seconds] [connections] [--write]
// The application is in this process: one request each 5 ms on connections that it keeps, to a recorder (plain HTTP,
// which answers after 4 ms), through a bare proxy and through the gate, in turn. What the gate added stands in its own
// report; beside it what the bare proxy did, and what the application saw. Then so many connections that say nothing are
// opened to the gate while the application goes on: 10 000 unless the machine has fewer file handles. The first ten seconds
// are told apart as well: until then V8 compiles the program, on the processors that it runs on. Loopback only; prints
// Markdown, and with --write keeps it in results.md as well; exit 1 where the p99 of all of it is not below 1 ms.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import hdr from "hdr-histogram-js";
import { takenByHost } from "./host.mjs";
import { conditions, keep } from "./kept.mjs";
import { ascending, at, BIN, makeWorld, startRecorder } from "./witness.mjs";

const given = process.argv.slice(2).filter((one) => one !== "--write");
const writes = process.argv.includes("--write");
const seconds = Number(given[0] ?? 60);
const crowd = Number(given[1] ?? 10_000);
// A recorder lives for two minutes.
if (!(seconds >= 1 && seconds <= 80)) throw new RangeError("give 1 to 80 seconds");
if (!(crowd >= 0 && crowd <= 10_000)) throw new RangeError("give 0 to 10 000 connections");
const RATE = 200;
const P99_MOST_MS = 1;
const WARM_S = 2;
/** Of what is measured, the beginning, told apart where there is enough after it. */
const FIRST_S = seconds > 20 ? 10 : undefined;

const before = loadavg()[0].toFixed(1);
const taken = await takenByHost(seconds > 4 ? 3 : 0.2);
const world = await makeWorld("gate");
try {
  const direct = await withRecorder((url) => ask(`${url}/v2/payment/requests/a`));
  const { proxied, bare } = await withRecorder(async (url) => {
    const proxy = await openProxy(url);
    await ask(`${proxy.url}v2/payment/requests/a`, WARM_S);
    return { proxied: await ask(`${proxy.url}v2/payment/requests/a`), bare: await proxy.end() };
  });
  const { through, crowded, added } = await withRecorder(async (url) => {
    const gate = await openGate(url);
    // The first requests open connections and have the program compiled: not measured.
    await ask(`${gate.url}v2/payment/requests/a`, WARM_S);
    const through = await ask(`${gate.url}v2/payment/requests/a`);
    const crowded = crowd > 0 ? await amongOthers(gate.url) : undefined;
    return { through, crowded, added: await gate.end() };
  });
  const text = lines({ direct, proxied, through, crowded }, added, bare).join("\n");
  process.stdout.write(`${text}\n`);
  const load = `load average ${before} before, ${loadavg()[0].toFixed(1)} after`;
  if (writes) keep("gate", `${conditions()}; ${load}. ${taken}\n\n${text}`);
  process.exitCode = percentile(added.all, 99) < P99_MOST_MS ? 0 : 1;
} finally {
  world.close();
}

/** @param measure told the URL of a recorder of its own */
async function withRecorder(measure) {
  const recorder = await startRecorder(world, { tls: false });
  recorder.first.catch(() => {});
  try {
    return await measure(recorder.url);
  } finally {
    await recorder.end();
  }
}

function lines({ direct, proxied, through, crowded }, own, bare) {
  const PS = [50, 95, 99];
  const row = (name, times) => {
    const sorted = ascending(times);
    return `| ${name} | ${times.length} | ${PS.map((p) => at(sorted, p).toFixed(2)).join(" | ")} |`;
  };
  const figures = (histogram) =>
    `${PS.map((p) => `p${p} ${percentile(histogram, p).toFixed(2)}`).join(", ")} ms`;
  const told = ({ all, first, later }) =>
    first === undefined
      ? figures(all)
      : `${figures(all)}; in the first ${FIRST_S} s ${figures(first)}, after that ${figures(later)}`;
  return [
    `${RATE} requests a second for ${seconds} s, milliseconds:`,
    "",
    "| seen by the application | requests | p50 | p95 | p99 |",
    "| --- | --: | --: | --: | --: |",
    row("without the gate", direct),
    row("through a bare proxy", proxied),
    row("through the gate", through),
    ...(crowded
      ? [row(`among ${crowded.opened} connections that say nothing`, crowded.times)]
      : []),
    "",
    `Added by the gate, by its own record: ${told(own)}. Below ${P99_MOST_MS} ms is asked for at the p99.`,
    `Added by the bare proxy, by its own: ${told(bare)}.`,
  ];
}

/** Sends on time, whether or not what was sent before is answered. @returns milliseconds from each due time to its answer's end */
async function ask(url, lasts = seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const times = [];
  const total = RATE * lasts;
  const origin = performance.now() + 20;
  await new Promise((resolve, reject) => {
    let sent = 0;
    let ended = 0;
    const pass = () => {
      for (const now = performance.now(); sent < total && origin + (sent * 1000) / RATE <= now; ) {
        const due = origin + (sent++ * 1000) / RATE;
        const one = request(url, { agent }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`an answer of ${answer.statusCode}`));
          answer.resume().once("end", () => {
            times.push(performance.now() - due);
            if (++ended === total) resolve();
          });
        });
        one.once("error", reject).end();
      }
      if (sent < total) setTimeout(pass, 1);
    };
    pass();
  });
  agent.destroy();
  return times;
}

/** The same for a few seconds while others hold connections and say nothing. */
async function amongOthers(url) {
  const { port } = new URL(url);
  const sockets = [];
  let opened = 0;
  for (let i = 0; i < crowd; i++) {
    const socket = connect({ host: "127.0.0.1", port: Number(port) });
    sockets.push(socket);
    const more = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.on("error", () => {});
    if (!more) break;
    opened++;
  }
  const times = await ask(`${url}v2/payment/requests/a`, Math.min(5, seconds));
  for (const socket of sockets) socket.destroy();
  return { opened, times };
}

async function openProxy(recorder) {
  const script = fileURLToPath(new URL("bare-proxy.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, recorder], { stdio: ["pipe", "pipe", "inherit"] });
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    url: (await said.next()).value,
    /** What it added, as `parts` has it. */
    async end() {
      child.stdin.end();
      const added = JSON.parse((await said.next()).value);
      return parts((histogram, fromS, toS) => {
        for (const one of added.slice(fromS * RATE, toS * RATE))
          histogram.recordValue(Math.round(one * 1000));
      });
    },
  };
}

async function openGate(recorder) {
  const args = ["gate", "--emulator-url", recorder, "--out", world.path("out"), "--quiet"];
  const child = spawn(process.execPath, [BIN, ...args], {
    env: world.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    ended.then(() => reject(new Error("the gate did not open")));
  });
  return {
    url,
    async end() {
      child.kill("SIGINT");
      await ended;
      return addedBy(readFileSync(world.path("out/record/intervals.hlog"), "utf8"));
    },
  };
}

/** What the gate's record says that it added, as `parts` has it. */
function addedBy(log) {
  const all = [...log.matchAll(/^Tag=all:relay,([\d.]+),[\d.]+,[\d.]+,(\S+)$/gm)];
  const begun = Math.min(...all.map(([, start]) => Number(start)));
  return parts((histogram, fromS, toS) => {
    for (const [, start, encoded] of all) {
      if (Number(start) >= begun + fromS && Number(start) < begun + toS)
        histogram.add(hdr.decodeFromCompressedBase64(encoded));
    }
  });
}

/**
 * Histograms in microseconds of all that was measured, of its beginning and of what came after it.
 *
 * @param fill puts what was added between these seconds of the program's requests into a histogram
 * @throws Error where there is nothing to put in
 */
function parts(fill) {
  const filled = (fromS, toS) => {
    const histogram = hdr.build({ useWebAssembly: false, numberOfSignificantValueDigits: 3 });
    fill(histogram, fromS, toS);
    if (histogram.totalCount === 0) throw new Error(`nothing from ${fromS} s to ${toS} s`);
    return histogram;
  };
  const [begun, ended] = [WARM_S, WARM_S + seconds];
  const all = filled(begun, ended);
  if (FIRST_S === undefined) return { all };
  return { all, first: filled(begun, begun + FIRST_S), later: filled(begun + FIRST_S, ended) };
}

/** In milliseconds. */
function percentile(histogram, p) {
  return histogram.getValueAtPercentile(p) / 1000;
}
