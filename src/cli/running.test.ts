import { expect, test } from "vitest";
import { EXIT } from "../base/errors.ts";
import { deciding } from "./running.ts";

test.each<[string, keyof typeof EXIT, keyof typeof EXIT, "first" | "last"]>([
  ["a regression that shows again", "passed", "failed", "last"],
  ["one that does not", "passed", "passed", "last"],
  ["a second run that measured nothing", "passed", "invalid", "last"],
  ["a threshold that the first alone missed", "failed", "passed", "first"],
  ["one that both missed: the second knows about the regression", "failed", "failed", "last"],
  ["a missed threshold, and a stop", "failed", "stopped", "first"],
])("of two runs, %s: the %s one and the %s one, by the %s", (_, one, other, decides) => {
  const runs = { first: { exitCode: EXIT[one] }, last: { exitCode: EXIT[other] } };
  expect(deciding(runs.first, runs.last)).toBe(runs[decides]);
});
