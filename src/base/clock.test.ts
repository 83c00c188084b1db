import { describe, expect, it } from "vitest";
import { type Clock, relaxedClock, systemClock, until } from "./clock.ts";
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

  it("at keeps the order in which those of one due time were asked for", async () => {
    const clock = systemClock();
    const order: number[] = [];
    const due = micros(clock.now() + 3000);
    for (let i = 0; i < 50; i++) {
      clock.at(due, () => order.push(2 * i));
      clock.at(micros(due - 1), () => order.push(-1));
      clock.at(due, () => order.push(2 * i + 1));
    }
    await until(clock, due);
    expect(order.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => -1));
    expect(order.slice(50)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it("at lets input and output go on while a callback asks for the same time again and again", async () => {
    const clock = systemClock();
    const due = clock.now();
    let rounds = 0;
    const again = (): void => {
      rounds++;
      cancel = clock.at(due, again);
    };
    let cancel = clock.at(due, again);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    cancel();
    const seen = rounds;
    await until(clock, micros(clock.now() + 3000));
    expect(seen).toBeGreaterThan(0);
    expect(rounds).toBe(seen);
  });

  it("at runs none that another of the same turn has cancelled", async () => {
    const clock = systemClock();
    const due = micros(clock.now() + 1000);
    let ran = false;
    clock.at(due, () => cancel());
    const cancel = clock.at(due, () => (ran = true));
    await until(clock, micros(due + 2000));
    expect(ran).toBe(false);
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

  it("takes no precise wait where it is to be relaxed", () => {
    const asked: string[] = [];
    const clock: Clock = {
      now: () => micros(7),
      wallMs: () => 8,
      at: () => () => {},
      atCoarse: (due, callback) => {
        asked.push(`coarse ${due}`);
        callback();
        return () => asked.push("cancelled");
      },
    };
    const relaxed = relaxedClock(clock);
    relaxed.at(micros(20), () => asked.push("called"))();
    relaxed.atCoarse(micros(30), () => {});
    expect(asked).toEqual(["coarse 20", "called", "cancelled", "coarse 30"]);
    expect([relaxed.now(), relaxed.wallMs()]).toEqual([7, 8]);
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
