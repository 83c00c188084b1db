import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { micros, seconds } from "../../base/units.ts";
import {
  answered,
  codeOf,
  create,
  createAndLeave,
  loopOf,
  type Started,
  started,
  turns,
} from "./application.support.ts";

/** What happens by the clock alone, and to whoever comes before there is a run. */

const opened: Started[] = [];
afterEach(() => {
  for (const { application } of opened.splice(0)) application.close();
});

async function open(...settings: Parameters<typeof started>): Promise<Started> {
  const one = await started(...settings);
  opened.push(one);
  return one;
}

test("nobody in half a minute: its user is told once, and it goes on", async () => {
  const { after, told } = await open();
  after(seconds(29));
  expect(told).toEqual([]);
  after(seconds(60));
  expect(told).toEqual(["nobody came"]);
});

test("nobody for as long as it may be idle: it closes", async () => {
  const { after, told } = await open(seconds(10));
  after(seconds(9));
  expect(told).toEqual([]);
  after(seconds(5));
  expect(told).toEqual(["no request came for a while"]);
});

test("somebody who was refused has come all the same", async () => {
  const { after, told, url } = await open();
  await fetch(`${url}v2/payouts`);
  after(seconds(60));
  expect(told).toEqual(["GATE_OPERATION_UNKNOWN"]);
});

test("closing is told once, whoever asks for it, and what comes then is sent away", async () => {
  const { application, told, url } = await open();
  application.finish("it was stopped");
  application.finish("again");
  expect(told).toEqual(["it was stopped"]);
  const answer = await fetch(`${url}v2/payment/requests/a`);
  expect([answer.status, answer.headers.get("klarna-perf-gate")]).toEqual([503, "closed"]);
  expect(await answer.json()).toMatchObject({ error_code: "GATE_CLOSED" });
});

test("what it tells its report begins with nothing", async () => {
  const { application } = await open();
  expect(application.record.begin()).toEqual({
    gate: { seenBy: "gate", profile: null, holdUs: micros(2_000_000) },
  });
  expect(application.record.end()).toEqual({
    gate: { refused: [], liveKeys: [], unkeyedRepeats: 0 },
  });
});

test("a request for each that it may pass on, then it closes; what came meanwhile is told, and counted", async () => {
  const run = await open(undefined, 2);
  const { came, send } = loopOf(run);
  const first = create(run.url);
  const second = create(run.url);
  await came(2);
  // Those that wait may yet be sent.
  expect(await codeOf(create(run.url))).toEqual([503, "closed", "GATE_REQUESTS_SPENT"]);
  send()(answered(201));
  expect(run.told).toEqual(["GATE_REQUESTS_SPENT"]);
  send()(answered(201));
  expect(run.told).toEqual(["GATE_REQUESTS_SPENT", "it may pass on no more requests"]);
  expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([201, 201]);
  expect(await codeOf(create(run.url))).toEqual([503, "closed", "GATE_CLOSED"]);
  expect(run.application.record.end()).toMatchObject({
    gate: {
      refused: [
        { code: "GATE_REQUESTS_SPENT", count: 1 },
        { code: "GATE_CLOSED", count: 1 },
      ],
    },
  });
});

test("one whose sender has gone is not sent, and spends none of those that it may pass on", async () => {
  const run = await open(undefined, 1);
  const { came, send, outcomes } = loopOf(run);
  const leave = createAndLeave(run.url);
  await came(1);
  await leave();
  await turns();
  send()(answered(201));
  expect(outcomes).toMatchObject([{ kind: "failed", code: "not-sent" }]);
  expect(run.told).toEqual([]);
  const other = create(run.url);
  await came(1);
  send()(answered(201));
  expect((await other).status).toBe(201);
  expect(run.told).toEqual(["it may pass on no more requests"]);
});

test("a write without a key that its sender gave up and sent again may have been made twice", async () => {
  const run = await open();
  const { came, send } = loopOf(run);
  const leave = createAndLeave(run.url);
  await came(1);
  const answerFirst = send();
  await leave();
  await turns();
  const again = create(run.url);
  await came(1);
  const answerSecond = send();
  answerFirst(answered(201));
  answerSecond(answered(201));
  expect((await again).status).toBe(201);
  expect(run.application.record.end().gate?.unkeyedRepeats).toBe(1);
});

test("one that was answered and comes again is another shopper's", async () => {
  const run = await open();
  const { came, send } = loopOf(run);
  for (let shopper = 0; shopper < 2; shopper++) {
    const one = create(run.url);
    await came(1);
    send()(answered(201));
    await (await one).text();
    await turns();
  }
  expect(run.application.record.end().gate?.unkeyedRepeats).toBe(0);
});

test.each([
  ["in-flight", [503, "busy", "GATE_IN_FLIGHT"]],
  ["cap", [429, "cap", "RATE_LIMITED"]],
  ["run-ended", [503, "closed", "GATE_CLOSED"]],
] as const)(
  "one that is dropped for %s is answered so, and no longer waits",
  async (reason, told) => {
    const run = await open(undefined, 1);
    const { came, drop } = loopOf(run);
    for (let i = 0; i < 2; i++) {
      const one = create(run.url);
      await came(1);
      drop(reason);
      expect(await codeOf(one)).toEqual(told);
    }
  },
);

test.each([
  ["timeout", 504],
  ["connection-closed", 502],
  ["connection-reset", 502],
  ["malformed-answer", 502],
  ["answer-too-large", 502],
] as const)(
  "one that the target left with a %s is answered with a %i of the gate's",
  async (code, status) => {
    const run = await open();
    const { came, send } = loopOf(run);
    const one = create(run.url);
    await came(1);
    send()({ kind: "failed", code, phase: "waiting", connection: "new", end: micros(1) });
    const told = `GATE_TARGET_${code.toUpperCase().replace(/-/g, "_")}`;
    expect(await codeOf(one)).toEqual([status, "target", told]);
    // It may have been executed, so without a key it should not come again.
    const again = create(run.url);
    await came(1);
    send()(answered(201));
    await again;
    expect(run.application.record.end().gate?.unkeyedRepeats).toBe(1);
  },
);

test("ten thousand may wait; the next is told that it is too many", async () => {
  const run = await open();
  const { came } = loopOf(run);
  const { hostname, port, pathname } = new URL(run.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const line = `GET ${pathname}v2/payment/requests/a HTTP/1.1\r\nHost: a\r\n\r\n`;
  socket.write(line.repeat(10_001));
  await came(10_000);
  while (run.told.length === 0) await turns();
  socket.destroy();
  expect(run.told).toEqual(["GATE_BUSY"]);
  expect(run.application.record.end().gate?.refused).toMatchObject([
    { code: "GATE_BUSY", count: 1 },
  ]);
});

test("for as long as it may last, and then it takes nothing more", async () => {
  const run = await open();
  run.clock.freeze(seconds(3600));
  for (const _ of run.feed.arrivedBy(run.clock.now()));
  expect(await codeOf(create(run.url))).toEqual([503, "closed", "GATE_CLOSED"]);
});
