// Malformed requests for the emulator, and what to make of what comes back. Used by the fuzzer and, in short, by the
// tests. Plain sockets: no HTTP client would send most of these. Shares no code with what it is thrown at.
import { connect } from "node:net";

/** Nothing that was answered takes so long; what takes longer hangs. */
const HANGS_MS = 10_000;
/** A server may wait for the rest of a request that was cut; then it is told that there is none. */
const NO_MORE_MS = 100;

/** A small seeded generator (mulberry32): the same seed makes the same requests. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)] };
}

const KEY = "Basic klarna_test_api_fuzz";
const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";
const UUID = "552603c0-fe8b-4ab1-aacb-41d55fafbdb4";
const IDS = [
  UUID,
  `krn:payment:eu1:request:${UUID}`,
  `krn:payment:eu1:transaction:${UUID}:capture:1`,
  "..",
  "%2e%2e",
  "%00",
  "%zz",
  "a%2Fb",
  "__proto__",
  "constructor",
  "x".repeat(600),
  "ä",
  "",
];
const VALUES = [
  ...[null, true, false, 0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e-320],
  ...["", "x", "\u0000", "\ud800", "1000", "🙂".repeat(50), "x".repeat(5000), "2026-01-01", "NaN"],
  ...[[], [null], [[]], {}, { length: -1 }, { toString: 1 }, { __proto__: null, constructor: {} }],
];

/** Text in place of JSON. */
const RAW_BODIES = [
  ...["", " ", "{", "}", "[", '"', "nul", "{,}", "[1,]", "{'a':1}", "undefined", "NaN", "0x1"],
  ...["\ufeff{}", "{}{}", '{"amount":1e999}', '{"amount":-}', '{"a":1,"a":2}', '{"__proto__":{}}'],
  `${"[".repeat(100_000)}`,
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `[${"1,".repeat(50_000)}1]`,
  Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
  "x".repeat(1_048_577),
];

/** Changes one thing of a body: a value, a field, a type, somewhere in it. */
function mutated(body, random) {
  if (Array.isArray(body)) {
    if (body.length === 0 || random.next() < 0.3) return random.pick(VALUES);
    const at = random.below(body.length);
    return body.map((item, i) => (i === at ? mutated(item, random) : item));
  }
  if (typeof body !== "object" || body === null || random.next() < 0.1) return random.pick(VALUES);
  const keys = Object.keys(body);
  const key = random.pick(keys);
  const chance = random.next();
  if (key === undefined || chance < 0.1) {
    return { ...body, [random.pick(["extra", "constructor", "", "amount"])]: random.pick(VALUES) };
  }
  if (chance < 0.25) {
    const { [key]: _, ...rest } = body;
    return rest;
  }
  return { ...body, [key]: mutated(body[key], random) };
}

