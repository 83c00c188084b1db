// What the gate adds to an application's requests, at a steady 200 a second, and what a crowd does to it.
//   npm run --silent build && node bench/gate.mjs [seconds] [connections] [--write]
// The application is in this process: one request each 5 ms on connections that it keeps, to the recorder itself (plain HTTP,
// which answers after 4 ms), through a bare proxy and through the gate, in turn. What the gate added stands in its own report;
// beside it what the bare proxy did, and what the application saw. Then so many connections that say nothing are opened to the gate while the application goes on: 10 000
// unless the machine has fewer file handles. Loopback only; prints Markdown, and with --write keeps it in
// results.md as well; exit 1 where the p99 is not below 1 ms once the gate has run for ten seconds: until then V8 compiles it
// on the processors that it runs on.
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
const seconds = Number(given[0] ?? 30);
const crowd = Number(given[1] ?? 10_000);
if (!(seconds >= 1 && seconds <= 120)) throw new RangeError("give 1 to 120 seconds");
if (!(crowd >= 0 && crowd <= 10_000)) throw new RangeError("give 0 to 10 000 connections");
const RATE = 200;
const P99_MOST_MS = 1;
const WARM_S = 2;
/** Of what is measured, the beginning, told apart where there is enough after it. */
const FIRST_S = seconds > 20 ? 10 : 0;

const before = loadavg()[0].toFixed(1);
const taken = await takenByHost(seconds > 4 ? 3 : 0.2);
const world = await makeWorld("gate");
try {
  const recorder = await startRecorder(world, { tls: false });
  recorder.first.catch(() => {});
  const direct = await ask(`${recorder.url}/v2/payment/requests/a`);
  const proxy = await openProxy(recorder.url);
  await ask(`${proxy.url}v2/payment/requests/a`, WARM_S);
  const proxied = await ask(`${proxy.url}v2/payment/requests/a`);
  const bare = await proxy.end();
  const gate = await openGate(recorder.url);
  // The first requests open connections and have the program compiled: not measured.
  await ask(`${gate.url}v2/payment/requests/a`, WARM_S);
  const through = await ask(`${gate.url}v2/payment/requests/a`);
  const crowded = crowd > 0 ? await amongOthers(gate.url) : undefined;
  const added = await gate.end();
  await recorder.end();
  const text = lines({ direct, proxied, through, crowded }, added, bare).join("\n");
  process.stdout.write(`${text}\n`);
  const load = `load average ${before} before, ${loadavg()[0].toFixed(1)} after`;
  if (writes) keep("gate", `${conditions()}; ${load}. ${taken}\n\n${text}`);
  process.exitCode = added.later(99) < P99_MOST_MS ? 0 : 1;
} finally {
  world.close();
}

function lines({ direct, proxied, through, crowded }, own, bare) {
  const of = (first, later) =>
    FIRST_S === 0
      ? `${added(later)} ms`
      : `in the first ${FIRST_S} s ${added(first)} ms; after that ${added(later)} ms`;
  const PS = [50, 95, 99];
  const row = (name, times) => {
    const sorted = ascending(times);
    return `| ${name} | ${times.length} | ${PS.map((p) => at(sorted, p).toFixed(2)).join(" | ")} |`;
  };
  const added = (valueAt) => PS.map((p) => `p${p} ${valueAt(p).toFixed(2)}`).join(", ");
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
    `Added by the gate, by its own record: ${of(own.first, own.later)}, where a p99 below ${P99_MOST_MS} ms is asked for.`,
    `Added by the bare proxy, by its own: ${of(bare.first, bare.later)}.`,
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
    /** What it added, by percentile, in milliseconds: in the first seconds, and later. */
    async end() {
      child.stdin.end();
      const added = JSON.parse((await said.next()).value).slice(RATE * WARM_S);
      const first = ascending(added.slice(0, RATE * FIRST_S));
      const later = ascending(added.slice(RATE * FIRST_S));
      return { first: (p) => at(first, p), later: (p) => at(later, p) };
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

/** What the gate's record says that it added, by percentile, in milliseconds: in the first seconds, and later. */
function addedBy(log) {
  const all = [...log.matchAll(/^Tag=all:relay,([\d.]+),[\d.]+,[\d.]+,(\S+)$/gm)];
  const begun = Math.min(...all.map(([, start]) => Number(start))) + WARM_S;
  const sum = (fromS, toS) => {
    const one = hdr.build({ useWebAssembly: false, numberOfSignificantValueDigits: 3 });
    for (const [, start, encoded] of all) {
      if (Number(start) >= fromS && Number(start) < toS)
        one.add(hdr.decodeFromCompressedBase64(encoded));
    }
    return (p) => one.getValueAtPercentile(p) / 1000;
  };
  return { first: sum(begun, begun + FIRST_S), later: sum(begun + FIRST_S, begun + seconds) };
}
