import { CensoredHistogram } from "./censored.ts";
import { type DecodedHistogram, eachBucket } from "./codec.ts";
import {
  type Batch,
  CUT_PERCENTILES,
  type EffectiveCount,
  effectiveCount,
} from "./effective-size.ts";
import type { SeriesName, Tag } from "./tags.ts";

/** A distribution, and how many independent samples it is worth. */
export interface Sample {
  readonly times: CensoredHistogram;
  readonly effective: EffectiveCount;
}

/** Samples that are taken to be independent of one another. */
export function independent(times: CensoredHistogram): Sample {
  return { times, effective: { count: times.count } };
}

/** Connections are opened before the steady phase as a rule, and used in all of them. */
const OF_CONNECTIONS: ReadonlySet<SeriesName> = new Set(["dns", "connect", "tls"]);

/** What thresholds judge over all operations together. */
const POOLED: readonly SeriesName[] = ["service", "response", "response-without-lag"];

/**
 * The steady phase's distributions, from two readings of the interval log: `add` each entry, then `lookAgain` at each.
 * Where a distribution is to be cut is known only when all of it has been seen, and to keep it by interval until then
 * would take memory that grows with the run.
 */
export class SteadySamples {
  readonly #series = new Map<string, Series>();
  #pooled: ReadonlyMap<SeriesName, Series> | null = null;

  /** @throws RangeError unless the histogram is of our layout */
  add(tag: Tag, decoded: DecodedHistogram, maxUs: number): void {
    if (isKept(tag)) this.#of(tag).times.add(decoded, tag.censored, maxUs);
  }

  /**
   * @param at the number of the interval in which the entry began
   * @param histogram as it was read when it was added
   */
  lookAgain(tag: Tag, histogram: string, at: number): void {
    // A record that somebody else wrote may have entries without a sample.
    if (!isKept(tag) || this.#of(tag).times.count === 0) return;
    const batch = this.#of(tag).batch(at);
    const pooled = this.#pools().get(tag.series)?.batch(at);
    // A censored sample may have been as long as any.
    const beyondAll = tag.censored ? Number.POSITIVE_INFINITY : 0;
    eachBucket(histogram, (index, count) => {
      const bucket = Math.max(index, beyondAll);
      batch.add(bucket, count);
      pooled?.add(bucket, count);
    });
  }

  of(subject: string, series: SeriesName): Sample {
    return this.#of({ subject, series }).sample();
  }

  /** All operations together, for the series that thresholds judge so. */
  pooled(series: "service" | "response" | "response-without-lag"): Sample {
    return (this.#pools().get(series) ?? new Series(series)).sample();
  }

  #pools(): ReadonlyMap<SeriesName, Series> {
    this.#pooled ??= new Map(
      POOLED.map((name) => {
        const pool = new Series(name);
        for (const series of this.#series.values()) {
          if (series.name === name) pool.times.merge(series.times);
        }
        return [name, pool];
      }),
    );
    return this.#pooled;
  }

  #of({ subject, series: name }: Pick<Tag, "subject" | "series">): Series {
    const key = `${name} ${subject}`;
    let series = this.#series.get(key);
    if (!series) {
      series = new Series(name);
      this.#series.set(key, series);
    }
    return series;
  }
}

class Series {
  readonly name: SeriesName;
  readonly times = new CensoredHistogram();
  readonly #batches = new Map<number, BatchTally>();
  /** The buckets at which it is cut, ascending: settled when the first batch is asked for. */
  #cuts: readonly number[] | null = null;

  constructor(name: SeriesName) {
    this.name = name;
  }

  batch(at: number): BatchTally {
    this.#cuts ??= CUT_PERCENTILES.map((p) => this.times.bucketAt(p));
    let batch = this.#batches.get(at);
    if (!batch) {
      batch = new BatchTally(at, this.#cuts);
      this.#batches.set(at, batch);
    }
    return batch;
  }

  sample(): Sample {
    const batches = [...this.#batches.values()].sort((a, b) => a.at - b.at);
    return { times: this.times, effective: effectiveCount(batches) };
  }
}

class BatchTally implements Batch {
  readonly at: number;
  readonly #cuts: readonly number[];
  count = 0;
  readonly beyond: number[];

  constructor(at: number, cuts: readonly number[]) {
    this.at = at;
    this.#cuts = cuts;
    this.beyond = cuts.map(() => 0);
  }

  add(bucket: number, count: number): void {
    this.count += count;
    for (let cut = 0; bucket >= (this.#cuts[cut] ?? Number.NaN); cut++) {
      this.beyond[cut] = (this.beyond[cut] ?? 0) + count;
    }
  }
}

function isKept({ steady, series }: Tag): boolean {
  return steady || OF_CONNECTIONS.has(series);
}
