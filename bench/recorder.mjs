// A witness in a process of its own: a server on 127.0.0.1 that stamps what reaches it, misbehaves on schedule, and
// shares no code with the tools it watches. Node's built-in modules only.
//
// Reads its options from standard input, one line of JSON, and ends when that input does:
//   certificate  { key, cert, caPem }: HTTPS; null: plain HTTP
//   registryDir  registers itself there as an emulator does, so that `--emulator-url` reaches it; null: nowhere
//   latencyMs    from a request's head to its answer
//   insults      [{ kind, fromS, toS }], in seconds after the first request; before it the time is -1
//     hold       what would be answered in it is answered at its end
//     status     answers `status` instead, to the first `most` requests that come in it
//     reset      at `fromS` every open connection is reset
//     refuse     nothing listens on the port
//     slow       a connection that comes in it waits `delayMs` for its first byte to be read
// Writes lines of JSON to standard output: { url }, { firstUs }, and at the end the recording.
// All times are microseconds of the machine's monotonic clock, which every process on it reads alike.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Nobody watches for longer: what was forgotten ends by itself. */
const MOST_MS = 120_000;
const WINDOWS_S = [0.1, 0.5, 1];

const now = () => Number(process.hrtime.bigint() / 1000n);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const stdin = createInterface({ input: process.stdin });
const options = await new Promise((resolve) => {
  stdin.once("line", (line) => resolve(JSON.parse(line)));
});
const { certificate, registryDir, latencyMs, insults } = options;

const requests = [];
const connections = [];
const open = new Set();
let firstUs;

// A request that is stamped now came in since the last look but one: what arrives while this process is kept from
// running (frozen, or without a processor) is stamped late, all at once.
const looks = [now(), now()];
setInterval(() => {
  looks.shift();
  looks.push(now());
}, 1);

const schedule = (atUs, action) => setTimeout(action, Math.max(0, (atUs - now()) / 1000));
const sinceFirstS = (at) => (firstUs === undefined ? -1 : (at - firstUs) / 1e6);
const during = (kind, at) => {
  const s = sinceFirstS(at);
  return insults.find((one) => one.kind === kind && s >= one.fromS && s < (one.toS ?? one.fromS));
};

function onRequest(request, response) {
  const at = now();
  if (firstUs === undefined) begin(at);
  const bad = during("status", at);
  const throttles = bad !== undefined && (bad.most === undefined || bad.most-- > 0);
  const post = request.method === "POST";
  const entry = { at, since: looks[0], method: request.method, status: null, answeredAt: null };
  entry.status = throttles ? bad.status : post ? 201 : 200;
  requests.push(entry);
  let body = { payment_request_id: `recorded-${requests.length}`, state: "SUBMITTED" };
  if (throttles) body = { error_id: "e", error_code: "RECORDED", error_message: "as told" };
  const text = JSON.stringify(body);
  const answer = () => {
    const held = during("hold", now());
    if (held) return void schedule(firstUs + held.toS * 1e6, answer);
    if (response.destroyed) return;
    response.writeHead(entry.status, { "content-type": "application/json" });
    response.end(text);
    entry.answeredAt = now();
  };
  request.resume();
  schedule(at + latencyMs * 1000, answer);
}

function resetAll() {
  for (const socket of open) socket.resetAndDestroy();
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
server.on("tlsClientError", () => {});
server.on("clientError", (_, socket) => socket.destroy());

// Accepts in front of the HTTP server, to stamp a connection before anything is read from it.
const front = createTcpServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
  const at = now();
  connections.push(at);
  open.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => open.delete(socket));
  const read = () => {
    server.emit("connection", socket);
    socket.resume();
  };
  const slow = during("slow", at);
  if (slow) schedule(at + slow.delayMs * 1000, read);
  else read();
});

await new Promise((resolve) => front.listen(0, "127.0.0.1", resolve));
const { port } = front.address();
const url = `${certificate ? "https" : "http"}://127.0.0.1:${port}`;
const registration = registryDir && join(registryDir, `${process.pid}-${port}.json`);
if (registration) {
  const { caPem } = certificate;
  const startedAt = new Date().toISOString();
  mkdirSync(registryDir, { recursive: true, mode: 0o700 });
  writeFileSync(registration, JSON.stringify({ url, caPem, pid: process.pid, startedAt }), {
    mode: 0o600,
  });
}

/** The most requests of a method that certainly fell into one half-open window, whenever in their doubt they came. */
function mostIn(windowS, method) {
  const stamps = requests.filter((one) => one.method === method);
  let most = 0;
  for (let from = 0, to = 0; to < stamps.length; to++) {
    while (stamps[to].at - stamps[from].since >= windowS * 1e6) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

function end() {
  if (registration) rmSync(registration, { force: true });
  const methods = [...new Set(requests.map(({ method }) => method))];
  const most = methods.flatMap((method) =>
    WINDOWS_S.map((windowS) => ({ method, windowS, requests: mostIn(windowS, method) })),
  );
  const wallOffsetMs = Date.now() - now() / 1000;
  const recording = { firstUs: firstUs ?? null, wallOffsetMs, requests, connections, most };
  process.stdout.write(`${JSON.stringify(recording)}\n`, () => process.exit(0));
}

stdin.once("close", end);
setTimeout(() => process.exit(1), MOST_MS);
say({ url });
