// A witness in a process of its own: a server on 127.0.0.1 that stamps what reaches it, misbehaves on schedule, and
// shares no code with the tools it watches. Node's built-in modules only.
//
// Reads its options from standard input, one line of JSON, and ends when that input does:
//   certificate  { key, cert, caPem }: HTTPS; null: plain HTTP
//   registryDir  registers itself there as an emulator does, so that `--emulator-url` reaches it; null: nowhere
//   latencyMs    from a request's head to its answer: a number, or drawn anew for each request, from a fixed seed:
//                { kind: "log-normal", medianMs, sigma } | { kind: "bimodal", ms: [usual, rare], rareShare }
//   headers      added to every answer; a value that is a list gives one to each answer in turn, the last to the rest
//   insults      [{ kind, fromS, toS }], in seconds after the first request; before it the time is -1
//     hold       what would be answered in it is answered at its end
//     answer     answers { status, headers, body } instead, to the first `most` requests that come in it
//     reset      at `fromS` every open connection is reset
//     refuse     nothing listens on the port
//     shut       a connection that comes in it is accepted and reset
//     slow       a connection that comes in it waits `delayMs` for its first byte to be read
//     mask       a connection that comes in it meets another certificate: { certificate }
// Writes lines of JSON to standard output: { url }, { firstUs }, and at the end the recording.
//
// All times are microseconds of the machine's monotonic clock, which every process on it reads alike. What this process
// sees it stamps twice: `at` when it saw it, and `since` before which it can't have come.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect as connectTls } from "node:tls";
import { setFlagsFromString } from "node:v8";

/** Nobody watches for longer: what was forgotten ends by itself. */
const MOST_MS = 120_000;
/** Asked of itself before it says where it is, within so long: a cold server is still slow after two thousand. */
const WARM_UP_REQUESTS = 6000;
const WARM_UP_MOST_MS = 3000;
const WARM_UP_REQUEST =
  "POST /v2/payment/requests HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
const WINDOWS_S = [0.1, 0.25, 1, 2];

const now = () => Number(process.hrtime.bigint() / 1000n);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const stdin = createInterface({ input: process.stdin });
const options = await new Promise((resolve) => {
  stdin.once("line", (line) => resolve(JSON.parse(line)));
});
const { certificate, registryDir, latencyMs, headers = {}, insults } = options;

const latency = sampler(latencyMs);
const requests = [];
const connections = [];
/** Open sockets, and how many bytes each had got at the last look. */
const open = new Map();
let firstUs;
let lastByte = null;
let bytes = 0;
let handshakes = 0;
/** While it is its own client, before it says where it is. */
let warming = true;

// What is stamped now came in since the last look but one: what arrives while this process is kept from running
// (frozen, or without a processor) is stamped late, all at once.
const looks = [now(), now()];
const stamp = () => ({ at: now(), since: looks[0] });
setInterval(() => {
  for (const socket of open.keys()) lookAtBytes(socket);
  looks.shift();
  looks.push(now());
}, 1);

/** Bytes beneath TLS: of a handshake, a request or an alert. */
function lookAtBytes(socket) {
  const more = socket.bytesRead - open.get(socket);
  if (more === 0) return;
  open.set(socket, socket.bytesRead);
  bytes += more;
  lastByte = stamp();
}

const schedule = (atUs, action) => setTimeout(action, Math.max(0, (atUs - now()) / 1000));
const sinceFirstS = (at) => (firstUs === undefined ? -1 : (at - firstUs) / 1e6);
const during = (kind, at) => {
  const s = sinceFirstS(at);
  return insults.find((one) => one.kind === kind && s >= one.fromS && s < (one.toS ?? one.fromS));
};

/** Draws latencies in milliseconds. */
function sampler(model) {
  if (typeof model === "number") return () => model;
  let state = 1;
  // A linear congruential generator (Numerical Recipes, section 7.1): any will do that gives the same each time.
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  if (model.kind === "bimodal") {
    const [usual, rare] = model.ms;
    return () => (uniform() < model.rareShare ? rare : usual);
  }
  // Box and Muller, 1958.
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return () => model.medianMs * Math.exp(model.sigma * normal());
}

function onRequest(request, response) {
  const { at, since } = stamp();
  if (firstUs === undefined && !warming) begin(at);
  const count = requests.length;
  const told = during("answer", at);
  const other = told && (told.most === undefined || told.most-- > 0) ? told : undefined;
  const status = other?.status ?? (request.method === "POST" ? 201 : 200);
  const entry = { at, since, route: routeOf(request), status, answeredAt: null };
  requests.push(entry);
  const body = { payment_request_id: `recorded-${count + 1}`, state: "SUBMITTED" };
  const text = other ? (other.body ?? KLARNA_ERROR) : JSON.stringify(body);
  const answer = () => {
    const held = during("hold", now());
    if (held) return void schedule(firstUs + held.toS * 1e6, answer);
    if (response.destroyed) return;
    response.writeHead(status, {
      "content-type": "application/json",
      ...headersOf(count),
      ...other?.headers,
    });
    response.end(text);
    entry.answeredAt = now();
  };
  request.resume();
  schedule(at + (warming ? 0 : latency()) * 1000, answer);
}

