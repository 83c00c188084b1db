import { expect, test } from "vitest";
import { FAR } from "../base/units.ts";
import { courseOf } from "./course.ts";

const STAGES = [
  { phase: "ramp", durationS: 5, fromPerSecond: 0, toPerSecond: 5 },
  { phase: "steady", durationS: 20, fromPerSecond: 5, toPerSecond: 5 },
] as const;

/** Each phase and how long it lasted, in seconds; the last one's end is open. */
function course(arrivalsFromUs: number, cleanUpFromUs: number | null): string[] {
  return courseOf([...STAGES], { arrivalsFromUs, cleanUpFromUs }).map(({ phase, duration }) =>
    duration === FAR ? phase : `${phase} ${duration / 1e6}`,
  );
}

test("without a clean-up: the stages, after the set-up if there was one", () => {
  expect(course(0, null)).toEqual(["ramp 5", "steady 20"]);
  expect(course(2e6, null)).toEqual(["set-up 2", "ramp 5", "steady 20"]);
});

test("a drain lasts from the last stage's end to the clean-up", () => {
  expect(course(2e6, 30e6)).toEqual(["set-up 2", "ramp 5", "steady 20", "drain 3", "clean-up"]);
});

test("a clean-up that begins before the last stage's end cuts it short", () => {
  expect(course(2e6, 26.5e6)).toEqual(["set-up 2", "ramp 5", "steady 19.5", "drain 0", "clean-up"]);
  expect(course(0, 3e6)).toEqual(["ramp 3", "steady 0", "drain 0", "clean-up"]);
});

test("so does that of a run whose set-up did not succeed: its arrivals never began", () => {
  expect(course(9e6, 4e6)).toEqual(["set-up 4", "ramp 0", "steady 0", "drain 0", "clean-up"]);
});
