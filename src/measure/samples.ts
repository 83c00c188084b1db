import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import { type Batch, CUT_PERCENTILES, type EffectiveCount, effectiveCount } from "./effective-size.ts";
import type { LogEntry } from "./interval-log.ts";
import { parseTag, type SeriesName, type Tag } from "./tags.ts";

/** A distribution, and how many independent samples it is worth. */
export interface Sample {
  readonly times: CensoredHistogram;
  readonly effective: EffectiveCount;
}

/** Samples that are known to be independent of one another, or are taken to be. */
export function independent(times: CensoredHistogram): Sample {
  return { times, effective: { count: times.count } };
}

/** Connections are opened before the steady phase as a rule, and used in all of them. */
const OF_CONNECTIONS: ReadonlySet<SeriesName> = new Set(["dns", "connect", "tls"]);

/** What thresholds judge over all operations together. */
const POOLED: ReadonlySet<SeriesName> = new Set(["service", "response", "response-without-lag"]);

/**
 * The steady phase's distributions, out of two readings of the interval log: `add` every entry, then `addBatch` every
 * entry again. Where a distribution is to be cut is known only when all of it has been seen, and keeping it by interval
 * until then would take memory that grows with the run.
 */
export class Samples {
  readonly #series = new Map<string, Series>();

  /** @param decoded the entry's histogram @throws RangeError unless it is of our layout */
  add(tag: Tag, entry: LogEntry, decoded: ReturnType<typeof decodeHistogram>): void {
    if (!isKept(tag)) return;
    this.#of(tag.subject, tag.series).times.add(decoded, tag.censored, entry.maxUs);
  }

  /** In the order of the log. An entry that can't be read was told at its first reading, and is passed over. */
  addBatch(entry: LogEntry, intervalUs: number): void {
    const tag = parseTag(entry.tag);
    if (!tag || !isKept(tag)) return;
    const at = Math.floor(entry.startUs / intervalUs);
    const { buckets } = readable(entry);
    this.#of(tag.subject, tag.series).batches.add(at, buckets, tag.censored);
    if (POOLED.has(tag.series)) this.#pooled(tag.series).batches.add(at, buckets, tag.censored);
  }
}
