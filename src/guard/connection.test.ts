import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import Client from "undici/lib/dispatcher/client.js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Micros, micros, seconds } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { generateEmulatorKey, parseApiKey, type TestApiKey } from "./api-key.ts";
import { GuardedConnection } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { checkRequest, type GuardedRequest, OWN_HEADERS_MAX } from "./request-check.ts";

/**
 * What a connection makes of each thing that its HTTP client and its sockets can tell, in whatever order, with both played
 * by objects. On real ones: test/connection.test.ts.
 */

vi.mock("undici/lib/dispatcher/client.js", () => ({ default: vi.fn() }));

type Handler = Required<Dispatcher.DispatchHandler>;
type Connect = (options: object, callback: (error: Error | null, socket: unknown) => void) => void;

class PlayedSocket extends EventEmitter {
  writable = true;
  readableEnded = false;
  destroyed = false;
  readableLength = 0;
  writableLength = 0;
  readonly ends: string[] = [];
  end(): void {
    this.ends.push("ended");
  }
  destroy(): void {
    this.ends.push("destroyed");
  }
  resetAndDestroy(): void {
    this.ends.push("reset");
  }
}

/** Its requests, each with the handler that the connection gave it. */
class PlayedClient {
  readonly dispatched: {
    readonly options: Dispatcher.DispatchOptions;
    readonly handler: Handler;
  }[] = [];
  /** Whether a request begins while it is being dispatched, as on a client that is at rest. */
  beginsAtOnce = false;
  readonly ends: string[] = [];
  dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean {
    this.dispatched.push({ options, handler });
    if (this.beginsAtOnce) handler.onRequestStart(undefined as never, undefined);
    return true;
  }
  async destroy(): Promise<void> {
    this.ends.push("destroyed");
  }
  async close(): Promise<void> {
    this.ends.push("closed");
  }
  get last(): Handler {
    const last = this.dispatched.at(-1);
    if (!last) throw new Error("nothing was dispatched");
    return last.handler;
  }
}

const ORIGIN = "https://127.0.0.1:8443";
const GET: GuardedRequest = { method: "GET", path: "/v2/payment/requests/a", headers: {} };
const { key } = generateEmulatorKey();

let stream: PlayedSocket;
let raw: PlayedSocket;
let client: PlayedClient;
let clock: VirtualClock;
let told: unknown[];
let connection: GuardedConnection;

beforeEach(() => {
  vi.clearAllMocks();
  [stream, raw] = [new PlayedSocket(), new PlayedSocket()];
  client = new PlayedClient();
  vi.mocked(Client).mockImplementation(function play() {
    return client as unknown as Client;
  } as never);
  clock = new VirtualClock();
  clock.freeze(seconds(7));
  told = [];
  connection = made(key);
});

function made(withKey: TestApiKey): GuardedConnection {
  return new GuardedConnection(
    ORIGIN,
    {
      stream: stream as unknown as Socket,
      raw: raw as unknown as Socket,
      address: "127.0.0.1",
      connectUs: micros(1),
      tlsUs: micros(2),
    },
    withKey,
    clock,
    () => told.push("closed"),
    (error) => told.push(error.message),
  );
}

/** Sends, and notes what comes of it, in order. */
function send(request = GET, timeout: Micros = seconds(5)): unknown[] {
  const events: unknown[] = [];
  connection.send(request, timeout, {
    written: () => events.push("written"),
    done: (exchange) => events.push(exchange),
  });
  events.push("returned");
  return events;
}

