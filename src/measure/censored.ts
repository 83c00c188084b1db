import type { JsHistogram } from "hdr-histogram-js";
import { type DecodedHistogram, decodeHistogram, encodeHistogram } from "./codec.ts";
import { Float64Histogram } from "./float64-histogram.ts";

/** The largest value kept apart from larger ones: 2^37 - 1 µs, 38 hours; no run lasts longer. */
const HIGHEST_US = 2 ** 37 - 1;
/** Values are kept to three significant digits: buckets are at most 1/1024 of their value wide, 1 µs below 2048 µs. */
const DIGITS = 3;

/** The value at a percentile; `null` without samples. Censored: it is more than `valueUs`. */
export interface PercentileValue {
  readonly valueUs: number | null;
  readonly censored: boolean;
}

export interface EncodedHistogram {
  /** HdrHistogram V2, compressed, base64, of the known values in microseconds. */
  readonly histogram: string;
  /** The same of the censored values; empty where there are none. */
  readonly censoredHistogram: string;
}

/**
 * A distribution of durations in whole microseconds, some of them known only to be *at least* so long
 * (right-censored): a request that timed out after 10 s would have taken 10 s or more.
 *
 * What can be said of it without a model of the unseen part: an order statistic grows with every sample, so the
 * r-th smallest of all samples lies between the answer with each censored sample at its bound (`atLeastAtRank`)
 * and the answer with each at infinity (`atMostAtRank`). Where the two agree the value is known, whatever the
 * censored requests would have done; where they differ only the lower one can be stated: "more than x". Leaving
 * censored samples out would say that a target which answers nothing is fast; an estimate (Kaplan and Meier's)
 * would suppose that censoring has nothing to do with slowness, and here it has.
 */
export class CensoredHistogram {
  // 64-bit floats count exactly to 2^53; 32 bits would overflow within a day at 50 000/s.
  readonly #known: JsHistogram = emptyHistogram();
  #censored: JsHistogram | null = null;
  #knownMaxUs = 0;
  #censoredMaxUs = 0;

  /** @throws RangeError if `us` is negative or not a number */
  record(us: number): void {
    this.#known.recordValue(checked(us));
    if (us > this.#knownMaxUs) this.#knownMaxUs = us;
  }

