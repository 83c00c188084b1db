import { Agent } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { milliseconds } from "../base/units.ts";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import { type Got, HEADERS, send, start, untilPending } from "./server.support.ts";
import type { RunningServer } from "./server.ts";

/** Sends bytes as they are; what came back until the server closed. */
function sendRaw(
  server: RunningServer,
  bytes: string,
  then: "listen" | "end" = "listen",
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1", () => {
      if (then === "end") socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(text));
  });
}

const CREATE = JSON.stringify(minimalPaymentRequest());

test("a payment request's life over one connection kept alive", async () => {
  const { server } = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const created = await send(server, "POST", "/v2/payment/requests", { body: CREATE, agent });
  expect(created.status).toBe(201);
  expect(created.headers).toMatchObject({
    "content-type": "application/json",
    "keep-alive": "timeout=72",
    "klarna-correlation-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    date: expect.stringMatching(/GMT$/),
  });
  const path = `/v2/payment/requests/${JSON.parse(created.body).payment_request_id}`;
  const canceled = await send(server, "DELETE", path, { agent });
  expect(JSON.parse(canceled.body)).toMatchObject({ state: "CANCELED" });
  const read = await send(server, "GET", path, { agent });
  expect(JSON.parse(read.body)).toMatchObject({ state: "CANCELED" });
  agent.destroy();
});

test("an answer waits for its latency, and none waits for another", async () => {
  const { clock, server } = await start({ kind: "constant", us: 20_000 });
  let answered = 0;
  const count = (got: Got): Got => {
    answered++;
    return got;
  };
  const first = send(server, "GET", "/v2/payment/requests/a").then(count);
  await untilPending(clock, 1);
  clock.freeze(milliseconds(5));
  const second = send(server, "GET", "/v2/payment/requests/b").then(count);
  await untilPending(clock, 2);
  expect(answered).toBe(0);
  clock.step();
  await first;
  expect(clock.now()).toBe(20_000);
  expect(answered).toBe(1);
  clock.step();
  await second;
  expect(clock.now()).toBe(25_000);
});

test("a sender that goes away leaves no timer behind, and what it sent was done", async () => {
  const { clock, server } = await start({ kind: "constant", us: 20_000 });
  const socket = connect(server.port, "127.0.0.1");
  socket.write(
    `POST /v2/payment/requests HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.authorization}\r\nContent-Type: application/json\r\nContent-Length: ${CREATE.length}\r\n\r\n${CREATE}`,
  );
  await untilPending(clock, 1);
  socket.destroy();
  await untilPending(clock, 0);
  const next = send(server, "POST", "/v2/payment/requests", { body: CREATE });
  await untilPending(clock, 1);
  clock.step();
  expect((await next).headers["x-ratelimit-remaining"]).toBe("10");
});

test("a body of 1 MB is read, one byte more is 413, and the connection lives on", async () => {
  const { server } = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const padded = (bytes: number) => CREATE + " ".repeat(bytes - CREATE.length);
  const statuses = [];
  for (const bytes of [1_048_576, 1_048_577, 3_000_000, 1000]) {
    const got = await send(server, "POST", "/v2/payment/requests", { body: padded(bytes), agent });
    statuses.push(got.status);
  }
  expect(statuses).toEqual([201, 413, 413, 201]);
  agent.destroy();
});

test("a header over 6 KB, and headers over 20 KB, are 431", async () => {
  const { server } = await start();
  const path = "/v2/payment/requests/x";
  const with6 = (bytes: number) => ({ "klarna-integration-metadata": "m".repeat(bytes - 27) });
  expect((await send(server, "GET", path, { headers: with6(6144) })).status).toBe(404);
  expect((await send(server, "GET", path, { headers: with6(6145) })).status).toBe(431);
  const many = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, "v".repeat(5200)]));
  const got = await send(server, "GET", path, { headers: many });
  expect(got.status).toBe(431);
  expect(got.headers["klarna-correlation-id"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("what is not HTTP gets a 400 and the end of its connection", async () => {
  const { server } = await start();
  expect(await sendRaw(server, "HELLO\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("a request with a body behind it that has no length is answered, and its connection ends", async () => {
  const { clock, server } = await start({ kind: "constant", us: 20_000 });
  const got = sendRaw(
    server,
    `GET /v2/payment/requests/a HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.authorization}\r\n\r\n{}`,
  );
  await untilPending(clock, 1);
  clock.step();
  const answer = await got;
  expect(answer.match(/^HTTP\/1\.1 .*$/gm)).toEqual(["HTTP/1.1 404 Not Found"]);
  expect(answer).toMatch(/^connection: close\r$/im);
});

test.each([
  ["a length", "Content-Length: 100\r\n\r\n{"],
  ["chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}"],
])("a body by %s that its sender does not finish gets a 400", async (_, body) => {
  const { server } = await start();
  const head = `POST /v2/payment/requests HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.authorization}\r\n`;
  expect(await sendRaw(server, head + body, "end")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("HTTP/1.1 without a host name is a 400 with an id; an unknown expectation changes nothing", async () => {
  const { server } = await start();
  const get = (...headers: string[]) =>
    sendRaw(server, `GET /x HTTP/1.1\r\n${[...headers, "Connection: close"].join("\r\n")}\r\n\r\n`);
  expect(await get()).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\nKlarna-Correlation-Id: [0-9a-f-]{36}\r\n/,
  );
  expect(await get("Host: x", "Expect: more")).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});

test("listens on 127.0.0.1 alone", async () => {
  const { server } = await start();
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  const code = await new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.2");
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("connect", () => resolve("connected"));
  });
  expect(code).toBe("ECONNREFUSED");
});

test("a port in use is a usage error that names it", async () => {
  const { server } = await start();
  await expect(start(undefined, server.port)).rejects.toMatchObject({
    code: "EMULATOR_PORT",
    message: `port \`${server.port}\` is already in use`,
  });
});
