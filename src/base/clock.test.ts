import { describe, expect, it } from "vitest";
import { type Clock, systemClock, until } from "./clock.ts";
import { FAR, type Micros, micros } from "./units.ts";

/** Real time, so only order and "never early" are asserted: how late a timer is depends on the machine. */
const WAITS_US = [0, 300, 1500, 2499, 2501, 4000, 12_000];

type Way = "at" | "atCoarse";

function later(clock: Clock, way: Way, due: Micros): Promise<Micros> {
  return new Promise((resolve) => clock[way](due, () => resolve(clock.now())));
}

describe("systemClock", () => {
  it.each<Way>(["at", "atCoarse"])("%s is never early", async (way) => {
    const clock = systemClock();
    for (let round = 0; round < 5; round++) {
      const dues = WAITS_US.map((wait) => micros(clock.now() + wait));
      const came = await Promise.all(dues.map((due) => later(clock, way, due)));
      expect(came.map((at, i) => at >= (dues[i] ?? FAR))).toEqual(dues.map(() => true));
    }
  });

  it.each<Way>(["at", "atCoarse"])("%s never calls back inside the call", async (way) => {
    const clock = systemClock();
    let inside = true;
    const seen: boolean[] = [];
    for (const due of [0, clock.now()]) clock[way](micros(due), () => seen.push(inside));
    inside = false;
    await later(clock, way, micros(clock.now() + 2000));
    expect(seen).toEqual([false, false]);
  });

  it("at keeps the order of due times", async () => {
    const clock = systemClock();
    const order: number[] = [];
    const from = clock.now();
    await Promise.all(
      [9000, 3000, 6000].map(async (wait) => {
        await until(clock, micros(from + wait));
        order.push(wait);
      }),
    );
    expect(order).toEqual([3000, 6000, 9000]);
  });

  it.each<Way>(["at", "atCoarse"])("%s can be cancelled at any stage of its wait", async (way) => {
    const clock = systemClock();
    const ran: string[] = [];
    const from = clock.now();
    const cancels = [500, 2600, 6000].map((wait) =>
      clock[way](micros(from + wait), () => ran.push(`cancelled at once, ${wait}`)),
    );
    for (const cancel of cancels) cancel();
    const midway = clock[way](micros(from + 20_000), () => ran.push("cancelled midway"));
    await until(clock, micros(from + 4000));
    // Late on a busy machine, the timer may have run by rights; it must not run after its cancel.
    const before = [...ran];
    midway();
    midway();
    await until(clock, micros(from + 30_000));
    expect(ran).toEqual(before);
    expect(ran.filter((what) => what.startsWith("cancelled at once"))).toEqual([]);
  });

  it("waits for what never comes without calling back, and lets go of it", async () => {
    const clock = systemClock();
    let called = false;
    const cancels = [
      clock.at(FAR, () => (called = true)),
      clock.atCoarse(FAR, () => (called = true)),
    ];
    await until(clock, micros(clock.now() + 3000));
    for (const cancel of cancels) cancel();
    expect(called).toBe(false);
  });

  it("goes forward in whole microseconds", () => {
    const clock = systemClock();
    let before = clock.now();
    for (let i = 0; i < 1000; i++) {
      const now = clock.now();
      expect(Number.isSafeInteger(now) && now >= before).toBe(true);
      before = now;
    }
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(1000);
  });
});
