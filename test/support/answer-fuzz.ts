import { connect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../src/base/clock.ts";
import { type Random, seededRandom } from "../../src/base/random.ts";
import { milliseconds } from "../../src/base/units.ts";
import { generateEmulatorKey } from "../../src/guard/api-key.ts";
import { approve } from "../../src/guard/approval.ts";
import { GuardedConnection } from "../../src/guard/connection.ts";
import { Door } from "../../src/guard/door.ts";
import { emulatorTarget } from "../../src/guard/environments.ts";
import { emulatorFacts } from "../../src/guard/facts.support.ts";
import { catalogued } from "../../src/klarna/catalogue.ts";
import { KlarnaClient, type OperationResult } from "../../src/klarna/client.ts";
import { makeAuthority, makeLeaf } from "./certificates.ts";

/**
 * Throws malformed answers at the client: whole answers of HTTP/1.1, mutated byte by byte, over real TLS on
 * loopback. Whatever comes must end as one result, of a kind the client knows.
 */
export interface AnswerFuzz {
  readonly answers: number;
  /** How often each kind of result came, as `success` or `malformed-answer while waiting`. */
  readonly results: ReadonlyMap<string, number>;
  /** Growth of the heap from a tenth of the answers to the end, after garbage collection, in bytes. */
  readonly heapGrowthBytes: number;
  readonly connections: number;
}

const AT_ONCE = 16;
/** An answer that never ends is given so long. */
const TIMEOUT = milliseconds(150);
/** Nothing may take longer than this, on however busy a machine. */
const HANG_MS = 30_000;

/** @throws Error for a result that breaks the client's promises, or none at all */
export async function fuzzAnswers(answers: number, seed: number): Promise<AnswerFuzz> {
  const random = seededRandom(seed);
  const authority = await makeAuthority();
  const server = await startServer(await makeLeaf(authority), random.fork("answers"));
  const target = emulatorTarget({
    url: `https://127.0.0.1:${server.port}`,
    caPem: authority.caPem,
  });
  const door = new Door(target, approve(emulatorFacts()), systemClock(), {
    resolve: () => Promise.reject(new Error("no name to resolve")),
    connect: (host, port) => connect({ host, port }),
    roots: [],
  });
  const { key } = generateEmulatorKey();
  const client = new KlarnaClient(undefined, target.origin);
  const results = new Map<string, number>();
  const parts = { client, results };
  let begun = 0;
  let connections = 0;
  let heapBefore = 0;

  const oneAfterAnother = async (): Promise<void> => {
    let line: GuardedConnection | undefined;
    while (begun < answers) {
      const number = begun++;
      if (number === Math.floor(answers / 10)) heapBefore = heapInUse();
      if (!line?.isIdle) {
        const opened = await door.open();
        if (opened.kind !== "open") throw new Error(`no connection: ${opened.detail}`);
        connections++;
        line = new GuardedConnection(target.origin, opened.socket, key, systemClock(), () => {});
      }
      await oneAnswer(line, number, parts);
    }
    line?.reset();
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother));
  } finally {
    await server.close();
  }
  return { answers, results, heapGrowthBytes: heapInUse() - heapBefore, connections };
}

/** One that writes, one that reads, and one whose answer is in its headers. */
const OPERATIONS = ["payment-request.create", "order.read", "order.capture"].map(catalogued);

async function oneAnswer(
  line: GuardedConnection,
  number: number,
  { client, results }: { client: KlarnaClient; results: Map<string, number> },
): Promise<void> {
  const operation = OPERATIONS[number % OPERATIONS.length] ?? catalogued("order.read");
  let told = 0;
  const result = await new Promise<OperationResult>((resolve, reject) => {
    const hang = setTimeout(() => reject(new Error(`answer ${number} hangs`)), HANG_MS);
    const input = {
      parameters: { order_id: "o-1" },
      body: operation.sampleBody?.(),
      headers: {},
      idempotencyKey: "6af613b6-569c-5c22-9c37-2ed93f31d3af",
    };
    client.call(line, operation, input, TIMEOUT, {
      written: () => {},
      done: (one) => {
        clearTimeout(hang);
        told++;
        // Later tellings, of which there must be none, still get their turn.
        setImmediate(() => resolve(one));
      },
    });
  });
  if (told !== 1) throw new Error(`answer ${number} was told ${told} times`);
  check(result);
  const kind = result.kind === "answered" ? result.class : `${result.code} while ${result.phase}`;
  results.set(kind, (results.get(kind) ?? 0) + 1);
}

/** What every result promises, whatever the server sent. */
function check(result: OperationResult): void {
  if (result.kind === "failed") return;
  const { status, phases, rateLimit, error, correlationId } = result;
  const figures = [
    ...Object.values(phases).filter((one) => typeof one === "number"),
    ...rateLimit.policies.flatMap(({ requests, windowSeconds }) => [requests, windowSeconds]),
    rateLimit.limitPerSecond ?? 0,
    rateLimit.remaining ?? 0,
    rateLimit.resetSeconds ?? 0,
  ];
  const texts = [correlationId, error?.errorId, error?.errorCode, error?.errorType];
  const holds =
    Number.isInteger(status) &&
    figures.every((one) => Number.isFinite(one) && one >= 0) &&
    texts.every((one) => one === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(one)) &&
    (error?.parameters ?? []).every((one) => /^[\x21-\x7e]{1,256}$/.test(one));
  if (!holds) throw new Error(`a result that breaks a promise: ${JSON.stringify(result)}`);
}

interface Fuzzed {
  readonly bytes: Buffer;
  /** In so many pieces, each in a turn of its own. */
  readonly pieces: number;
  readonly ending: "keep" | "end" | "reset";
}

interface FuzzServer {
  readonly port: number;
  close(): Promise<void>;
}

