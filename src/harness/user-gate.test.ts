import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../base/clock.ts";
import { UserGate } from "./user-gate.ts";

let gate: UserGate;
let ready: number[];
const sockets: Socket[] = [];
beforeEach(async () => {
  ready = [];
  gate = new UserGate(systemClock(), { ready: (user) => ready.push(user) });
  await gate.listen();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  gate.close();
});

/** A user's connection, and what has come back on it. */
async function user(): Promise<{ readonly socket: Socket; readonly got: () => string }> {
  const socket = connect(gate.path);
  sockets.push(socket);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, got: () => text };
}
const ASK = "GET /journey HTTP/1.1\r\nhost: gate\r\n\r\n";

it("lies in a folder of this user's alone", () => {
  expect(statSync(dirname(gate.path)).mode & 0o777).toBe(0o700);
});

it("tells that a user is ready, and answers it when it is released, and not before", async () => {
  const one = await user();
  one.socket.write(ASK);
  await expect.poll(() => ready).toEqual([0]);
  expect(one.got()).toBe("");
  gate.release(0);
  await expect.poll(one.got).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: 0/is);
  one.socket.write(ASK);
  await expect.poll(() => ready).toEqual([0, 0]);
});

it("takes a user who comes back for the same one", async () => {
  const [one, two] = [await user(), await user()];
  two.socket.write(ASK);
  await expect.poll(() => ready.length).toBe(1);
  const [second = -1] = ready;
  two.socket.destroy();
  await expect
    .poll(async () => {
      const again = await user();
      again.socket.write(ASK);
      await expect.poll(() => ready.length).toBeGreaterThan(1);
      return ready.at(-1);
    })
    .toBe(second);
  expect(one.got()).toBe("");
});

it.each([
  ["another path", "GET /journey/1 HTTP/1.1\r\nhost: gate\r\n\r\n"],
  ["another method", "POST /journey HTTP/1.1\r\nhost: gate\r\ncontent-length: 0\r\n\r\n"],
  ["an address", "GET https://api.klarna.com/journey HTTP/1.1\r\nhost: gate\r\n\r\n"],
])("refuses %s", async (_, text) => {
  const one = await user();
  one.socket.write(text);
  await expect.poll(one.got).toMatch(/^HTTP\/1\.1 404 /);
  expect(ready).toEqual([]);
});

it("drops everybody when it is closed, and leaves nothing behind", async () => {
  const one = await user();
  one.socket.write(ASK);
  await expect.poll(() => ready).toEqual([0]);
  const closed = new Promise((resolve) => one.socket.once("close", resolve));
  gate.close();
  await closed;
  expect(existsSync(dirname(gate.path))).toBe(false);
  gate.release(0);
  gate.close();
});
