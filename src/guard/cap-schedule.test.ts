import { describe, expect, it } from "vitest";
import { micros, perSecond } from "../base/units.ts";
import {
  type BurstWindow,
  type CapSchedule,
  checkWindows,
  highestCap,
  longestBurst,
  lowered,
  regimeAt,
  timeInBursts,
} from "./cap-schedule.ts";

/** From and to, in seconds. */
function windows(...bursts: readonly (readonly [number, number])[]): BurstWindow[] {
  return bursts.map(([from, to]) => ({ fromUs: from * 1e6, toUs: to * 1e6 }));
}

const drill: CapSchedule = {
  capPerSecond: perSecond(6),
  bursts: { capPerSecond: perSecond(18), windows: windows([2, 5], [8, 9]) },
};

describe("the cap in force", () => {
  it.each([
    ["before the run", 0, 6, 12],
    ["at its origin", 10, 6, 12],
    ["a moment before a burst", 11.999999, 6, 12],
    ["at its first moment", 12, 18, 15],
    ["at its last", 14.999999, 18, 15],
    ["when it is over", 15, 6, 18],
    ["in the next one", 18.5, 18, 19],
    ["after the last one", 19, 6, Number.POSITIVE_INFINITY],
  ])("%s", (_, at, capPerSecond, until) => {
    const seen = regimeAt(drill, micros(10e6), at * 1e6);
    expect(seen).toEqual({ capPerSecond, until: until * 1e6, inBurst: capPerSecond === 18 });
  });

  it("knows no burst before the run has an origin", () => {
    expect(regimeAt(drill, undefined, 3e6)).toEqual({
      capPerSecond: 6,
      until: Number.POSITIVE_INFINITY,
      inBurst: false,
    });
  });
});

describe("bursts", () => {
  it.each([
    ["none", windows(), 0, 0],
    ["one", windows([1, 4]), 3, 3],
    ["two, a second apart", windows([1, 4], [5, 7]), 3, 5],
    ["two that are hardly apart, which are one", windows([1, 4], [4.999999, 7]), 6, 5.000001],
    ["a chain of them", windows([1, 2], [2.5, 3], [3.5, 4], [9, 10]), 3, 3],
    ["two without a gap", windows([1, 2], [2, 3]), 2, 2],
  ])("%s", (_, given, longest, together) => {
    checkWindows(given);
    expect(longestBurst(given)).toBe(longest * 1e6);
    expect(timeInBursts(given)).toBeCloseTo(together * 1e6, 3);
  });

  it.each([
    ["no time at all", windows([1, 1])],
    ["going backwards", windows([2, 1])],
    ["overlapping", windows([1, 3], [2, 4])],
    ["out of order", windows([3, 4], [1, 2])],
    ["before the run", windows([-1, 2])],
    ["a fraction of a microsecond", [{ fromUs: 0, toUs: 0.5 }]],
    ["no number", [{ fromUs: Number.NaN, toUs: 1 }]],
    ["no end", [{ fromUs: 0, toUs: Number.POSITIVE_INFINITY }]],
  ])("are refused when they are %s", (_, given) => {
    expect(() => checkWindows(given)).toThrow(RangeError);
    expect(() => checkWindows(given)).toThrow(/^not a burst after \d+ µs: from \S+ µs to \S+ µs$/);
  });
});

it("both caps are lowered, each by its own figure, and never raised", () => {
  const to = (peak: number, burstPeak: number) => {
    const after = lowered(drill, { peak: perSecond(peak), burstPeak: perSecond(burstPeak) });
    expect(after.bursts?.windows).toEqual(drill.bursts?.windows);
    return [after.capPerSecond, after.bursts?.capPerSecond];
  };
  expect(to(2, 6)).toEqual([2, 6]);
  expect(to(50, 150)).toEqual([6, 18]);
  const steady = { capPerSecond: perSecond(6) };
  const lower = { peak: perSecond(2), burstPeak: perSecond(6) };
  expect(lowered(steady, lower)).toEqual({ capPerSecond: 2, bursts: undefined });
});

it("the highest cap is the bursts', where there are any", () => {
  expect(highestCap(drill)).toBe(18);
  expect(highestCap({ capPerSecond: perSecond(6) })).toBe(6);
});