const KLARNA_ERROR = JSON.stringify({
  error_id: "e",
  error_code: "RECORDED",
  error_message: "as told",
});

/** Method and path without what follows the resource: `GET /v2/payment/requests`. */
function routeOf({ method, url }) {
  return `${method} ${url.split("?")[0].split("/").slice(0, 4).join("/")}`;
}

function headersOf(count) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value[Math.min(count, value.length - 1)] : value,
    ]),
  );
}

function resetAll() {
  for (const socket of open.keys()) socket.resetAndDestroy();
}

function begin(at) {
  firstUs = at;
  say({ firstUs });
  for (const { kind, fromS, toS } of insults) {
    const from = at + fromS * 1e6;
    if (kind === "reset") schedule(from, resetAll);
    if (kind !== "refuse") continue;
    schedule(from, () => front.close());
    if (toS !== undefined) schedule(at + toS * 1e6, () => front.listen(port, "127.0.0.1"));
  }
}

const server = certificate
  ? createHttpsServer({ key: certificate.key, cert: certificate.cert }, onRequest)
  : createHttpServer(onRequest);
server.keepAliveTimeout = MOST_MS;
server.on("secureConnection", () => handshakes++);
server.on("tlsClientError", () => {});
server.on("clientError", (_, socket) => socket.destroy());

// Accepts in front of the HTTP server, to stamp a connection before anything is read from it.
const front = createTcpServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
  const seen = stamp();
  connections.push(seen);
  socket.on("error", () => {});
  if (during("shut", seen.at)) return void socket.resetAndDestroy();
  open.set(socket, 0);
  socket.on("close", () => {
    lookAtBytes(socket);
    open.delete(socket);
  });
  const read = () => {
    const mask = during("mask", seen.at);
    if (mask) server.setSecureContext(mask.certificate);
    server.emit("connection", socket);
    if (mask) server.setSecureContext(certificate);
    socket.resume();
  };
  const slow = during("slow", seen.at);
  if (slow) schedule(seen.at + slow.delayMs * 1000, read);
  else read();
});

await new Promise((resolve) => front.listen(0, "127.0.0.1", resolve));
const { port } = front.address();
const url = `${certificate ? "https" : "http"}://127.0.0.1:${port}`;
const registration = registryDir && join(registryDir, `${process.pid}-${port}.json`);
if (registration) {
  const startedAt = new Date().toISOString();
  const trust = certificate ? { caPem: certificate.caPem } : { plain: true };
  mkdirSync(registryDir, { recursive: true, mode: 0o700 });
  writeFileSync(registration, JSON.stringify({ url, ...trust, pid: process.pid, startedAt }), {
    mode: 0o600,
  });
}

/** The most of these in one half-open window, each taken to have come at the end that `last` and `first` name. */
function mostIn(windowS, stamps, first, last) {
  let most = 0;
  for (let from = 0, to = 0; to < stamps.length; to++) {
    while (from < to && stamps[to][last] - stamps[from][first] >= windowS * 1e6) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/**
 * For each length of window: `certain`, whenever in their doubt they came; `stamped`, as this process saw them, which
 * is later than they came where it was kept from running.
 */
function windowsOf(stamps) {
  return WINDOWS_S.map((windowS) => ({
    windowS,
    certain: mostIn(windowS, stamps, "since", "at"),
    stamped: mostIn(windowS, stamps, "at", "at"),
  }));
}

function end() {
  if (registration) rmSync(registration, { force: true });
  for (const socket of open.keys()) lookAtBytes(socket);
  const routes = [...new Set(requests.map(({ route }) => route))];
  const recording = {
    firstUs: firstUs ?? null,
    wallOffsetMs: Date.now() - now() / 1000,
    requests,
    connections,
    handshakes,
    bytes,
    lastByte,
    most: routes.map((route) => ({
      route,
      windows: windowsOf(requests.filter((one) => one.route === route)),
    })),
    mostConnects: windowsOf(connections),
  };
  process.stdout.write(`${JSON.stringify(recording)}\n`, () => process.exit(0));
}

/**
 * Has this process's own code compiled, so that no other process waits for a processor while it is, and what a tool did
 * is not stamped late: as many requests from within as a cold server takes to become quick, and then all is as new.
 */
async function warmUp() {
  const byS = now() + WARM_UP_MOST_MS * 1000;
  let left = WARM_UP_REQUESTS;
  const ask = (socket) => {
    if (left-- > 0 && now() < byS) socket.write(WARM_UP_REQUEST);
    else socket.destroy();
  };
  const one = () =>
    new Promise((resolve) => {
      const to = { host: "127.0.0.1", port, rejectUnauthorized: false };
      const socket = certificate ? connectTls(to) : connectTcp(to);
      socket.once(certificate ? "secureConnect" : "connect", () => ask(socket));
      socket
        .on("data", () => ask(socket))
        .on("error", () => {})
        .once("close", resolve);
    });
  await Promise.all(Array.from({ length: 16 }, one));
  while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  for (const list of [requests, connections]) list.length = 0;
  [handshakes, bytes, lastByte] = [0, 0, null];
  // Nor is anything compiled once it watches.
  setFlagsFromString("--no-opt");
  warming = false;
}

stdin.once("close", end);
setTimeout(() => process.exit(1), MOST_MS);
await warmUp();
say({ url });
