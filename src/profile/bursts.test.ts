import { describe, expect, test } from "vitest";
import { perSecond, seconds } from "../base/units.ts";
import { demandOf } from "./bursts.ts";

/** From a rate to a rate for so many seconds. */
function stages(...list: readonly (readonly [number, number, number])[]) {
  return list.map(([from, to, duration]) => ({
    phase: "steady" as const,
    from: perSecond(from),
    to: perSecond(to),
    duration: seconds(duration),
  }));
}

describe("demandOf", () => {
  test.each([
    [
      "nothing above",
      [
        [3, 3, 5],
        [6, 6, 5],
      ],
      6,
      undefined,
      [],
    ],
    ["a stage just above", [[6.001, 6.001, 5]], 0, 6.001, [[0, 5]]],
    [
      "one in the middle",
      [
        [3, 3, 5],
        [18, 18, 3],
        [4, 4, 5],
      ],
      4,
      18,
      [[5, 8]],
    ],
    [
      "two that are one",
      [
        [9, 9, 1],
        [18, 18, 2],
        [3, 3, 5],
      ],
      3,
      18,
      [[0, 3]],
    ],
    [
      "two",
      [
        [9, 9, 1],
        [3, 3, 1],
        [8, 8, 2],
      ],
      3,
      9,
      [
        [0, 1],
        [2, 4],
      ],
    ],
    [
      "a ramp up and one down, each as a whole",
      [
        [1, 7, 2],
        [6, 6, 1],
        [7, 1, 2],
      ],
      6,
      7,
      [
        [0, 2],
        [3, 5],
      ],
    ],
    ["a ramp that stays below", [[0, 6, 2]], 6, undefined, []],
  ] as const)("%s", (_, given, peak, peakAbove, windows) => {
    const { peakPerSecond, above } = demandOf(stages(...given), (rate) => rate, 6);
    expect(peakPerSecond).toBe(peak);
    expect(above?.peakPerSecond).toBe(peakAbove);
    expect(above?.windows.map(({ fromUs, toUs }) => [fromUs / 1e6, toUs / 1e6]) ?? []).toEqual(
      windows,
    );
  });

  test("counts the category's requests, not the journeys", () => {
    const { peakPerSecond, above } = demandOf(stages([2, 2, 5], [3, 3, 5]), (rate) => 3 * rate, 6);
    expect([peakPerSecond, above?.peakPerSecond]).toEqual([6, 9]);
  });
});