function startServer(
  certificate: { readonly key: string; readonly cert: string },
  random: Random,
): Promise<FuzzServer> {
  const server = createServer(certificate, (socket) => {
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const headEnd = text.indexOf("\r\n\r\n");
      const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
      if (headEnd < 0 || text.length < headEnd + 4 + length) return;
      text = "";
      send(socket, fuzzed(random));
    });
  });
  server.on("connection", (raw) => {
    raw.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("not listening");
      resolve({
        port: address.port,
        close: () => new Promise((done) => server.close(() => done())),
      });
    });
  });
}

function send(socket: TLSSocket, { bytes, pieces, ending }: Fuzzed): void {
  const size = Math.ceil(bytes.length / pieces);
  const next = (from: number): void => {
    if (socket.destroyed) return;
    if (from < bytes.length) {
      socket.write(bytes.subarray(from, from + size));
      setImmediate(() => next(from + size));
    } else if (ending === "end") socket.end();
    else if (ending === "reset") socket.destroy();
  };
  next(0);
}

const KRN = "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4";
const LIMITS =
  'X-Ratelimit-Limit: 40, 40;w=1;name="account_x",100;w=1;name="psp_x"\r\nX-Ratelimit-Remaining: 15\r\nX-Ratelimit-Reset: 1\r\n';
const COMMON = `Content-Type: application/json\r\nKlarna-Correlation-Id: 6a9b1cb1-73a3-4936-a030\r\n${LIMITS}`;

function whole(status: string, body: string, headers = COMMON): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Answers as they should be, of every class. */
const WHOLE: readonly string[] = [
  whole("201 Created", `{"payment_request_id":"${KRN}","state":"SUBMITTED"}`),
  whole("201 Created", "", `${COMMON}Capture-Id: c-1\r\nLocation: https://elsewhere.example/1\r\n`),
  `HTTP/1.1 204 No Content\r\n${COMMON}\r\n`,
  `HTTP/1.1 200 OK\r\n${COMMON}Transfer-Encoding: chunked\r\n\r\n8\r\n{"a":1,"\r\n6\r\nb":[]}\r\n0\r\n\r\n`,
  whole(
    "400 Bad Request",
    '{"error_id":"e-1","error_type":"INPUT_ERROR","error_code":"VALIDATION_ERROR","error_message":"x","validation_errors":[{"parameter":"line_items[0].quantity","reason":"must be 1"}]}',
  ),
  whole(
    "404 Not Found",
    '{"correlation_id":"c-1","error_code":"BAD_VALUE","error_messages":["BAD_VALUE : order_lines[0].name"]}',
  ),
  whole("429 Too Many Requests", '{"error_id":"e-1","error_code":"RATE_LIMITED"}'),
  whole("403 Forbidden", "<html>no</html>", "Content-Type: text/html\r\n"),
  whole("302 Found", "", "Location: https://elsewhere.example/\r\n"),
  whole(
    "500 Internal Server Error",
    '{"error_id":"e-1","error_code":"TIMEOUT"}',
    "Connection: close\r\n",
  ),
  `HTTP/1.1 103 Early Hints\r\nLink: <https://elsewhere.example>\r\n\r\n${whole("200 OK", "{}")}`,
];

/** Pieces of HTTP and JSON in places where they hurt. */
const TOKENS: readonly string[] = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "\0",
  ":",
  " ",
  "\t",
  '"',
  "{",
  "[[[[[[[[",
  "}",
  "\\u0000",
  "\ufeff",
  "é",
  "HTTP/1.1 ",
  "HTTP/2.0 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Content-Encoding: gzip\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 99999999999999999999\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 0x10\r\n",
  "Connection: close\r\n",
  "Connection: upgrade\r\n",
  "Keep-Alive: timeout=0\r\n",
  "0\r\n\r\n",
  "ffffffffffffffff\r\n",
  "-1\r\n",
  "Location: //elsewhere.example\r\n",
  "Set-Cookie: a=b\r\n",
  "X-Ratelimit-Limit: ,;;w=,\r\n",
  "X-Ratelimit-Remaining: 1e999\r\n",
  "Klarna-Correlation-Id: \x1b[31m\r\n",
  "__proto__",
  "999999999999999999999",
  "000",
  "1e400",
];

function fuzzed(random: Random): Fuzzed {
  const below = (n: number) => Math.floor(random.next() * n);
  const pick = <T>(from: readonly T[], otherwise: T): T => from[below(from.length)] ?? otherwise;
  let bytes = Buffer.from(pick(WHOLE, ""), "utf8");
  for (let left = below(5); left > 0; left--) bytes = mutate(bytes, below, pick);
  if (below(4000) === 0) bytes = Buffer.concat([bytes, Buffer.alloc(9 * 1024 * 1024, "a")]);
  const chance = random.next();
  return {
    bytes,
    pieces: 1 + below(3) * below(3),
    ending: chance < 0.85 ? "end" : chance < 0.95 ? "reset" : "keep",
  };
}

function mutate(
  bytes: Buffer<ArrayBuffer>,
  below: (n: number) => number,
  pick: <T>(from: readonly T[], otherwise: T) => T,
): Buffer<ArrayBuffer> {
  const at = below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + below(40));
  const around = (middle: Uint8Array) =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(to)]);
  switch (below(8)) {
    case 0: {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << below(8));
      return changed;
    }
    case 1:
      return around(Buffer.alloc(0));
    case 2:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(pick(TOKENS, "")),
        bytes.subarray(at),
      ]);
    case 3:
      return around(Buffer.from(pick(TOKENS, "")));
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 6:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(pick(WHOLE, "")).subarray(below(100)),
      ]);
    default:
      return around(Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256))));
  }
}

function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  return process.memoryUsage().heapUsed;
}
