import type { Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { VirtualClock } from "../base/virtual-clock.ts";
import { dialAmong, type ListeningGate, listeningGate, say, statusesOf } from "./gate.support.ts";
import { type AppRequest, GateListener } from "./listener.ts";

/** The server's own bounds in a hundredth of the time: 100 ms for a head, 300 ms for a whole request. */
vi.mock("node:http", async (original) => {
  const http = await original<typeof import("node:http")>();
  const createServer = (
    { headersTimeout = 0, requestTimeout = 0, connectionsCheckingInterval = 0, ...options },
    listener: import("node:http").RequestListener,
  ) =>
    http.createServer(
      {
        ...options,
        headersTimeout: headersTimeout / 100,
        requestTimeout: requestTimeout / 100,
        connectionsCheckingInterval: connectionsCheckingInterval / 100,
      },
      listener,
    );
  return { ...http, createServer };
});

let gate: ListeningGate;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  gate.close();
});

const HOST = "Host: 127.0.0.1\r\n";
const CREATE = "v2/payment/requests";

function get(id = "a"): string {
  return `GET /${gate.token}/${CREATE}/${id} HTTP/1.1\r\n${HOST}\r\n`;
}

const connected = (): Promise<Socket> => dialAmong(sockets, gate.port);

/** Sends a byte now and then for as long as it may. @returns what was heard until the gate hung up */
async function trickled(begin: string): Promise<string> {
  const socket = await connected();
  socket.write(begin);
  const more = setInterval(() => socket.write("a"), 5);
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk.toString("latin1");
  });
  await new Promise<void>((resolve) => {
    socket.once("end", resolve).once("close", () => resolve());
  });
  clearInterval(more);
  return heard;
}

describe("a request that never comes whole", () => {
  test.each<[string, () => string]>([
    ["a first line", () => `GET /${gate.token}/`],
    ["a head", () => `GET /${gate.token}/${CREATE}/a HTTP/1.1\r\n${HOST}Klarna-Test: `],
    [
      "a body",
      () => `POST /${gate.token}/${CREATE} HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\n\r\n{`,
    ],
    [
      "a chunk",
      () =>
        `POST /${gate.token}/${CREATE} HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nfffff\r\n{`,
    ],
  ])("for it trickles in, %s: is given up, and not passed on", async (_, begin) => {
    gate = await listeningGate();
    const heard = await trickled(begin());
    expect(statusesOf(heard)).toEqual([408]);
    expect(gate.asked).toEqual([]);
    expect(statusesOf(await say(gate.port, get()))).toEqual([200]);
  });
});

test("answers that nobody reads keep nobody else from theirs", async () => {
  const body = Buffer.alloc(1024 * 1024);
  gate = await listeningGate((request) => request.answer({ status: 200, headers: {}, body }));
  const deaf = await connected();
  deaf.pause();
  deaf.write(get("b").repeat(20));
  while (gate.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(statusesOf(await say(gate.port, get("c")))).toEqual([200]);
});

test("closing waits a second for an answer to be read, and no longer", async () => {
  const clock = new VirtualClock();
  const body = Buffer.alloc(16 * 1024 * 1024);
  const listener = new GateListener(
    clock,
    { permission: () => undefined, content: () => undefined },
    {
      asked: (request: AppRequest) => request.answer({ status: 200, headers: {}, body }),
      refused: () => {},
    },
  );
  const url = new URL(await listener.listen(0));
  const token = url.pathname.slice(1, -1);
  gate = { port: Number(url.port), token, asked: [], refused: [], close: () => listener.close() };
  const deaf = await connected();
  deaf.write(get());
  await new Promise((resolve) => deaf.once("readable", resolve));
  listener.close();
  let heard = 0;
  const ended = new Promise<string>((resolve) => {
    deaf.once("end", () => resolve("read whole")).once("close", () => resolve("cut off"));
  });
  while (clock.step());
  expect(clock.now()).toBe(1_000_000);
  // What it reads from now on is what was on the way.
  deaf.on("data", (chunk: Buffer) => {
    heard += chunk.length;
  });
  await ended;
  expect(heard).toBeLessThan(body.length);
});
