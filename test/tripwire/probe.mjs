// A child of tripwire.test.ts. It runs one piece of code, with the tripwire armed or not, and writes what came of it to
// standard output as JSON. Every built-in is imported before arming, so that only live views can show the patches.
import { createHook } from "node:async_hooks";
import * as child_process from "node:child_process";
import cluster from "node:cluster";
import * as dgram from "node:dgram";
import * as dns from "node:dns";
import * as dnsPromises from "node:dns/promises";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as inspector from "node:inspector";
import * as module from "node:module";
import * as net from "node:net";
import * as process from "node:process";
import * as tls from "node:tls";
import * as worker_threads from "node:worker_threads";

const { arm, code, has, untilStdinEnds, scope } = JSON.parse(process.argv[2]);
const require = module.createRequire(import.meta.url);
const node = globalThis.process;

/** What code loaded before the tripwire could have kept. */
const early = {};
for (const name of ["tcp_wrap", "pipe_wrap", "udp_wrap", "cares_wrap"]) {
  Object.assign(early, node.binding(name));
}

const calls = {};
createHook({
  init(_id, type) {
    calls[type] = (calls[type] ?? 0) + 1;
  },
}).enable();

const codes = [];
function caught(error) {
  const seen = new Set();
  for (let e = error; e && !seen.has(e); e = e.cause ?? e.error ?? e.errors?.[0]) {
    seen.add(e);
    if (e.code !== undefined) codes.push(e.code);
  }
}
node.on("uncaughtException", caught);
node.on("unhandledRejection", caught);

/** "connected", or the code of the error that came instead. */
async function outcome(open) {
  try {
    const socket = open();
    await once(socket, "connect");
    socket.destroy();
    return "connected";
  } catch (error) {
    return error.code;
  }
}

/** What a function returns, or the code of what it throws. */
function result(run) {
  try {
    return run();
  } catch (error) {
    return error.code ?? error.name;
  }
}

const load = (url) => import(url);
const tripwire = await load(scope.bundle);
const undici = code.includes("undici") ? await load(scope.undiciUrl) : undefined;
let reported = 0;
if (arm) {
  tripwire.armTripwire({
    onHit: () => {
      reported++;
    },
    allowChildren: [scope.allowedScript],
    allowAddons: [scope.allowedAddon],
  });
}

const builtins = { child_process, cluster, dgram, dns, dnsPromises, fs, http, http2, https };
const more = { inspector, module, net, processView: process, tls, worker_threads, once, require };
const all = { ...scope, ...builtins, ...more, tripwire, undici, early, load, outcome, result };
const AsyncFunction = (async () => {}).constructor;
if (!(await new AsyncFunction(...Object.keys(all), `return ${has}`)(...Object.values(all)))) {
  fs.writeSync(1, JSON.stringify({ absent: true }));
  node.exit(0);
}
const run = new AsyncFunction(...Object.keys(all), code);

let value;
const running = run(...Object.values(all)).then((returned) => {
  value = returned;
  if (!untilStdinEnds) return;
  returned?.on?.("error", caught);
  returned?.addEventListener?.("error", caught);
}, caught);

if (untilStdinEnds) {
  node.stdin.resume();
  await once(node.stdin, "end");
} else if (arm === "attempt") {
  for (let turns = 0; reported === 0 && turns < 1000; turns++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  // Time for whatever the attempt may have left to later turns.
  await new Promise((resolve) => setTimeout(resolve, 30));
} else {
  await running;
}

const hits = [];
const found = tripwire.tripwireHits();
// By index: one test changes the methods of arrays.
for (let i = 0; i < found.length; i++) {
  const { code, api, destination } = found[i];
  hits[i] = { code, api, destination };
}
const report = {
  value: untilStdinEnds || arm === "attempt" ? undefined : value,
  codes,
  hits,
  calls,
};
fs.writeSync(1, JSON.stringify(report));
node.exit(0);