/** A request that HTTP has nothing against, and the API may. */
function requestOf(operation, random) {
  const path = operation.path.replace(/\{([a-z_]+)\}/g, (_, name) =>
    name === "account_id" && random.next() < 0.7 ? ACCOUNT : random.pick(IDS),
  );
  const queries = [
    "",
    "",
    "?",
    "?size=-1",
    "?a=b&a=c",
    "?%",
    "?locale=en-US&amount=1&currency=USD",
  ];
  const headers = [
    "Host: 127.0.0.1",
    random.pick([
      ...Array(6).fill(`Authorization: ${KEY}`),
      "Authorization: Basic",
      "Authorization: Basic klarna_live_api_x",
      "Authorization: Bearer x",
      `Authorization: Basic ${"A".repeat(5000)}`,
      "X-None: x",
    ]),
    random.pick([
      ...Array(6).fill("Content-Type: application/json"),
      "Content-Type: text/plain",
      "Content-Type: application/jsonp",
      "Content-Type: ;;;",
      "X-None: x",
    ]),
  ];
  const extra = [
    `Klarna-Idempotency-Key: ${random.pick(["x", UUID, "k".repeat(4000)])}`,
    "Klarna-Network-Session-Token: krn:network:eu1:test:session-token:x",
    "Klarna-Customer-Token: x",
    `Partner-Correlation-Id: ${random.pick(["abc", "a b", "x".repeat(300), "\u00e4"])}`,
    `X-Large: ${"l".repeat(random.pick([100, 6100, 6200]))}`,
    "Cookie: a=b",
    "Transfer-Encoding: identity",
    "Expect: 100-continue",
    "Expect: the unexpected",
    "Upgrade: websocket",
  ];
  for (let i = random.below(3); i > 0; i--) headers.push(random.pick(extra));
  const chance = random.next();
  const body =
    chance < 0.25
      ? random.pick(RAW_BODIES)
      : JSON.stringify(chance < 0.35 ? random.pick(VALUES) : mutated(operation.body ?? {}, random));
  const payload = Buffer.from(body ?? "");
  const method = random.next() < 0.9 ? operation.method : random.pick(ODD_METHODS);
  headers.push(`Content-Length: ${payload.length}`);
  const head = `${method} ${path}${random.pick(queries)} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), payload]);
}

const ODD_METHODS = ["PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "BREW", "PRI"];

/** A request that is none. */
function brokenHttp(operation, random) {
  const path = operation.path.replaceAll(/\{[a-z_]+\}/g, UUID);
  const good = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${KEY}\r\n`;
  const bytes = () =>
    Buffer.from(Array.from({ length: 1 + random.below(200) }, () => random.below(256)));
  return random.pick([
    bytes,
    () => Buffer.concat([Buffer.from(good), bytes()]),
    () => Buffer.from("\r\n\r\n\r\n"),
    () => Buffer.from("GET /\r\n\r\n"),
    () => Buffer.from(`GET ${path} HTTP/9.9\r\nHost: x\r\n\r\n`),
    () => Buffer.from(`GET  ${path}  HTTP/1.1\r\nHost: x\r\n\r\n`),
    () => Buffer.from(`GET http://127.0.0.1${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
    () => Buffer.from(`GET * HTTP/1.1\r\nHost: x\r\n\r\n`),
    () => Buffer.from(`GET ${path} HTTP/1.1\r\n\r\n`),
    () => Buffer.from(`GET ${path} HTTP/1.1\nHost: x\n\n`),
    () => Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    () => Buffer.from("CONNECT example.invalid:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
    () => Buffer.from(`${good}Content-Length: x\r\n\r\n`),
    () => Buffer.from(`${good}Content-Length: -1\r\n\r\n`),
    () => Buffer.from(`${good}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`),
    () => Buffer.from(`${good}Content-Length: 99999999999999999999\r\n\r\n{}`),
    () => Buffer.from(`${good}Content-Length: 100\r\n\r\n{"cut":`),
    () => Buffer.from(`${good}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`),
    () => Buffer.from(`${good}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    () => Buffer.from(`${good}Transfer-Encoding: chunked\r\n\r\n2\r\n{}`),
    () => Buffer.from(`${good}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}`),
    () => Buffer.from(`${good}X-Split: a\r\n b\r\n\r\n`),
    () => Buffer.from(`${good}: no name\r\n\r\n`),
    () => Buffer.from(`${good}X-Null: a\u0000b\r\n\r\n`),
    () => Buffer.from(`${good}${"X-Many: x\r\n".repeat(2500)}\r\n`),
    () => Buffer.from(`${good}X-Large: ${"x".repeat(30_000)}\r\n\r\n`),
    () => Buffer.from(`GET /${"x".repeat(30_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
    () => Buffer.from(good.slice(0, random.below(good.length))),
    () =>
      Buffer.from("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", "latin1"),
  ])();
}

/**
 * @param operations `{ method, path, body }`, the path with `{parameters}`, the body a good one or undefined
 * @returns the next malformed request's bytes
 */
export function malformedRequest(operations, random) {
  const operation = random.pick(operations);
  return random.next() < 0.25 ? brokenHttp(operation, random) : requestOf(operation, random);
}

/**
 * Sends the bytes and tells what came of it: a class such as `400 INPUT_ERROR`, `404 classic`, `closed`; or one that
 * starts with `BAD`: no answer in time, an answer that is no HTTP, a fault of the server's own, a form that nobody documents.
 */
export function classOf(port, bytes) {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let done = false;
    const socket = connect(port, "127.0.0.1");
    const end = (verdict) => {
      if (done) return;
      done = true;
      clearTimeout(noMore);
      clearTimeout(hangs);
      // A reset leaves no port waiting, of which there are only some ten thousand.
      socket.resetAndDestroy();
      resolve(verdict);
    };
    const noMore = setTimeout(() => socket.end(), NO_MORE_MS);
    const hangs = setTimeout(() => end("BAD no answer in time"), HANGS_MS);
    const isHead = bytes.subarray(0, 5).toString("latin1") === "HEAD ";
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = firstAnswer(received, isHead);
      if (answer) end(judge(answer));
    });
    socket.on("close", () => end(received.length === 0 ? "closed" : judge(rest(received))));
    socket.on("error", () => end(received.length === 0 ? "closed" : judge(rest(received))));
    socket.write(bytes);
  });
}

/** The first whole answer that is not an interim one; undefined: not yet. */
function firstAnswer(bytes, isHead) {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd).toString("latin1");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  if (status >= 100 && status < 200) return firstAnswer(bytes.subarray(headEnd + 4), isHead);
  const length = isHead ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const body = bytes.subarray(headEnd + 4);
  if (body.length < length) return undefined;
  return { status, head, body: body.subarray(0, length).toString("utf8") };
}

function rest(bytes) {
  return (
    firstAnswer(bytes, false) ?? { status: Number.NaN, head: "", body: bytes.toString("latin1") }
  );
}

function judge({ status, head, body }) {
  if (!(status >= 200 && status < 500)) return `BAD ${status}: ${body.slice(0, 200)}`;
  if (!/^klarna-correlation-id: [0-9a-f-]{36}$/im.test(head)) return `BAD ${status} without an id`;
  if (body === "") return `${status} empty`;
  if (!/^content-type: application\/json\r?$/im.test(head)) {
    return status < 300 ? `${status} text` : `BAD ${status} that is not JSON`;
  }
  const value = JSON.parse(body);
  if (status < 300) return `${status} JSON`;
  if (typeof value.error_id === "string" && typeof value.error_code === "string") {
    return `${status} ${value.error_type ?? value.error_code}`;
  }
  if (typeof value.correlation_id === "string" && Array.isArray(value.error_messages)) {
    return `${status} classic ${value.error_code}`;
  }
  return `BAD ${status} in an unknown form: ${body.slice(0, 200)}`;
}

/**
 * Throws so many malformed requests, some at a time.
 * @returns how many there were of each class, and the first bytes of those that went wrong
 */
export async function fuzz({ port, operations, count, seed, atOnce = 64 }) {
  const random = seeded(seed);
  const classes = new Map();
  const bad = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const bytes = malformedRequest(operations, random);
      const verdict = await classOf(port, bytes);
      classes.set(verdict, (classes.get(verdict) ?? 0) + 1);
      if (verdict.startsWith("BAD") && bad.length < 20) {
        bad.push({ verdict, bytes: bytes.subarray(0, 400).toString("latin1") });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { classes, bad };
}
