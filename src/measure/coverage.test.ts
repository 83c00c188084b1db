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
  sampleOf,
  stalls,
} from "./coverage.support.ts";
import { percentileInterval } from "./intervals.ts";

/** The short form of bench/coverage.mjs: how often intervals hold, by simulation. */

const STEADY_US = 60e6;
const PER_SECOND = 10;
const RUNS = 120;

/** The share of runs in which no interval is stated that does not hold, for each percentile. */
function holds(process: Process, correlationUs: number): number[] {
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
  return coverages.map(({ stated, held }) => 1 - (stated - held) / RUNS);
}

const PROCESSES = [NORMAL, LOG_NORMAL, BIMODAL, QUEUE];

test.each(PROCESSES)("$name: of independent answers", (process) => {
  for (const share of holds(process, 0)) expect(share).toBeGreaterThanOrEqual(0.94);
});

test.each(PROCESSES)("$name: remembered for 1/100 of the steady phase", (process) => {
  for (const share of holds(process, STEADY_US / 100)) expect(share).toBeGreaterThanOrEqual(0.93);
});

test.each(PROCESSES)("$name: remembered for 1/30", (process) => {
  for (const share of holds(process, STEADY_US / 30)) expect(share).toBeGreaterThanOrEqual(0.87);
});

test("stalls, some in each run", () => {
  for (const share of holds(stalls(600_000, 6_000_000), 0)) {
    expect(share).toBeGreaterThanOrEqual(0.94);
  }
});

test("where answers depend on one another too much, no interval is stated, and why", () => {
  const answers = LOG_NORMAL.run(seededRandom(1), STEADY_US, 50, STEADY_US / 10);
  const { interval, reason } = percentileInterval(sampleOf(answers), 95);
  expect(interval).toBeNull();
  expect(reason).toMatch(
    /^an upper bound of p95 needs \d+ independent samples, and the 3000 there are depend on one another so much that they are worth \d+$/,
  );
});
