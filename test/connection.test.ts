import { connect, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../src/base/clock.ts";
import { micros, milliseconds, seconds } from "../src/base/units.ts";
import { VERSION } from "../src/base/version.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { generateEmulatorKey, type TestApiKey } from "../src/guard/api-key.ts";
import { approve } from "../src/guard/approval.ts";
import { GuardedConnection } from "../src/guard/connection.ts";
import { Door } from "../src/guard/door.ts";
import { emulatorTarget } from "../src/guard/environments.ts";
import type { Exchange } from "../src/guard/exchange.ts";
import { emulatorFacts } from "../src/guard/facts.support.ts";
import type { OpenSocket } from "../src/guard/opening.ts";
import type { GuardedRequest } from "../src/guard/request-check.ts";
import { OPERATIONS } from "../src/klarna/catalogue.ts";
import { KlarnaClient, type OperationResult } from "../src/klarna/client.ts";
import {
  type Authority,
  makeAuthority,
  makeLeaf,
  type ServerCertificate,
} from "./support/certificates.ts";
import { answerOf, type Received, type Scripted, startScripted } from "./support/https-script.ts";
import { startStuckForwarder } from "./support/loopback.ts";

/** HTTP over real TLS on loopback, against a server that answers byte for byte as a test says. */

const GET: GuardedRequest = { method: "GET", path: "/v2/payment/requests/a", headers: {} };
const POST: GuardedRequest = {
  method: "POST",
  path: "/v2/payment/requests",
  headers: { "content-type": "application/json", "klarna-idempotency-key": "k" },
  body: '{"amount":1000,"note":"\u00e9"}',
};
const LONG = seconds(20);

let authority: Authority;
let certificate: ServerCertificate;
const { key } = generateEmulatorKey();
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await makeLeaf(authority);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Opened {
  readonly server: Scripted;
  readonly connection: GuardedConnection;
  readonly socket: OpenSocket;
  /** How often the connection said that it can't be used any more. */
  readonly closed: () => number;
}

interface Circumstances {
  readonly clock?: Clock;
  readonly as?: TestApiKey;
  /** Through a network that passes no end on. */
  readonly stuck?: boolean;
  /** What the door says of the socket, beside what it is. */
  readonly opened?: Partial<OpenSocket>;
}

async function open(
  answer: (socket: TLSSocket, request: Received, server: Scripted) => void,
  { clock = systemClock(), as = key, stuck = false, opened = {} }: Circumstances = {},
): Promise<Opened> {
  const server: Scripted = await startScripted(certificate, (socket, request) =>
    answer(socket, request, server),
  );
  cleanUps.push(() => server.close());
  let { port } = server;
  if (stuck) {
    const forwarder = await startStuckForwarder(port);
    cleanUps.push(() => forwarder.close());
    port = forwarder.port;
  }
  const target = emulatorTarget({ url: `https://127.0.0.1:${port}`, caPem: authority.caPem });
  const door = new Door(target, approve(emulatorFacts()), systemClock(), {
    resolve: () => Promise.reject(new Error("no name to resolve")),
    connect: (address, toPort) => connect({ host: address, port: toPort }),
    roots: [],
  });
  const result = await door.open();
  if (result.kind !== "open") throw new Error(result.detail);
  cleanUps.push(() => result.socket.raw.destroy());
  let closed = 0;
  const socket = { ...result.socket, ...opened };
  const connection = new GuardedConnection(target.origin, socket, as, clock, () => closed++);
  return { server, connection, socket: result.socket, closed: () => closed };
}

/** A socket whose kernel takes nothing: buffers on loopback are larger than any request. */
class DeafSocket extends Socket {
  override _write(): void {}
  override _writev(): void {}
  override _read(): void {}
  get tls(): TLSSocket {
    // The connection uses nothing of it that a plain socket has not.
    return this as unknown as TLSSocket;
  }
}

interface Sent {
  readonly exchange: Exchange;
  /** What happened, in order. */
  readonly events: readonly string[];
}

function send(connection: GuardedConnection, request = GET, timeout = LONG): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const events: string[] = [];
    try {
      connection.send(request, timeout, {
        written: () => events.push("written"),
        done: (exchange) => {
          events.push("done");
          // Later events, of which there must be none, still get their turn.
          setTimeout(() => resolve({ exchange, events }), 5);
        },
      });
      events.push("returned");
    } catch (error) {
      reject(error);
    }
  });
}

