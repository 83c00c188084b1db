import { exponential, normal, type Random } from "../base/random.ts";
import { CensoredHistogram, rankOf } from "./censored.ts";
import { type Batch, CUT_PERCENTILES, effectiveCount } from "./effective-size.ts";
import { percentileInterval } from "./intervals.ts";
import type { Sample } from "./samples.ts";

/**
 * How often the interval of a percentile holds: runs are made up from processes whose percentiles are known, and each
 * run states its intervals as a report would, from counts by interval of the record. For the tests, and for
 * `bench/coverage.mjs`, which takes longer.
 */

/** One answer: when it was due, and how long it took, in microseconds. */
interface Answer {
  readonly dueUs: number;
  readonly responseUs: number;
}

/** Latencies as a process in time. */
export interface Process {
  readonly name: string;
  /** The answers of one run. @param correlationUs how long an answer is remembered; 0: not at all */
  run(random: Random, steadyUs: number, perSecond: number, correlationUs: number): Answer[];
  /** What the percentile is in truth, in microseconds. @param p more than 0, less than 100 */
  truth(p: number, steadyUs: number, perSecond: number, correlationUs: number): number;
}

/** Latencies with a given inverse distribution, correlated through a normal process that forgets exponentially. */
function copula(name: string, quantileUs: (share: number) => number): Process {
  return {
    name,
    run: (random, steadyUs, perSecond, correlationUs) => {
      let z = normal(random);
      let at = 0;
      return arrivals(random, steadyUs, perSecond).map((dueUs) => {
        const kept = correlationUs > 0 ? Math.exp(-(dueUs - at) / correlationUs) : 0;
        z = kept * z + Math.sqrt(1 - kept * kept) * normal(random);
        at = dueUs;
        return { dueUs, responseUs: Math.max(1, Math.round(quantileUs(normalCdf(z)))) };
      });
    },
    truth: (p) => quantileUs(p / 100),
  };
}

const bimodalUs = inverted(
  (us) => 0.8 * normalCdf((us - 20_000) / 3_000) + 0.2 * normalCdf((us - 80_000) / 8_000),
  150_000,
);

/** One server, exponential service, first come first served. Its queue forgets in 1 / (mu (1 - sqrt(rho))^2). */
const queue: Process = {
  name: "M/M/1",
  run: (random, steadyUs, perSecond, correlationUs) => {
    const { serviceUs, meanUs } = queueOf(perSecond, correlationUs);
    // A request that comes finds the queue as it is at any time: its sojourn is exponential.
    let freeAtUs = exponential(random) * meanUs - exponential(random) * serviceUs;
    return arrivals(random, steadyUs, perSecond, "poisson").map((dueUs) => {
      freeAtUs = Math.max(freeAtUs, dueUs) + exponential(random) * serviceUs;
      return { dueUs, responseUs: Math.max(1, Math.round(freeAtUs - dueUs)) };
    });
  },
  truth: (p, _, perSecond, correlationUs) =>
    -queueOf(perSecond, correlationUs).meanUs * Math.log(1 - p / 100),
};

/** The load at which the queue forgets within the time asked for; at 0, a load of a hundredth. */
function queueOf(perSecond: number, correlationUs: number) {
  const betweenUs = 1e6 / perSecond;
  let [low, high] = [0.01, 0.999];
  for (let i = 0; i < 60; i++) {
    const rho = (low + high) / 2;
    const relaxationUs = (rho * betweenUs) / (1 - Math.sqrt(rho)) ** 2;
    if (relaxationUs < correlationUs) low = rho;
    else high = rho;
  }
  const serviceUs = low * betweenUs;
  return { serviceUs, meanUs: serviceUs / (1 - low) };
}

/** Log-normal latencies, and a stall now and then in which every answer waits for its end. */
export function stalls(stallUs: number, everyUs: number): Process {
  const base = (random: Random): number => 20_000 * Math.exp(0.3 * normal(random));
  const stalledShare = stallUs / (stallUs + everyUs);
  const cdf = inverted((us) => {
    const fast = (waitUs: number): number =>
      us > waitUs ? normalCdf(Math.log((us - waitUs) / 20_000) / 0.3) : 0;
    const steps = 400;
    let stalled = 0;
    for (let i = 0; i < steps; i++) stalled += fast(((i + 0.5) / steps) * stallUs) / steps;
    return (1 - stalledShare) * fast(0) + stalledShare * stalled;
  }, stallUs + 200_000);
  return {
    name: `stalls of ${stallUs / 1e6} s, ${everyUs / 1e6} s apart`,
    run: (random, steadyUs, perSecond) => {
      let stalledNow = random.next() < stalledShare;
      let untilUs = stalledNow ? random.next() * stallUs : exponential(random) * everyUs;
      return arrivals(random, steadyUs, perSecond).map((dueUs) => {
        while (dueUs >= untilUs) {
          stalledNow = !stalledNow;
          untilUs += stalledNow ? stallUs : exponential(random) * everyUs;
        }
        const waitUs = stalledNow ? untilUs - dueUs : 0;
        return { dueUs, responseUs: Math.max(1, Math.round(waitUs + base(random))) };
      });
    },
    truth: (p) => cdf(p / 100),
  };
}

