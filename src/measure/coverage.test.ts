import { expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import {
  BIMODAL,
  type Coverage,
  LOG_NORMAL,
  look,
  NORMAL,
  type Process,
  QUEUE,
  type Shares,
  sampleOf,
  sharesOf,
  stalls,
} from "./coverage.support.ts";
import { percentileInterval } from "./intervals.ts";

/** The short form of bench/coverage.mjs: how often intervals hold, by simulation. */

const STEADY_US = 60e6;
const PER_SECOND = 10;
const RUNS = 120;

/** For p50, p90 and p95. */
function sharesIn(process: Process, correlationUs: number): [Shares, Shares, Shares] {
  const percentiles = [50, 90, 95];
  const truths = percentiles.map((p) => process.truth(p, STEADY_US, PER_SECOND, correlationUs));
  const coverages = percentiles.map((): Coverage => ({ stated: 0, held: 0, width: 0 }));
  const random = seededRandom(11).fork(process.name);
  for (let i = 0; i < RUNS; i++) {
    const sample = sampleOf(
      process.run(random.fork(String(i)), STEADY_US, PER_SECOND, correlationUs),
    );
    for (const [k, coverage] of coverages.entries()) {
      look(coverage, sample, percentiles[k] ?? 0, truths[k] ?? 0);
    }
  }
  const [p50, p90, p95] = coverages.map((one) => sharesOf(one, RUNS));
  if (!p50 || !p90 || !p95) throw new Error("three percentiles");
  return [p50, p90, p95];
}

/**
 * At least so large a share states nothing wrong, and, where nearly all state an interval, so large a one of these holds.
 * Where few do, they are those whose answers happened to look independent, and hold less often.
 */
function expectHeld(shares: readonly Shares[], least: number): void {
  for (const { stated, notWrong, held } of shares) {
    expect(notWrong).toBeGreaterThanOrEqual(least);
    if (stated >= 0.9) expect(held).toBeGreaterThanOrEqual(least);
  }
}

const PROCESSES = [NORMAL, LOG_NORMAL, BIMODAL, QUEUE];

test.each(PROCESSES)("$name: of independent answers", (process) => {
  const shares = sharesIn(process, 0);
  expectHeld(shares, 0.94);
  // Never left out where answers tell so much.
  expect(shares.map(({ stated }) => stated)).toEqual([1, 1, 1]);
});

test.each(PROCESSES)("$name: remembered for 1/100 of the steady phase", (process) => {
  const shares = sharesIn(process, STEADY_US / 100);
  const [p50, p90] = shares;
  expectHeld(shares, 0.93);
  expect(p50.stated).toBe(1);
  expect(p90.stated).toBeGreaterThanOrEqual(0.9);
});

test.each(PROCESSES)("$name: remembered for 1/30", (process) => {
  const shares = sharesIn(process, STEADY_US / 30);
  expectHeld(shares, 0.87);
  expect(shares[0].stated).toBeGreaterThanOrEqual(0.99);
});

test("stalls, some in each run", () => {
  const shares = sharesIn(stalls(600_000, 6_000_000), 0);
  expectHeld(shares, 0.94);
  expect(shares[0].stated).toBe(1);
});

test("where answers depend on one another too much, no interval is stated, and why", () => {
  const answers = LOG_NORMAL.run(seededRandom(1), STEADY_US, 50, STEADY_US / 10);
  const { interval, reason } = percentileInterval(sampleOf(answers), 95);
  expect(interval).toBeNull();
  expect(reason).toMatch(
    /^an upper bound of p95 needs \d+ independent samples, and the 3000 there are depend on one another so much that they are worth \d+$/,
  );
});
