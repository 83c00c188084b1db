// The emulator's server and a bare one of Node's, each a process of one thread, and what each of them sees of its own latency.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Asked by a line on standard input, it answers with a line: `cpu`, or `inside`, which begins anew. */
const ASKED = `
  process.stdin.setEncoding("utf8").on("data", (asked) => {
    const { user, system } = process.cpuUsage();
    console.log(asked === "cpu\\n" ? (user + system) / 1e6 : JSON.stringify(inside()));
  }).once("end", () => process.exit(0));`;

/**
 * From a request's last byte, as the parser gives it, until its answer has been handed to the system; the same for both, and
 * around the server: nothing in it knows.
 */
const INSIDE = `
  import { IncomingMessage, ServerResponse } from "node:http";
  const taken = new Float64Array(1 << 20);
  let count = 0;
  const { push } = IncomingMessage.prototype;
  IncomingMessage.prototype.push = function (chunk, encoding) {
    if (chunk === null) this.lastByteAt = performance.now();
    return push.call(this, chunk, encoding);
  };
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function (payload) {
    const ended = end.call(this, payload);
    if (count < taken.length) taken[count++] = performance.now() - this.req.lastByteAt;
    return ended;
  };
  function inside() {
    const sorted = taken.slice(0, count).sort();
    count = 0;
    const at = (p) => sorted[Math.ceil(p * sorted.length) - 1] ?? 0;
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }`;

/** Told nothing that a user can tell it: no quota at all, and a latency of 0. */
const EMULATOR = `
  ${INSIDE}
  import { systemClock } from "./base/clock.ts";
  import { holdOldHeap, holdYoungHeap } from "./base/memory.ts";
  import { seededRandom } from "./base/random.ts";
  import { startServer } from "./emulator/server.ts";
  holdOldHeap();
  holdYoungHeap();
  const options = { port: 0, quotas: "test", level: "partner", apiKeys: null, protection: null,
    latency: { kind: "constant", us: 0 } };
  const server = await startServer({ clock: systemClock(), random: seededRandom(1), options,
    tls: null, quota: () => 1e9 });
  console.log(server.url);
  ${ASKED}`;

/** The floor: as many bytes, and nothing else done. */
const BARE = `
  ${INSIDE}
  import { createServer } from "node:http";
  const payload = JSON.stringify({ of: "x".repeat(PAYLOAD) });
  const headers = { "Klarna-Correlation-Id": "552603c0-fe8b-4ab1-aacb-41d55fafbdb4",
    "X-Ratelimit-Limit": '12, 12;w=1;name="account_payment-transaction-capture"', "X-Ratelimit-Remaining": "11",
    "X-Ratelimit-Reset": "1", "Content-Length": String(payload.length), "Content-Type": "application/json" };
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(201, headers).end(payload));
  });
  server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));
  ${ASKED}`;

/** @param world folder and environment */
export async function startEmulator(world) {
  return start(world, "emulator", EMULATOR);
}

/** @param bytes of its answers' bodies */
export async function startBare(world, bytes) {
  return start(
    world,
    "bare",
    BARE.replace("PAYLOAD", String(bytes - JSON.stringify({ of: "" }).length)),
  );
}

async function start({ folder, env }, name, contents) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: {
      contents,
      resolveDir: fileURLToPath(new URL("../../src", import.meta.url)),
      loader: "ts",
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  const child = spawn(process.execPath, [outfile], { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout });
  const [origin] = await once(lines, "line");
  const asked = async (what) => {
    child.stdin.write(`${what}\n`);
    const [line] = await once(lines, "line");
    return JSON.parse(line);
  };
  return {
    url: `${origin}/v2/payment/requests`,
    /** Seconds of its processor's time so far. */
    processorS: () => asked("cpu"),
    /** Its own latencies since this was last asked, milliseconds. */
    inside: () => asked("inside"),
    async end() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
