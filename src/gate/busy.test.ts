import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { dialAmong, type ListeningGate, listeningGate, say } from "./gate.support.ts";
import type { AppRequest } from "./listener.ts";

let gate: ListeningGate;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  gate.close();
});

const HOST = "Host: 127.0.0.1\r\n";
const CREATE = "v2/payment/requests";

const connected = (): Promise<Socket> => dialAmong(sockets, gate.port);

test("bodies that wait all together are 64 MB at most: the next is told that it is too much, and may come again", async () => {
  const waiting: AppRequest[] = [];
  gate = await listeningGate((request) => waiting.push(request));
  const body = `"${"a".repeat(1024 * 1024 - 2)}"`;
  const post = `POST /${gate.token}/${CREATE} HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n`;
  const write = (socket: Socket): void => {
    socket.write(post);
    socket.write(body);
  };
  for (let i = 0; i < 64; i++) write(await connected());
  while (waiting.length < 64) await new Promise((resolve) => setImmediate(resolve));
  const [head = "", told = ""] = (await say(gate.port, post + body)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expect(head).toMatch(/^klarna-perf-gate: busy\r$/m);
  expect(JSON.parse(told)).toMatchObject({ error_code: "GATE_BUSY" });
  expect(gate.refused.map(({ problem }) => problem.code)).toEqual(["GATE_BUSY"]);
  const answered = Promise.race(
    sockets.map((socket) => new Promise((resolve) => socket.once("data", resolve))),
  );
  waiting[0]?.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
  await answered;
  write(await connected());
  while (waiting.length < 65) await new Promise((resolve) => setImmediate(resolve));
  expect(gate.refused).toHaveLength(1);
});
