import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import type { CountsLine } from "./record-format.ts";
import { TimelineBuilder } from "./timeline.ts";

function counts(intervals: number): CountsLine[] {
  return Array.from({ length: intervals }, (_, interval) => ({
    interval,
    operations: {
      a: {
        category: "c",
        phases: {
          steady: {
            planned: 2,
            started: 2,
            answered: { "200": 1, "500": 1 },
            unexpected: 1,
            failed: {},
            dropped: {},
            unfinished: 0,
            newConnections: 0,
            reusedConnections: 0,
            retries: 0,
            polls: 0,
          },
        },
      },
    },
    journeys: {},
  }));
}

test.each([
  [1800, 1800, 1],
  [1801, 901, 2],
  [7200, 1800, 4],
])("%i seconds make %i rows of %i s", (intervals, rows, lengthS) => {
  const timeline = new TimelineBuilder(counts(intervals), 1_000_000).rows([], []);
  expect(timeline).toHaveLength(rows);
  expect(timeline.map(({ atS }) => atS)).toEqual(
    Array.from({ length: rows }, (_, i) => i * lengthS),
  );
  expect(timeline.reduce((sum, { answered }) => sum + answered, 0)).toBe(2 * intervals);
  expect(timeline[0]).toMatchObject({ lengthS, planned: 2 * lengthS, unexpected: lengthS });
});

test("a coarse row's percentiles are those of all its samples, not a mean of percentiles", () => {
  const builder = new TimelineBuilder(counts(1900), 1_000_000); // rows of 2 s
  const fast = new CensoredHistogram();
  for (let i = 0; i < 98; i++) fast.record(1_000);
  const slow = new CensoredHistogram();
  for (let i = 0; i < 2; i++) slow.record(1_500_000);
  for (const [at, h] of [
    [10_000_000, fast],
    [11_000_000, slow],
  ] as const) {
    const maxUs = h.maxUs ?? 0;
    expect(builder.add("response", at, decodeHistogram(h.encodeKnown()), maxUs)).toBe(true);
    expect(builder.add("service", at, decodeHistogram(h.encodeKnown()), maxUs)).toBe(true);
  }
  const rows = builder.rows([], []);
  expect(rows[5]).toMatchObject({
    responseP50Us: 1_000,
    responseP95Us: 1_000,
    responseP99Us: 1_500_000,
    responseMaxUs: 1_500_000,
    serviceP50Us: 1_000,
    serviceP99Us: 1_500_000,
  });
  for (const row of [rows[4], rows[6]]) {
    expect(row).toMatchObject({ responseP50Us: null, responseMaxUs: null, serviceP99Us: null });
  }
});

test("an interval before one already added, or after the end, is refused", () => {
  const builder = new TimelineBuilder(counts(5), 1_000_000);
  const one = new CensoredHistogram();
  one.record(1);
  const decoded = decodeHistogram(one.encodeKnown());
  expect(builder.add("response", 3_000_000, decoded, 1)).toBe(true);
  expect(builder.add("response", 2_000_000, decoded, 1)).toBe(false);
  expect(builder.add("response", 5_000_000, decoded, 1)).toBe(false);
});

test("phases are the plan's at each row's start, gaps mark the rows they touch", () => {
  const rows = new TimelineBuilder(counts(5), 1_000_000).rows(
    [
      { phase: "warm-up", duration: micros(1_500_000) },
      { phase: "steady", duration: micros(2_000_000) },
    ],
    [{ fromUs: 1_900_000, toUs: 3_000_000 }],
  );
  expect(rows.map(({ phase, gap }) => [phase, gap])).toEqual([
    ["warm-up", false],
    ["warm-up", true],
    ["steady", true],
    ["steady", false],
    ["drain", false],
  ]);
});

test("no interval, no row", () => {
  expect(new TimelineBuilder([], 1_000_000).rows([], [])).toEqual([]);
});