function answered({ exchange }: Sent): Extract<Exchange, { kind: "answered" }> {
  if (exchange.kind !== "answered") throw new Error(`failed: ${exchange.code}`);
  return exchange;
}

/** Real time for what is under way on loopback to arrive. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(holds()).toBe(true);
}

describe("a request", () => {
  it("goes out as it was checked, with the guard's own headers, and its answer comes back whole", async () => {
    const { server, connection } = await open((socket) => {
      socket.write(answerOf(201, '{"a":"\u00e9"}', "Klarna-Correlation-Id: c-1\r\n"));
    });
    const sent = await send(connection, POST);
    expect(sent.events.filter((event) => event !== "returned")).toEqual(["written", "done"]);
    expect(sent.events.indexOf("returned")).toBeLessThan(sent.events.indexOf("done"));
    const { status, headers, body } = answered(sent);
    expect([status, headers["klarna-correlation-id"], body.toString()]).toEqual([
      201,
      "c-1",
      '{"a":"\u00e9"}',
    ]);
    const [request] = server.requests;
    expect(request?.head.split("\r\n").sort()).toEqual(
      [
        "POST /v2/payment/requests HTTP/1.1",
        `authorization: ${key.authorization()}`,
        "connection: keep-alive",
        "content-length: 27",
        "content-type: application/json",
        `host: 127.0.0.1:${server.port}`,
        "klarna-idempotency-key: k",
        `user-agent: klarna-perf/${VERSION}`,
      ].sort(),
    );
    expect(Buffer.from(request?.body ?? "", "latin1").toString("utf8")).toBe(POST.body);
  });

  it("is written once, and told so before its answer, first and later ones alike", async () => {
    const { server, connection, closed } = await open((socket) =>
      socket.write(answerOf(200, "{}")),
    );
    for (let i = 0; i < 5; i++) {
      const { events } = await send(connection, i % 2 ? GET : POST);
      expect(events.filter((event) => event !== "returned")).toEqual(["written", "done"]);
      expect(connection.isIdle).toBe(true);
    }
    expect([server.accepted, server.requests.length, closed()]).toEqual([1, 5, 0]);
  });

  it("may be made from within the answer before it", async () => {
    const { server, connection } = await open((socket, { index }) =>
      socket.write(answerOf(200, `${index}`)),
    );
    const bodies = await new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      const next = (): void =>
        connection.send(GET, LONG, {
          written: () => {},
          done: (exchange) => {
            seen.push(exchange.kind === "answered" ? exchange.body.toString() : exchange.code);
            if (seen.length < 4) next();
            else resolve(seen);
          },
        });
      next();
    });
    expect([bodies, server.accepted]).toEqual([["0", "1", "2", "3"], 1]);
  });

  it("is one at a time", async () => {
    const { server, connection } = await open(() => {});
    connection.send(GET, LONG, { written: () => {}, done: () => {} });
    expect(connection.isIdle).toBe(false);
    expect(() => connection.send(GET, LONG, { written: () => {}, done: () => {} })).toThrow(
      new TypeError("a connection carries one request at a time"),
    );
    await eventually(() => server.requests.length > 0);
    await settle();
    expect(server.requests.length).toBe(1);
  });

  it("that the guard refuses writes no byte, and leaves the connection as it was", async () => {
    const { server, connection } = await open((socket) => socket.write(answerOf(200)));
    const long = "a".repeat(5 * 1024);
    const names = ["klarna-a", "klarna-b", "klarna-c", "klarna-d"];
    for (const bad of [
      { ...GET, path: "/v2/../admin" },
      // 20 KB with the key and the host, which are not the caller's.
      { ...GET, headers: Object.fromEntries(names.map((name) => [name, long.slice(12)])) },
      { ...GET, headers: { host: "api.example" } },
      { ...POST, body: "https://api.klarna.com" },
    ]) {
      await expect(send(connection, bad)).rejects.toThrow(
        expect.objectContaining({ name: "Refusal" }),
      );
      expect(connection.isIdle).toBe(true);
    }
    await settle();
    expect(server.received).toBe("");
    expect(answered(await send(connection)).status).toBe(200);
    expect(server.requests.length).toBe(1);
  });

  it("needs a key that the guard made", async () => {
    // @ts-expect-error a look-alike is no key
    const forged: TestApiKey = { authorization: () => "Basic x", fingerprint: "x" };
    await expect(open(() => {}, { as: forged })).rejects.toThrow(
      expect.objectContaining({ code: "GUARD_FORGED" }),
    );
  });
});

describe("an answer", () => {
  it.each<[string, string, number, string]>([
    ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      200,
      "abcde",
    ],
    [
      "after early hints",
      `HTTP/1.1 103 Early Hints\r\nlink: <https://x.example>\r\n\r\n${answerOf(200, "a")}`,
      200,
      "a",
    ],
    ["of an error", answerOf(503, "{}"), 503, "{}"],
  ])("%s is read, and the connection kept", async (_, bytes, status, body) => {
    const { connection } = await open((socket) => socket.write(bytes));
    const exchange = answered(await send(connection));
    expect([exchange.status, exchange.body.toString()]).toEqual([status, body]);
    expect(connection.isIdle).toBe(true);
  });

  it("that comes a byte at a time is one answer", async () => {
    const { connection } = await open(async (socket) => {
      for (const byte of answerOf(200, '{"a":1}')) {
        socket.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(answered(await send(connection)).body.toString()).toBe('{"a":1}');
  });

  it.each([301, 302, 307, 308])("of %d is given back and not followed", async (status) => {
    const { server, connection } = await open((socket, { head }) =>
      socket.write(
        answerOf(status, "", `Location: /v2/elsewhere\r\nx-for: ${head.split(" ")[1]}\r\n`),
      ),
    );
    const { headers, status: seen } = answered(await send(connection));
    await settle();
    expect([seen, headers.location]).toEqual([status, "/v2/elsewhere"]);
    expect([server.requests.length, server.accepted]).toEqual([1, 1]);
  });

  it.each([
    ["that says so", answerOf(200, "{}", "Connection: close\r\n")],
    ["that says so in capitals, among others", answerOf(200, "{}", "Connection: x, CLOSE\r\n")],
    ["of HTTP/1.0", answerOf(200, "{}").replace("HTTP/1.1", "HTTP/1.0")],
    [
      "that keeps the connection for less than it takes to use it",
      answerOf(200, "{}", "Keep-Alive: timeout=1\r\n"),
    ],
    ["without a length, which ends with the connection", "HTTP/1.1 200 OK\r\n\r\n{}"],
  ])(
    "after which the connection is over is known to be the last when it is told: %s",
    async (_, bytes) => {
      const { server, connection, socket } = await open((peer) => {
        peer.write(bytes);
        if (!/length/.test(bytes)) peer.end();
      });
      const idle = await new Promise<boolean>((resolve) =>
        connection.send(GET, LONG, { written: () => {}, done: () => resolve(connection.isIdle) }),
      );
      expect(idle).toBe(false);
      await eventually(() => socket.raw.destroyed);
      expect([server.requests.length, server.accepted]).toEqual([1, 1]);
    },
  );

  it.each([
    ["in the same breath", answerOf(200, "first") + answerOf(200, "planted")],
    ["as bytes that are no answer", `${answerOf(200, "first")}garbage`],
  ])("that nobody asked for is never taken for the next request's: %s", async (_, bytes) => {
    const { server, connection } = await open((socket, { index }) =>
      socket.write(index === 0 ? bytes : answerOf(200, "second")),
    );
    const seen = await new Promise<string[]>((resolve) => {
      const told: string[] = [];
      const events = {
        written: () => {},
        done: (exchange: Exchange) => {
          told.push(exchange.kind === "answered" ? exchange.body.toString() : exchange.code);
          if (told.length === 1 && connection.isIdle) connection.send(GET, LONG, events);
          else resolve(told);
        },
      };
      connection.send(GET, LONG, events);
    });
    expect(seen).toEqual(["first"]);
    await eventually(() => !connection.isIdle);
    expect(server.requests.length).toBe(1);
  });
});

describe("a failure", () => {
  const failures: readonly (readonly [
    string,
    (socket: TLSSocket, request: Received, server: Scripted) => void,
    string,
  ])[] = [
    ["a reset before the answer", (_, __, server) => server.reset(), "connection-reset"],
    [
      "a reset in the middle of the answer",
      (socket, _, server) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab");
        setTimeout(() => server.reset(), 20);
      },
      "connection-reset",
    ],
    ["an end before the answer", (socket) => socket.end(), "connection-closed"],
    [
      "an end in the middle of the answer",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"),
      "connection-closed",
    ],
    [
      "an end in the middle of a chunk",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nab"),
      "connection-closed",
    ],
    [
      "something else than HTTP",
      (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
      "malformed-answer",
    ],
    [
      "a header that is none",
      (socket) => socket.write("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
      "malformed-answer",
    ],
    [
      "two lengths",
      (socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
      "malformed-answer",
    ],
    [
      "a chunk's length that is none",
      (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"),
      "malformed-answer",
    ],
    [
      "headers without end",
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`),
      "answer-too-large",
    ],
    [
      "a body of more than 8 MB",
      (socket) => socket.write(answerOf(200, "a".repeat(8 * 1024 * 1024 + 1))),
      "answer-too-large",
    ],
  ];
  it.each(failures)(
    "%s is told once, tried once, and ends the connection",
    async (_, treat, code) => {
      const { server, connection, socket } = await open(treat);
      const { exchange, events } = await send(connection);
      expect(exchange).toMatchObject({ kind: "failed", code });
      expect(events.filter((event) => event !== "returned")).toEqual(["written", "done"]);
      expect(connection.isIdle).toBe(false);
      await eventually(() => socket.raw.destroyed);
      await settle();
      expect([server.requests.length, server.accepted]).toEqual([1, 1]);
    },
  );

  it("a body of 8 MB to the byte is no failure", async () => {
    const { connection } = await open((socket) =>
      socket.write(answerOf(200, "a".repeat(8 * 1024 * 1024))),
    );
    expect(answered(await send(connection)).body.length).toBe(8 * 1024 * 1024);
  });

  it("a time-out counts from the send to the last byte, and resets the socket beneath", async () => {
    const clock = new VirtualClock();
    const errors: string[] = [];
    const { server, connection, socket } = await open(
      (peer) => {
        peer.on("error", (error) =>
          errors.push("code" in error ? String(error.code) : error.message),
        );
        peer.on("close", () => errors.push("closed"));
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab");
      },
      { clock },
    );
    clock.freeze(seconds(3));
    const sending = send(connection, GET, seconds(2));
    await eventually(() => server.requests.length === 1);
    expect([clock.pending, connection.isIdle]).toEqual([1, false]);
    clock.step();
    const { exchange, events } = await sending;
    expect(exchange).toMatchObject({ kind: "failed", code: "timeout", end: seconds(5) });
    expect(events.filter((event) => event !== "returned")).toEqual(["written", "done"]);
    expect([connection.isIdle, socket.raw.destroyed, clock.pending]).toEqual([false, true, 0]);
    await eventually(() => errors.includes("closed"));
    expect(errors[0]).toBe("ECONNRESET");
    expect(server.requests.length).toBe(1);
  });

  it("an answer that comes in time takes its time-out with it", async () => {
    const clock = new VirtualClock();
    const { connection } = await open((socket) => socket.write(answerOf(200)), { clock });
    await send(connection, GET, seconds(2));
    expect(clock.pending).toBe(0);
  });
});

describe("the phases of a request", () => {
  it("are the wait for the answer's first byte, and the rest of it; what opening took is the first one's alone", async () => {
    const clock = new VirtualClock();
    let bytesRead = () => 0;
    const { connection, socket } = await open(
      async (peer) => {
        const before = bytesRead();
        clock.freeze(milliseconds(300));
        peer.write("HTTP/1.1 200 OK\r\n");
        await eventually(() => bytesRead() > before);
        clock.freeze(milliseconds(20));
        peer.write("content-length: 2\r\n\r\n{}");
      },
      { clock },
    );
    bytesRead = () => socket.stream.bytesRead;
    const seen = [await send(connection), await send(connection, POST)].map(answered);
    const times = { waitUs: milliseconds(300), bodyUs: milliseconds(20) };
    const { connectUs, tlsUs = micros(0) } = socket;
    expect(seen.map(({ phases }) => phases)).toEqual([
      { ...times, connection: "new", connectUs, tlsUs },
      { ...times, connection: "reused" },
    ]);
    expect(Math.min(connectUs, tlsUs)).toBeGreaterThan(0);
  });

  it("say how long the name's resolution took where the connection did it", async () => {
    const { connection } = await open((socket) => socket.write(answerOf(200)), {
      opened: { dnsUs: milliseconds(7) },
    });
    expect(answered(await send(connection)).phases).toMatchObject({ dnsUs: 7000 });
  });

  it("are told of a time-out: nothing came", async () => {
    const clock = new VirtualClock();
    const { server, connection } = await open(() => {}, { clock });
    const sending = send(connection, POST);
    await eventually(() => server.requests.length === 1);
    clock.step();
    expect((await sending).exchange).toMatchObject({
      code: "timeout",
      phase: "waiting",
      connection: "new",
    });
  });

  it.each([
    ["a part of the head", "HTTP/1.1 20"],
    ["a part of the body", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"],
  ])("are told of a time-out: %s came", async (_, bytes) => {
    const clock = new VirtualClock();
    const { connection, socket } = await open(
      (peer, { index }) => peer.write(index === 0 ? answerOf(200) : bytes),
      { clock },
    );
    await send(connection);
    const before = socket.stream.bytesRead;
    const sending = send(connection, POST);
    await eventually(() => socket.stream.bytesRead > before);
    clock.step();
    expect((await sending).exchange).toMatchObject({
      code: "timeout",
      phase: "body",
      connection: "reused",
    });
  });

  it("are told of a time-out: the peer takes no more of the request", async () => {
    const clock = new VirtualClock();
    const deaf = new DeafSocket();
    cleanUps.push(() => deaf.destroy());
    const connection = new GuardedConnection(
      "https://127.0.0.1:1",
      { stream: deaf.tls, raw: deaf, address: "", connectUs: micros(1), tlsUs: micros(1) },
      key,
      clock,
      () => {},
    );
    const sending = send(connection, POST);
    await eventually(() => deaf.writableLength > 0);
    clock.step();
    expect((await sending).exchange).toMatchObject({ code: "timeout", phase: "writing" });
  });

  it.each<[string, (socket: TLSSocket) => unknown, string]>([
    ["before the answer", (socket) => socket.end(), "waiting"],
    ["within it", (socket) => socket.end("HTTP/1.1 200 OK\r\n"), "body"],
  ])("are told of a connection that ends %s", async (_, treat, phase) => {
    const { connection } = await open(treat);
    expect((await send(connection)).exchange).toMatchObject({ code: "connection-closed", phase });
  });
});

describe("a connection that ends", () => {
  it("on the server's side while idle says so once, and can't be used", async () => {
    const { connection, closed } = await open((socket) => socket.end(answerOf(200)));
    await send(connection);
    await eventually(() => closed() === 1);
    expect(connection.isIdle).toBe(false);
    expect(() => connection.send(GET, LONG, { written: () => {}, done: () => {} })).toThrow(
      TypeError,
    );
    await settle();
    expect(closed()).toBe(1);
  });

  it.each([false, true])(
    "by our close is closed on both sides and leaves nothing open (used before: %s)",
    async (used) => {
      const { server, connection, socket, closed } = await open((peer) =>
        peer.write(answerOf(200)),
      );
      if (used) await send(connection);
      connection.close();
      expect(connection.isIdle).toBe(false);
      await eventually(() => socket.raw.destroyed && socket.stream.destroyed);
      expect([closed(), server.requests.length]).toEqual([0, used ? 1 : 0]);
    },
  );

  it.each([false, true])(
    "by our close does not wait for a network that keeps the other side open (used before: %s)",
    async (used) => {
      const { connection, socket } = await open((peer) => peer.write(answerOf(200)), {
        stuck: true,
      });
      if (used) await send(connection);
      connection.close();
      await eventually(() => socket.raw.destroyed && socket.stream.destroyed);
    },
  );

  it("by our close with a request on it is reset, and the request told to have failed", async () => {
    const errors: string[] = [];
    const { server, connection, socket } = await open((peer) => {
      peer.on("error", (error) =>
        errors.push("code" in error ? String(error.code) : error.message),
      );
    });
    const sending = send(connection, POST);
    await eventually(() => server.requests.length === 1);
    connection.close();
    const { exchange } = await sending;
    expect(exchange).toMatchObject({ kind: "failed", code: expect.stringMatching(/^connection-/) });
    await eventually(() => socket.raw.destroyed && errors.length > 0);
    expect(errors).toEqual(["ECONNRESET"]);
  });

  it.each([0, 1])(
    "by a reset before anything was written sends nothing (requests before: %d)",
    async (before) => {
      const { server, connection } = await open((peer) => peer.write(answerOf(200)));
      for (let i = 0; i < before; i++) await send(connection);
      const sending = send(connection, POST);
      connection.reset();
      const { exchange, events } = await sending;
      expect([exchange.kind, events]).toEqual(["failed", ["returned", "done"]]);
      await settle();
      expect(server.requests.length).toBe(before);
    },
  );
});

describe("the client on top", () => {
  function call(connection: GuardedConnection, name: string, body?: Record<string, unknown>) {
    const operation = OPERATIONS.get(name);
    if (!operation) throw new Error(`no operation ${name}`);
    const input = {
      parameters: { payment_request_id: "krn:payment:eu1:request:1" },
      body,
      headers: {},
      idempotencyKey: "6af613b6-569c-5c22-9c37-2ed93f31d3af",
    };
    return new Promise<OperationResult>((done, reject) => {
      try {
        new KlarnaClient(undefined, "https://127.0.0.1:1").call(
          connection,
          operation,
          input,
          LONG,
          {
            written: () => {},
            done,
          },
        );
      } catch (error) {
        reject(error);
      }
    });
  }
  const limits = 'X-Ratelimit-Limit: 40, 40;w=1;name="a"\r\nX-Ratelimit-Remaining: 3\r\n';
  const error = JSON.stringify({ error_id: "e-1", error_code: "RATE_LIMITED", error_message: "x" });

  it.each<[string, string, object]>([
    [
      "an answer",
      answerOf(201, '{"payment_request_id":"p"}', `Klarna-Correlation-Id: c-1\r\n${limits}`),
      {
        status: 201,
        body: { payment_request_id: "p" },
        error: undefined,
        correlationId: "c-1",
        rateLimit: { limitPerSecond: 40, remaining: 3 },
      },
    ],
    [
      "an error",
      answerOf(429, error),
      { status: 429, error: { errorCode: "RATE_LIMITED", errorId: "e-1" } },
    ],
    [
      "an error object where there is no error, which is none",
      answerOf(200, error),
      { status: 200, error: undefined },
    ],
    [
      "a protection rule's page",
      answerOf(403, "<html>no</html>"),
      { status: 403, body: undefined, error: undefined },
    ],
    [
      "nothing at all",
      "HTTP/1.1 204 No Content\r\n\r\n",
      { status: 204, body: undefined, correlationId: undefined },
    ],
    [
      "a correlation id of another form, which is not kept",
      answerOf(200, "{}", "Klarna-Correlation-Id: a b\r\n"),
      { body: {}, correlationId: undefined },
    ],
    [
      "two correlation ids",
      answerOf(200, "{}", "Klarna-Correlation-Id: a\r\nKlarna-Correlation-Id: b\r\n"),
      { correlationId: undefined },
    ],
  ])("reads %s", async (_, bytes, result) => {
    const { connection } = await open((socket) => socket.write(bytes));
    expect(await call(connection, "payment-request.create", { amount: 1 })).toMatchObject({
      kind: "answered",
      ...result,
    });
  });

  it("hands a failure on as it is", async () => {
    const { connection } = await open((socket) => socket.end());
    expect(await call(connection, "payment-request.read")).toMatchObject({
      kind: "failed",
      code: "connection-closed",
    });
  });

  it("hands a refusal on, with nothing written", async () => {
    const { server, connection } = await open(() => {});
    await expect(
      call(connection, "payment-request.create", { note: "klarna_live_" }),
    ).rejects.toThrow(expect.objectContaining({ code: "GUARD_LIVE_MARKER" }));
    await settle();
    expect(server.received).toBe("");
  });
});
