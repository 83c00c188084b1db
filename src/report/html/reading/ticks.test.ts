import { expect, test } from "vitest";
import { oneTwoFive, percentileTicks, percentLabel, timeLabel } from "./ticks.ts";

test.each([
  [0, 60, "0 s"],
  [0.25, 1, "0.25 s"],
  [90, 180, "90 s"],
  [90, 600, "1:30"],
  [0, 600, "0:00"],
  [600, 1800, "10:00"],
  [3_725, 7_200, "1:02:05"],
])("%d s on an axis of %d s reads %s", (at, whole, text) => {
  expect(timeLabel(at, whole)).toBe(text);
});

test.each([
  [7, 60, [10, 20, 50]],
  [1_000, 1_000, [1_000]],
  [0, 10, []],
])("a logarithmic axis from %d to %d", (min, max, lines) => {
  expect(oneTwoFive(min, max)).toEqual(lines);
});

test("percentiles by their nines", () => {
  expect(percentileTicks(0, 2).map(percentLabel)).toEqual(["25 %", "50 %", "75 %", "90 %", "99 %"]);
  expect(percentileTicks(0, 5).map(percentLabel)).toEqual([
    "50 %",
    "90 %",
    "99 %",
    "99.9 %",
    "99.99 %",
    "99.999 %",
  ]);
});
