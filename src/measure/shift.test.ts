import fc from "fast-check";
import { expect, test } from "vitest";
import { exponential, seededRandom } from "../base/random.ts";
import { CensoredHistogram } from "./censored.ts";
import { percentileInterval } from "./intervals.ts";
import { independent, type Sample } from "./samples.ts";
import { percentileShift, SHIFT_PERCENTILES } from "./shift.ts";

function sampleOf(us: readonly number[], censored: readonly number[] = []): Sample {
  const times = new CensoredHistogram();
  for (const one of us) times.record(one);
  for (const one of censored) times.recordCensored(one);
  return independent(times);
}

const exponentials = (seed: number, count: number, meanUs: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.round(1 + exponential(random) * meanUs));
};

test("candidate less baseline, joined from the two intervals by the docstring's formula", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 60, maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 60, maxLength: 200 }),
      fc.constantFrom(50, 75, 90, 95),
      (before, after, p) => {
        const at = (us: readonly number[]): number =>
          [...us].sort((a, b) => a - b)[Math.ceil((p * us.length) / 100 - 1e-9) - 1] ?? Number.NaN;
        const [b, c] = [at(before), at(after)];
        const [i, j] = [before, after].map((us) => percentileInterval(sampleOf(us), p).interval);
        const { differenceUs, interval } = percentileShift(sampleOf(before), sampleOf(after), p);
        expect(differenceUs).toBe(c - b);
        if (!i || !j) {
          expect(interval).toBeNull();
          return;
        }
        const low = Math.sqrt((c - j.lowUs) ** 2 + ((i.highUs ?? 0) - b) ** 2);
        const high = Math.sqrt(((j.highUs ?? 0) - c) ** 2 + (b - i.lowUs) ** 2);
        expect(interval).toEqual({
          lowUs: Math.floor(c - b - low),
          highUs: Math.ceil(c - b + high),
        });
      },
    ),
  );
});

test("the other way round it is the same with the opposite sign", () => {
  const [a, b] = [sampleOf(exponentials(1, 400, 900)), sampleOf(exponentials(2, 500, 1000))];
  for (const p of SHIFT_PERCENTILES) {
    const there = percentileShift(a, b, p);
    const back = percentileShift(b, a, p);
    expect(there.differenceUs).toBe(-(back.differenceUs ?? 0));
    expect(there.interval?.lowUs).toBe(back.interval ? -(back.interval.highUs ?? 0) : undefined);
  }
});

test("it holds in 95 of 100 pairs of runs without a difference, and finds one of a third", () => {
  let held = 0;
  let found = 0;
  const pairs = 300;
  for (let i = 0; i < pairs; i++) {
    const before = sampleOf(exponentials(3 * i, 400, 1000));
    const same = percentileShift(before, sampleOf(exponentials(3 * i + 1, 400, 1000)), 50);
    if ((same.interval?.lowUs ?? 1) <= 0 && (same.interval?.highUs ?? -1) >= 0) held++;
    const slower = percentileShift(before, sampleOf(exponentials(3 * i + 2, 400, 1333)), 50);
    if ((slower.interval?.lowUs ?? -1) > 0) found++;
  }
  expect(held / pairs).toBeGreaterThan(0.93);
  expect(found / pairs).toBeGreaterThan(0.7);
});

test("against a run that mostly timed out the difference has a lower end and no value", () => {
  const before = sampleOf(exponentials(1, 400, 1000));
  const after = sampleOf(
    exponentials(2, 100, 1000),
    Array.from({ length: 300 }, () => 10_000),
  );
  const { differenceUs, interval, reason } = percentileShift(before, after, 90);
  expect(differenceUs).toBeNull();
  expect(interval?.highUs).toBeNull();
  expect(interval?.lowUs).toBeGreaterThan(5_000);
  expect(reason).toBe("p90 falls among censored samples");
  const back = percentileShift(after, before, 90);
  expect([back.interval?.lowUs, (back.interval?.highUs ?? 0) < -5_000]).toEqual([null, true]);
  expect(percentileShift(after, after, 90).interval).toBeNull();
});

test("without an interval on one side it says whose", () => {
  const few = sampleOf([1, 2, 3]);
  const many = sampleOf(exponentials(1, 400, 1000));
  expect(percentileShift(few, many, 95)).toMatchObject({
    interval: null,
    reason: expect.stringMatching(/^baseline: an upper bound of p95 needs \d+ samples/),
  });
  expect(percentileShift(many, sampleOf([]), 95)).toMatchObject({
    differenceUs: null,
    interval: null,
    reason: "candidate: no sample",
  });
});
