import { describe, expect, it } from "vitest";
import { type Micros, micros, perSecond } from "../base/units.ts";
import { Admission, effectiveCap } from "./admission.ts";

/** When so many requests are written that wait from the beginning on. */
function writes(cap: Admission, count: number): Micros[] {
  const times: Micros[] = [];
  for (let from = micros(0); times.length < count; ) {
    from = cap.earliest(from) ?? micros(Number.NaN);
    cap.take(from)?.written(from);
    times.push(from);
  }
  return times;
}

/** A cap, and one three times as high from some time on for a second. */
function withBurst(capPerSecond: number, fromUs: number): Admission {
  const bursts = {
    capPerSecond: perSecond(3 * capPerSecond),
    windows: [{ fromUs, toUs: fromUs + 1e6 }],
  };
  const cap = new Admission({ capPerSecond: perSecond(capPerSecond), bursts });
  cap.beginAt(micros(0));
  return cap;
}

describe("Admission", () => {
  it("forgets how far a request was ahead of its even spacing when the cap changes", () => {
    // The fourth of 6/s has its place at 0.5 s, and goes 20 ms before it: the burst begins between the two.
    const times = writes(withBurst(6, 490_000), 5);
    expect(times.slice(3)).toEqual([480_000, 490_000 + Math.ceil(1e6 / 18) - 20_000]);
  });

  it("does not forget it before: the last milliseconds under a cap have no room of the next one", () => {
    const before = writes(withBurst(200, 500_000), 250).filter((at) => at < 500_000);
    expect(before.length).toBe(200 * 0.52);
  });

  it("keeps a request waiting for the one before it, whatever is told of an earlier one", () => {
    const cap = new Admission({ capPerSecond: perSecond(1000) });
    const first = cap.take(micros(0));
    first?.written(micros(0));
    const second = cap.take(micros(1));
    first?.written(micros(2));
    first?.ended(micros(2), true);
    expect(cap.earliest(micros(5000))).toBeUndefined();
    second?.written(micros(3));
    expect(cap.earliest(micros(5000))).toBe(5000);
  });

  it("begins once, and lets something through", () => {
    const cap = withBurst(6, 1e6);
    expect(() => cap.beginAt(micros(1))).toThrow(new TypeError("a cap begins once"));
    expect(() => new Admission({ capPerSecond: perSecond(0) })).toThrow(
      new RangeError("a cap must be more than 0: 0"),
    );
  });
});

it.each([
  [0, 0],
  [0.5, 0.5],
  [1, 1],
  [1.9, 1],
  [2.5, 2],
])(
  "of a cap of %d/s whole requests go through, below 1/s what it says: %d/s",
  (asked, effective) => {
    expect(effectiveCap(asked)).toBe(effective);
  },
);
