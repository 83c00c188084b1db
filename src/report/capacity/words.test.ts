import { expect, test } from "vitest";
import { capacityReport } from "../../../test/support/capacity-report.ts";
import { headroomWords } from "./words.ts";

test.each([
  [0.25, 0.125, 0.375, "+25 % to 8/s (+13 % to +38 %)"],
  [0.25, 0.125, null, "at least +25 % to 8/s (+13 % or more)"],
  [null, null, null, "none, to 8/s"],
])("headroom of %s, %s to %s: %s", (ratio, low, high, words) => {
  const headroom = { targetPerSecond: 8, ratio, low, high };
  expect(headroomWords({ ...capacityReport(), headroom })).toBe(words);
});