export const NORMAL = copula("normal", (share) => 100_000 + 15_000 * normalQuantile(share));
export const LOG_NORMAL = copula(
  "log-normal",
  (share) => 40_000 * Math.exp(0.5 * normalQuantile(share)),
);
export const BIMODAL = copula("bimodal", bimodalUs);
export const QUEUE = queue;

/** One run's sample, as a report takes it from the interval log. */
export function sampleOf(answers: readonly Answer[], intervalUs = 1_000_000): Sample {
  const times = new CensoredHistogram();
  for (const { responseUs } of answers) times.record(responseUs);
  return { times, effective: effectiveCount(batchesOf(answers, times, intervalUs)) };
}

/** Counts by interval in which answers ended, and how many lie at or beyond each cut. */
export function batchesOf(
  answers: readonly Answer[],
  times: CensoredHistogram,
  intervalUs = 1_000_000,
): Batch[] {
  const cuts = CUT_PERCENTILES.map((p) => times.atLeastAtRank(rankOf(p, times.count)));
  const batches = new Map<number, { at: number; count: number; beyond: number[] }>();
  for (const { dueUs, responseUs } of answers) {
    const at = Math.floor((dueUs + responseUs) / intervalUs);
    let batch = batches.get(at);
    if (!batch) {
      batch = { at, count: 0, beyond: cuts.map(() => 0) };
      batches.set(at, batch);
    }
    batch.count++;
    for (let i = 0; responseUs >= (cuts[i] ?? Number.POSITIVE_INFINITY); i++) {
      batch.beyond[i] = (batch.beyond[i] ?? 0) + 1;
    }
  }
  return [...batches.values()].sort((a, b) => a.at - b.at);
}

export interface Coverage {
  /** Runs that state an interval. */
  stated: number;
  /** Of these, those whose interval holds the truth. */
  held: number;
  /** Of these, the sum of the intervals' widths as a share of the truth. */
  width: number;
}

/** Whether the interval of one run holds. @param p more than 0, less than 100 */
export function look(coverage: Coverage, sample: Sample, p: number, truthUs: number): void {
  const { interval } = percentileInterval(sample, p);
  if (!interval || interval.highUs === null) return;
  coverage.stated++;
  if (interval.lowUs <= truthUs && truthUs <= interval.highUs) coverage.held++;
  coverage.width += (interval.highUs - interval.lowUs) / truthUs;
}

/** Shares from 0 to 1, of the runs that `look` was shown. */
export interface Shares {
  /** State an interval. A rule that stated none would hold always, and be worth nothing. */
  readonly stated: number;
  /** State nothing wrong: their interval holds, or they state none. */
  readonly notWrong: number;
  /** Hold, of those that state one; null where none does. */
  readonly held: number | null;
}

export function sharesOf({ stated, held }: Coverage, runs: number): Shares {
  return {
    stated: stated / runs,
    notWrong: 1 - (stated - held) / runs,
    held: stated === 0 ? null : held / stated,
  };
}

function arrivals(
  random: Random,
  steadyUs: number,
  perSecond: number,
  how: "uniform" | "poisson" = "uniform",
): number[] {
  const due: number[] = [];
  const gapUs = 1e6 / perSecond;
  let at = how === "uniform" ? 0 : exponential(random) * gapUs;
  while (at < steadyUs) {
    due.push(Math.round(at));
    at += how === "uniform" ? gapUs : exponential(random) * gapUs;
  }
  return due;
}

/** P(Z <= z), within 1e-7: Abramowitz and Stegun, 7.1.26, refined by no more than what a simulation can see. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const beyond = (poly * Math.exp(-x * x)) / 2;
  return z > 0 ? 1 - beyond : beyond;
}

const normalQuantile = inverted(normalCdf, 8, -8);

/** The inverse of a distribution function, from a table. */
function inverted(
  cdf: (x: number) => number,
  highest: number,
  lowest = 0,
): (share: number) => number {
  const steps = 40_000;
  const table: number[] = [];
  for (let i = 0; i <= steps; i++) table.push(cdf(lowest + (i / steps) * (highest - lowest)));
  return (share) => {
    let [low, high] = [0, steps];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((table[middle] ?? 0) < share) low = middle;
      else high = middle;
    }
    const [a, b] = [table[low] ?? 0, table[high] ?? 1];
    const between = b > a ? Math.min(1, Math.max(0, (share - a) / (b - a))) : 0.5;
    return lowest + ((low + between) / steps) * (highest - lowest);
  };
}
