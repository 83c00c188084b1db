import { expect, test } from "vitest";
import { micros, seconds } from "../../base/units.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { approve } from "../../guard/approval.ts";
import { counter } from "../../workload/feed.ts";
import { Application } from "./application.ts";
import { prepareGate } from "./prepare.ts";

test("stopped before there is a run: its address is told to nobody, and the run is over as soon as it begins", async () => {
  const clock = new VirtualClock();
  const around = { cwd: "/", env: {}, execArgv: [], argv: [], nowMs: clock.wallMs() };
  const bounds = { rate: undefined, lasts: undefined, hold: seconds(2) };
  const { plan, facts } = prepareGate({ environment: "emulator", seed: 1, ...bounds }, around);
  const told: string[] = [];
  const news = {
    ready: () => told.push("ready"),
    nobodyCame: () => {},
    refused: () => {},
    liveKey: () => {},
    closing: (why: string) => told.push(why),
  };
  const application = await Application.start({
    ...{ plan, approved: approve(facts), permission: () => undefined, clock },
    ...{ profile: undefined, port: 0, idle: seconds(300), news },
  });
  application.finish("it was stopped");
  const origin = micros(clock.now() + 1000);
  const loop = { wake: () => {}, stop: () => {} };
  const feed = application.feedOf(undefined, loop)(origin, () => ({}), counter());
  expect(feed.nextDue).toBe(origin);
  expect([...feed.arrivedBy(origin)]).toEqual([]);
  expect(feed.nextDue).toBe(undefined);
  expect(told).toEqual(["it was stopped"]);
  application.close();
});