  /** A sample known to be `us` or more. @throws RangeError if `us` is negative or not a number */
  recordCensored(us: number): void {
    this.#censored ??= emptyHistogram();
    this.#censored.recordValue(checked(us));
    if (us > this.#censoredMaxUs) this.#censoredMaxUs = us;
  }

  /** Adds every sample of `other`. */
  merge(other: CensoredHistogram): void {
    if (other.#known.totalCount > 0) this.#known.add(other.#known);
    if (other.#censored && other.#censored.totalCount > 0) {
      this.#censored ??= emptyHistogram();
      this.#censored.add(other.#censored);
    }
    this.#knownMaxUs = Math.max(this.#knownMaxUs, other.#knownMaxUs);
    this.#censoredMaxUs = Math.max(this.#censoredMaxUs, other.#censoredMaxUs);
  }

  /** Forgets all samples, to be used again. */
  reset(): void {
    this.#known.reset();
    if (this.#censored && this.#censored.totalCount > 0) this.#censored.reset();
    this.#knownMaxUs = 0;
    this.#censoredMaxUs = 0;
  }

  /** All samples, censored ones included. */
  get count(): number {
    return this.knownCount + this.censoredCount;
  }

  get knownCount(): number {
    return this.#known.totalCount;
  }

  get censoredCount(): number {
    return this.#censored?.totalCount ?? 0;
  }

  /** The least known value, to the resolution of the histogram; null without one. */
  get minUs(): number | null {
    if (this.knownCount === 0) return null;
    return this.#known.getCountAtIndex(0) > 0 ? 0 : this.#known.minNonZeroValue;
  }

  /** The mean of the known values, each taken as the middle of its bucket (within 0.05 %); null without one. */
  get meanUs(): number | null {
    return this.knownCount === 0 ? null : this.#known.mean;
  }

  /** The largest known value, exact; null without one. */
  get maxUs(): number | null {
    return this.knownCount === 0 ? null : this.#knownMaxUs;
  }

  /** The largest bound of a censored value, exact; null without one. */
  get censoredMaxUs(): number | null {
    return this.censoredCount === 0 ? null : this.#censoredMaxUs;
  }

  /** @param p more than 0, at most 100 @throws RangeError for any other */
  percentile(p: number): PercentileValue {
    if (this.count === 0) return { valueUs: null, censored: false };
    const rank = rankOf(p, this.count);
    const least = this.#leastBucket(rank);
    if (this.#mostBucket(rank) === least) return { valueUs: this.#top(least), censored: false };
    return { valueUs: this.#bottom(least), censored: true };
  }

  /** The bucket in which the percentile lies, by its number; censored samples taken at their bounds. @throws RangeError as `percentile`, and without a sample */
  bucketAt(p: number): number {
    return this.#leastBucket(rankOf(p, this.count));
  }

  /** What the `rank`-th smallest sample is at least. @param rank 1 to `count` @throws RangeError outside of it */
  atLeastAtRank(rank: number): number {
    return this.#bottom(this.#leastBucket(rank));
  }

  /** What the `rank`-th smallest sample is at most; null if censored samples leave it unbounded. @throws RangeError as above */
  atMostAtRank(rank: number): number | null {
    const bucket = this.#mostBucket(rank);
    return bucket === null ? null : this.#top(bucket);
  }

  encode(): EncodedHistogram {
    return {
      histogram: this.encodeKnown(),
      censoredHistogram: this.censoredCount === 0 ? "" : this.encodeCensored(),
    };
  }

  encodeKnown(): string {
    return encodeHistogram(this.#known);
  }

  encodeCensored(): string {
    return encodeHistogram(this.#censored ?? emptyHistogram());
  }

  /**
   * What `encode` wrote; the maximum is then known to the histogram's resolution only.
   * @throws RangeError unless both are V2 histograms of this layout
   */
  static decode(encoded: EncodedHistogram): CensoredHistogram {
    const decoded = new CensoredHistogram();
    decoded.add(decodeHistogram(encoded.histogram), false);
    if (encoded.censoredHistogram !== "") {
      decoded.add(decodeHistogram(encoded.censoredHistogram), true);
    }
    return decoded;
  }

  /**
   * Adds the samples of one decoded histogram.
   * @param maxUs its exact maximum, where the histogram came with one
   * @throws RangeError if its layout is another than ours
   */
  add(decoded: DecodedHistogram, censored: boolean, maxUs?: number): void {
    if (decoded.digits !== DIGITS || decoded.lowest !== 1) {
      throw new RangeError("not a readable histogram: a layout other than three digits from 1 µs");
    }
    const last = decoded.buckets.at(-1);
    if (!last) return;
    if (last.index >= this.#known.countsArrayLength) {
      throw new RangeError(`not a readable histogram: a value beyond ${HIGHEST_US} µs`);
    }
    if (censored) this.#censored ??= emptyHistogram();
    const target = (censored ? this.#censored : null) ?? this.#known;
    // By bucket: finding each one's value, to find the bucket again, would take most of the time that a report does.
    let samples = 0;
    for (const { index, count } of decoded.buckets) {
      target.addToCountAtIndex(index, count);
      samples += count;
    }
    target.addToTotalCount(samples);
    // Of the first two one is the least that is not 0.
    for (const { index } of [...decoded.buckets.slice(0, 2), last]) {
      target.updateMinAndMax(target.valueFromIndex(index));
    }
    const max = maxUs ?? target.highestEquivalentValue(target.valueFromIndex(last.index));
    if (censored) this.#censoredMaxUs = Math.max(this.#censoredMaxUs, max);
    else this.#knownMaxUs = Math.max(this.#knownMaxUs, max);
  }

  /** The bucket of the `rank`-th smallest with each censored sample at its bound. */
  #leastBucket(rank: number): number {
    if (!(rank >= 1 && rank <= this.count))
      throw new RangeError(`no rank ${rank} of ${this.count}`);
    const censored = this.#censored;
    let seen = 0;
    for (let i = 0; i < this.#known.countsArrayLength; i++) {
      seen += this.#known.getCountAtIndex(i) + (censored?.getCountAtIndex(i) ?? 0);
      if (seen >= rank) return i;
    }
    throw new RangeError(`histogram counts do not add up to ${this.count}`);
  }

  /** The bucket of the `rank`-th smallest with each censored sample at infinity; null beyond the known ones. */
  #mostBucket(rank: number): number | null {
    if (!(rank >= 1 && rank <= this.count))
      throw new RangeError(`no rank ${rank} of ${this.count}`);
    let seen = 0;
    for (let i = 0; i < this.#known.countsArrayLength; i++) {
      seen += this.#known.getCountAtIndex(i);
      if (seen >= rank) return i;
    }
    return null;
  }

  #bottom(bucket: number): number {
    return this.#known.valueFromIndex(bucket);
  }

  #top(bucket: number): number {
    const top = this.#known.highestEquivalentValue(this.#known.valueFromIndex(bucket));
    return Math.min(top, Math.max(this.#knownMaxUs, this.#bottom(bucket)));
  }
}

/**
 * Which order statistic is the percentile: ceil(p / 100 x n), the nearest-rank definition, in whole numbers, since
 * 99.9 / 100 x 1000 is 999.0000000000001 in floating point. `p` is taken to six decimals.
 * @throws RangeError unless 0 < p <= 100
 */
export function rankOf(p: number, n: number): number {
  if (!(p > 0 && p <= 100)) throw new RangeError(`not a percentile: ${p}`);
  const millionths = BigInt(Math.round(p * 1e6));
  return Number((millionths * BigInt(n) + 99_999_999n) / 100_000_000n);
}

function emptyHistogram(): JsHistogram {
  return new Float64Histogram(1, HIGHEST_US, DIGITS);
}

function checked(us: number): number {
  if (!(us >= 0)) throw new RangeError(`not a duration in microseconds: ${us}`);
  return Math.min(us, HIGHEST_US);
}