/** Everything that follows without another event. */
async function turn(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

function begin(): void {
  client.last.onRequestStart(undefined as never, undefined);
}

function answer(headers: Record<string, string> = {}, ...chunks: readonly Buffer[]): void {
  client.last.onResponseStart(undefined as never, 200, headers, "OK");
  for (const chunk of chunks) client.last.onResponseData(undefined as never, chunk);
  client.last.onResponseEnd(undefined as never, {});
}

const exchangeOf = (events: readonly unknown[]): Exchange => events.at(-1) as Exchange;

describe("a connection's HTTP client", () => {
  function handed(): (readonly [Error | null, unknown])[] {
    const [origin, options] = vi.mocked(Client).mock.calls[0] ?? [];
    expect(origin).toBe(ORIGIN);
    const all: (readonly [Error | null, unknown])[] = [];
    const connect = options?.connect as unknown as Connect;
    for (let i = 0; i < 2; i++) connect({}, (error, socket) => all.push([error, socket]));
    return all;
  }

  it("is handed the one socket in a turn of its own, and never another", async () => {
    const all = handed();
    expect(all).toEqual([[new Error("one connection only"), null]]);
    await turn();
    expect(all[1]).toEqual([null, stream]);
    expect(all).toHaveLength(2);
  });

  it("waits without end, asks one thing at a time, and takes 8 MB at most", () => {
    expect(vi.mocked(Client).mock.calls[0]?.[1]).toMatchObject({
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 2 ** 31 - 1,
      keepAliveMaxTimeout: 2 ** 31 - 1,
      maxResponseSize: 8 * 1024 * 1024,
    });
  });

  it("is given the request as it was checked, with the guard's own headers behind the caller's", () => {
    send({
      method: "POST",
      path: "/v2/a",
      query: [["size", "3"]],
      headers: { accept: "x" },
      body: "{}",
    });
    expect(client.dispatched[0]?.options).toEqual({
      method: "POST",
      path: "/v2/a?size=3",
      headers: [
        ...["accept", "x"],
        ...["authorization", key.authorization()],
        ...["user-agent", `klarna-perf/${VERSION}`],
      ],
      body: "{}",
    });
  });

  it("counts every header that goes out in the 20 KB", () => {
    const own = {
      authorization: key.authorization(),
      "user-agent": `klarna-perf/${VERSION}`,
      host: "127.0.0.1:8443",
      connection: "keep-alive",
      "content-length": "1048576",
    };
    const bytes = (headers: Record<string, string>) =>
      Object.entries(headers).reduce(
        (sum, [name, value]) => sum + name.length + value.length + 4,
        0,
      );
    const filled = (extra: number) => {
      const headers: Record<string, string> = {};
      for (const name of ["klarna-a", "klarna-b", "klarna-c"]) headers[name] = "x".repeat(6000);
      headers["klarna-d"] = "";
      const left = 20 * 1024 - bytes(own) - bytes(headers);
      headers["klarna-d"] = "x".repeat(left + extra);
      return { ...GET, headers };
    };
    expect(() => send(filled(1))).toThrow(
      expect.objectContaining({ code: "GUARD_REQUEST_HEADER" }),
    );
    expect([client.dispatched.length, connection.isIdle]).toEqual([0, true]);
    send(filled(0));
    expect(client.dispatched.length).toBe(1);
  });

  it("sends what leaves the room that is kept for its own headers", () => {
    // A signed token of 1.2 KB: longer than any key that was seen.
    const long = parseApiKey(`klarna_test_api_${"A".repeat(1200)}`);
    const headers: Record<string, string> = {};
    for (const name of ["klarna-a", "klarna-b", "klarna-c"]) headers[name] = "x".repeat(6000);
    const left = 20 * 1024 - 3 * (6000 + 12) - (2048 + 7) - 12;
    const request: GuardedRequest = {
      ...GET,
      headers: { ...headers, "klarna-d": "x".repeat(left) },
    };
    expect(() => checkRequest(request, OWN_HEADERS_MAX)).not.toThrow();
    made(long).send(request, seconds(1), { written: () => {}, done: () => {} });
    expect(client.dispatched.length).toBe(1);
  });
});

describe("a request is told to have been written", () => {
  it("once, after it was dispatched, where it begins within", async () => {
    client.beginsAtOnce = true;
    const events = send();
    await turn();
    expect(events).toEqual(["written", "returned"]);
  });

  it("once, in the turn in which it begins, where that is later", async () => {
    const events = send();
    await turn();
    expect(events).toEqual(["returned"]);
    begin();
    expect(events).toEqual(["returned"]);
    await turn();
    expect(events).toEqual(["returned", "written"]);
  });
});

describe("an exchange", () => {
  it("is answered with what came, timed from write over first byte to last; opening is the first one's", async () => {
    const events = send();
    begin();
    await turn();
    clock.freeze(micros(40));
    stream.emit("readable");
    clock.freeze(micros(10));
    stream.readableLength = 1;
    stream.emit("readable");
    clock.freeze(micros(5));
    stream.emit("readable");
    const chunk = Buffer.from("whole");
    answer({ a: "b" }, chunk);
    expect(events).toEqual(["returned", "written"]);
    await turn();
    const first = exchangeOf(events);
    expect(first).toEqual({
      kind: "answered",
      status: 200,
      headers: { a: "b" },
      body: chunk,
      end: 7_000_055,
      phases: { waitUs: 50, bodyUs: 5, connection: "new", connectUs: 1, tlsUs: 2 },
    });
    // Not copied: most answers come in one piece.
    expect(first.kind === "answered" && first.body).toBe(chunk);
    expect([connection.isIdle, connection.freeSince, clock.pending]).toEqual([true, 7_000_055, 0]);
    const again = send();
    begin();
    await turn();
    answer({}, Buffer.from("in "), Buffer.from("parts"));
    await turn();
    expect(exchangeOf(again)).toMatchObject({
      body: Buffer.from("in parts"),
      phases: { connection: "reused", connectUs: undefined, tlsUs: undefined },
    });
    expect(stream.listenerCount("readable")).toBe(1);
  });

  it("is free from the connection's opening until its first request, and one at a time", () => {
    expect([connection.isIdle, connection.freeSince]).toEqual([true, 7_000_000]);
    send();
    expect(connection.isIdle).toBe(false);
    expect(() => send()).toThrow(TypeError);
    expect(client.dispatched.length).toBe(1);
  });

  it.each<[string, () => unknown, object]>([
    ["nothing of it was written", () => {}, { phase: "writing" }],
    ["it was written", begin, { phase: "waiting" }],
    [
      "the kernel has not taken all of it",
      () => {
        begin();
        stream.writableLength = 1;
      },
      { phase: "writing" },
    ],
    [
      "an answer has begun",
      () => {
        begin();
        stream.readableLength = 1;
        stream.emit("readable");
      },
      { phase: "body" },
    ],
  ])("fails by its deadline, and resets the connection: %s", async (_, before, expected) => {
    const events = send(GET, seconds(2));
    before();
    await turn();
    clock.step();
    await turn();
    expect(exchangeOf(events)).toEqual({
      kind: "failed",
      code: "timeout",
      connection: "new",
      end: 9_000_000,
      ...expected,
    });
    expect([raw.ends, stream.ends, client.ends]).toEqual([["reset"], ["destroyed"], ["destroyed"]]);
    expect(connection.isIdle).toBe(false);
  });

  it("is told once, whatever comes after its end", async () => {
    const events = send();
    begin();
    await turn();
    answer();
    client.last.onResponseError(undefined as never, new Error("and then"));
    await turn();
    expect(events).toEqual(["returned", "written", expect.objectContaining({ kind: "answered" })]);
    expect([connection.isIdle, clock.pending]).toEqual([true, 0]);
  });

  it("that the server ends, or that was reset, leaves no connection to be used again", async () => {
    send();
    begin();
    answer({ connection: "close" });
    expect([connection.isIdle, raw.ends]).toEqual([false, ["reset"]]);
  });

  it("whose connection was reset is answered in vain", async () => {
    send();
    begin();
    connection.reset();
    answer();
    await turn();
    expect([connection.isIdle, connection.freeSince]).toEqual([false, 7_000_000]);
  });
});

describe("a connection", () => {
  it.each<[string, () => void]>([
    ["can't be written to", () => (stream.writable = false)],
    ["has come to its end", () => (stream.readableEnded = true)],
    ["is gone", () => (stream.destroyed = true)],
  ] as [string, () => void][])("is not idle when its socket %s", (_, happens) => {
    happens();
    expect(connection.isIdle).toBe(false);
  });

  it("says once that it was closed, and destroys its client", () => {
    stream.emit("close");
    stream.emit("close");
    expect([told, client.ends, connection.isIdle]).toEqual([["closed"], ["destroyed"], false]);
  });

  it.each(["reset", "close"] as const)("says nothing of its own %s", (how) => {
    connection[how]();
    stream.emit("close");
    expect(told).toEqual([]);
  });

  it("bears errors, and hands on what broke its stream", () => {
    raw.emit("error", new Error("beneath"));
    stream.emit("error", new Error("broken"));
    expect(told).toEqual(["broken"]);
  });

  it("that is idle closes in order; one with a request on it is reset", () => {
    connection.close();
    expect([stream.ends, raw.ends, client.ends]).toEqual([["ended"], [], ["closed"]]);
    connection.close();
    expect([stream.ends, raw.ends]).toEqual([["ended", "destroyed"], ["reset"]]);
  });
});
