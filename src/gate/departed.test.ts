import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../base/virtual-clock.ts";
import { dial, type ListeningGate, listeningGate, say } from "./gate.support.ts";
import { GateListener } from "./listener.ts";

/** Requests one upon the other, whose sender leaves before the first is answered; and when each counts as due. */

let gate: ListeningGate | undefined;
afterEach(() => gate?.close());

const HOST = "Host: 127.0.0.1\r\n";

function post(token: string, body: string): string {
  return `POST /${token}/v2/payment/requests HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test("each of them has gone", async () => {
  const open = await listeningGate(() => {});
  gate = open;
  const socket = await dial(open.port);
  socket.write(post(open.token, '{"a":1}') + post(open.token, '{"a":2}'));
  await until(() => open.asked.length === 2);
  expect(open.asked.map(({ isGone }) => isGone)).toEqual([false, false]);
  socket.destroy();
  await until(() => open.asked[0]?.isGone === true);
  expect(open.asked[1]?.isGone).toBe(true);
});

test("and their bodies are held no more", async () => {
  const open = await listeningGate(() => {});
  gate = open;
  const one = post(open.token, JSON.stringify("a".repeat(1_000_000)));
  const leaving: Socket[] = [];
  // 62 MB of the 64 that may be held.
  for (let i = 0; i < 62; i++) {
    if (i % 31 === 0) leaving.push(await dial(open.port));
    leaving.at(-1)?.write(one);
  }
  await until(() => open.asked.length === 62);
  for (const socket of leaving) socket.destroy();
  await until(() => open.asked.every(({ isGone }) => isGone));
  const staying = await dial(open.port);
  staying.write(one.repeat(8));
  await until(() => open.asked.length === 62 + 8 || open.refused.length > 0);
  staying.destroy();
  expect(open.refused).toEqual([]);
});

test("a request is due when its last byte has come, before it is looked through", async () => {
  const clock = new VirtualClock();
  const due: number[] = [];
  // What looking through it takes.
  const content = () => {
    clock.freeze(1000 as never);
    return undefined;
  };
  const listener = new GateListener(
    clock,
    { permission: () => undefined, content },
    {
      asked: (request) => {
        due.push(request.at);
        request.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
      },
      refused: () => {},
    },
  );
  const url = new URL(await listener.listen(0));
  const before = clock.now();
  await say(Number(url.port), post(url.pathname.slice(1, -1), "{}"));
  listener.close();
  expect(due).toEqual([before]);
  expect(clock.now()).toBeGreaterThan(before);
});
