import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { until } from "./clock.ts";
import { micros } from "./units.ts";
import { VirtualClock } from "./virtual-clock.ts";

describe("VirtualClock", () => {
  it("stands still until it is told to go on, and then jumps to the next due time", () => {
    const clock = new VirtualClock(1000);
    const seen: number[] = [];
    clock.at(micros(2500), () => seen.push(clock.now()));
    expect([clock.now(), clock.wallMs(), seen]).toEqual([0, 1000, []]);
    expect(clock.step()).toBe(true);
    expect([clock.now(), clock.wallMs(), seen]).toEqual([2500, 1002.5, [2500]]);
    expect(clock.step()).toBe(false);
  });

  it("runs what is already due at the next step, without turning time back", () => {
    const clock = new VirtualClock();
    clock.freeze(micros(500));
    let at: number | undefined;
    clock.at(micros(100), () => {
      at = clock.now();
    });
    expect(at).toBeUndefined();
    clock.step();
    expect(at).toBe(500);
  });

  it("runs timers in order of due time, those due together in the order they were set", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ due: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() })),
        (timers) => {
          const clock = new VirtualClock();
          const ran: number[] = [];
          const cancels = timers.map(({ due }, i) => clock.at(micros(due), () => ran.push(i)));
          for (const [i, cancel] of cancels.entries()) if (timers[i]?.cancelled) cancel();
          const expected = timers
            .map(({ due, cancelled }, i) => ({ due, cancelled, i }))
            .filter(({ cancelled }) => !cancelled)
            .sort((a, b) => a.due - b.due || a.i - b.i)
            .map(({ i }) => i);
          expect(clock.pending).toBe(expected.length);
          while (clock.step()) expect(clock.now()).toBe(timers[ran.at(-1) ?? -1]?.due);
          expect(ran).toEqual(expected);
          expect(clock.pending).toBe(0);
        },
      ),
    );
  });

  it("a timer may cancel one that is due with it, and cancelling twice or late does nothing", () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const cancelFirst = clock.at(micros(1), () => {
      ran.push("first");
      cancelSecond();
    });
    const cancelSecond = clock.at(micros(1), () => ran.push("second"));
    expect(clock.step()).toBe(true);
    expect(clock.step()).toBe(false);
    cancelFirst();
    cancelSecond();
    expect(ran).toEqual(["first"]);
  });

  it("runAll runs what timers and promises set off, until nothing is left", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for (const due of [10, 20, 30]) {
        await until(clock, micros(due));
        seen.push(clock.now());
      }
    };
    const done = walk();
    await clock.runAll();
    await done;
    expect(seen).toEqual([10, 20, 30]);
  });

  it("runAll ends a loop that does not end by itself", async () => {
    const clock = new VirtualClock();
    let ran = 0;
    const again = (): void => {
      ran++;
      clock.atCoarse(micros(clock.now() + 1), again);
    };
    again();
    await expect(clock.runAll(50)).rejects.toThrow(
      new RangeError("virtual clock: more than 50 timers"),
    );
    expect(ran).toBe(51);
  });
});
