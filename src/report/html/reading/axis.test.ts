import { expect, test } from "vitest";
import type { DrawnChart } from "../page-data.ts";
import { axisOf } from "./axis.ts";

const look: DrawnChart = {
  id: "latency",
  unit: "us",
  scale: "linear",
  draw: "lines",
  xs: [],
  dots: false,
  serviceUs: [],
  series: [],
  marks: [],
  fates: [],
};

test("a line has a place in the middle of each interval, a step at each of its edges", () => {
  const edges = [0, 2, 4, 6];
  const lines = axisOf(look, edges);
  expect(lines.xs).toEqual([1, 3, 5]);
  expect(axisOf({ ...look, draw: "steps" }, edges).xs).toEqual(edges);
  expect([0, 1.9, 2, 5.5, 60].map((x) => lines.at(x))).toEqual([0, 0, 1, 2, 2]);
  expect(lines.name(1)).toBe("2 to 4 s");
  expect(lines.ends).toEqual([0, 6]);
});

test("requests are found by the nearest, on the axis of the whole run", () => {
  const requests = axisOf({ ...look, draw: "requests", xs: [0.5, 1, 4] }, [0, 10]);
  expect([0, 0.8, 2.4, 2.6, 9].map((x) => requests.at(x))).toEqual([0, 1, 1, 2, 2]);
  expect(requests.name(2)).toBe("request 3 of 3, due at 4 s");
  expect(requests.ends).toEqual([0, 10]);
});

test("a spectrum's places are percentiles", () => {
  const spectrum = axisOf({ ...look, draw: "spectrum", xs: [0, 1, 2, 2.5] }, [0, 10]);
  expect([0, 1, 2, 3].map((i) => spectrum.name(i))).toEqual(["0 %", "90 %", "99 %", "99.684 %"]);
  expect(spectrum.overTime).toBe(false);
});

test("a run without an interval has no place", () => {
  expect(axisOf(look, []).places).toBe(0);
});
