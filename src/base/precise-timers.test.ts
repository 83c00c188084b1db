import { afterEach, expect, it, vi } from "vitest";
import { PreciseTimers } from "./precise-timers.ts";
import { type Micros, micros, milliseconds } from "./units.ts";

/** Node's own timers stood in for, so that a turn of the event loop is a call. */
function machine() {
  let now = 0;
  const immediates = new Set<() => void>();
  const timeouts = new Map<object, { callback: () => void; ms: number }>();
  vi.stubGlobal("setImmediate", (callback: () => void) => {
    immediates.add(callback);
    return callback;
  });
  vi.stubGlobal("clearImmediate", (callback: () => void) => immediates.delete(callback));
  vi.stubGlobal("setTimeout", (callback: () => void, ms: number) => {
    const handle = {};
    timeouts.set(handle, { callback, ms });
    return handle;
  });
  vi.stubGlobal("clearTimeout", (handle: object) => timeouts.delete(handle));
  return {
    // A look at the clock takes a microsecond.
    timers: new PreciseTimers(() => micros(now++)),
    immediates,
    time: () => micros(now),
    waits: () => [...timeouts.values()].map(({ ms }) => ms),
    wake(): void {
      const woken = [...timeouts.values()];
      timeouts.clear();
      for (const { callback } of woken) callback();
    },
    turn(at: Micros = micros(now)): void {
      now = at;
      const due = [...immediates];
      immediates.clear();
      for (const callback of due) callback();
    },
  };
}

afterEach(() => void vi.unstubAllGlobals());

it("sleeps until 1.5 ms before the first, in whole milliseconds, then looks at each turn", () => {
  const { timers, immediates, waits, wake, turn } = machine();
  const ran: string[] = [];
  timers.add(milliseconds(20), () => ran.push("later"));
  expect([waits(), immediates.size]).toEqual([[19], 0]);
  timers.add(milliseconds(10), () => ran.push("sooner"));
  expect([waits(), immediates.size]).toEqual([[9], 0]);
  turn(milliseconds(9));
  wake();
  expect([waits(), immediates.size]).toEqual([[], 1]);
  turn(micros(9_950));
  expect([ran, immediates.size]).toEqual([[], 1]);
  turn(milliseconds(10));
  expect([ran, waits(), immediates.size]).toEqual([["sooner"], [9], 0]);
});

it("looks on for 20 us within a turn, so that a due time does not pass in the middle of the next", () => {
  const { timers, time, turn, wake } = machine();
  let ranAt: number = 0;
  timers.add(milliseconds(10), () => {
    ranAt = time();
  });
  turn(milliseconds(9));
  wake();
  turn(micros(9_970));
  expect([ranAt, time()]).toEqual([0, 9_993]);
  turn(micros(9_981));
  expect(ranAt).toBe(10_002);
});

it("takes one immediate a turn for all that wait, and none when nothing does", () => {
  const { timers, immediates, waits } = machine();
  const cancels = Array.from({ length: 100 }, (_, i) => timers.add(micros(i), () => {}));
  expect(immediates.size).toBe(1);
  for (const cancel of cancels) cancel();
  expect([waits(), immediates.size]).toEqual([[], 0]);
  timers.add(milliseconds(50), () => {})();
  expect([waits(), immediates.size]).toEqual([[], 0]);
});

it("runs the others in the next turn when one throws", () => {
  const { timers, turn } = machine();
  const ran: string[] = [];
  timers.add(micros(1), () => ran.push("before"));
  timers.add(micros(1), () => {
    throw new RangeError("thrown");
  });
  timers.add(micros(1), () => ran.push("after"));
  expect(() => turn(micros(1))).toThrow("thrown");
  expect(ran).toEqual(["before"]);
  turn();
  expect(ran).toEqual(["before", "after"]);
});

it("runs what a callback asks for at once in the next turn, in its place among what waits", () => {
  const { timers, turn } = machine();
  const ran: string[] = [];
  timers.add(micros(500), () => ran.push("last"));
  timers.add(micros(1), () => {
    ran.push("first");
    timers.add(micros(0), () => ran.push("at once"));
  });
  turn(micros(1));
  expect(ran).toEqual(["first"]);
  turn();
  expect(ran).toEqual(["first", "at once"]);
  turn(micros(500));
  expect(ran).toEqual(["first", "at once", "last"]);
});
