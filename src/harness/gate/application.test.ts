import { afterEach, expect, test } from "vitest";
import { micros, seconds } from "../../base/units.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { approve } from "../../guard/approval.ts";
import { counter } from "../../workload/feed.ts";
import { Application, type GateNews } from "./application.ts";
import { prepareGate } from "./prepare.ts";

/** What happens by the clock alone, and to whoever comes before there is a run. */

let application: Application | undefined;
afterEach(() => application?.close());

async function started(idle = seconds(300)) {
  const clock = new VirtualClock();
  const around = { cwd: "/", env: {}, execArgv: [], argv: [], nowMs: clock.wallMs() };
  const bounds = { rate: undefined, lasts: undefined, hold: seconds(2) };
  const { plan, facts } = prepareGate({ environment: "emulator", seed: 1, ...bounds }, around);
  const told: string[] = [];
  let url = "";
  const news: GateNews = {
    ready: (baseUrl) => {
      url = baseUrl;
    },
    nobodyCame: () => told.push("nobody came"),
    refused: ({ code }) => told.push(code),
    liveKey: () => told.push("live key"),
    closing: (why) => told.push(why),
  };
  const approved = approve(facts);
  const permission = () => undefined;
  const settings = { profile: undefined, port: 0, idle, news };
  application = await Application.start({ plan, approved, permission, clock, ...settings });
  const loop = { wake: () => {}, stop: () => {} };
  application.feedOf(undefined, loop)(micros(0), () => ({}), counter());
  const after = (us: number): void => {
    const until = clock.now() + us;
    while (clock.pending > 0 && clock.now() < until) clock.step();
  };
  return { application, after, told, url };
}

test("nobody in half a minute: its user is told once, and it goes on", async () => {
  const { after, told } = await started();
  after(seconds(29));
  expect(told).toEqual([]);
  after(seconds(60));
  expect(told).toEqual(["nobody came"]);
});

test("nobody for as long as it may be idle: it closes", async () => {
  const { after, told } = await started(seconds(10));
  after(seconds(9));
  expect(told).toEqual([]);
  after(seconds(5));
  expect(told).toEqual(["no request came for a while"]);
});

test("somebody who was refused has come all the same", async () => {
  const { after, told, url } = await started();
  await fetch(`${url}v2/payouts`);
  after(seconds(60));
  expect(told).toEqual(["GATE_OPERATION_UNKNOWN"]);
});

test("closing is told once, whoever asks for it, and what comes then is sent away", async () => {
  const { application, told, url } = await started();
  application.finish("it was stopped");
  application.finish("again");
  expect(told).toEqual(["it was stopped"]);
  const answer = await fetch(`${url}v2/payment/requests/a`);
  expect([answer.status, answer.headers.get("klarna-perf-gate")]).toEqual([503, "closed"]);
  expect(await answer.json()).toMatchObject({ error_code: "GATE_CLOSED" });
});

test("what it tells its report begins with nothing", async () => {
  const { application } = await started();
  expect(application.record.begin()).toEqual({
    gate: { seenBy: "gate", profile: null, holdUs: micros(2_000_000) },
  });
  expect(application.record.end()).toEqual({
    gate: { refused: [], liveKeys: [], unkeyedRepeats: 0 },
  });
});
