import { deflateSync, inflateSync } from "node:zlib";
import type { JsHistogram } from "hdr-histogram-js";

/**
 * HdrHistogram's V2 encoding, compressed, in base64: the form that its interval logs hold.
 * Source: HdrHistogram `AbstractHistogram.encodeIntoByteBuffer` and `ZigZagEncoding` (Java, public domain).
 *
 * Not hdr-histogram-js's own encoder: once bundled, that one falls back from zlib to pako, which costs 100 µs
 * more for each histogram, and it writes a normalizing index offset of 1 and a conversion ratio of 5e-324 where
 * the format wants 0 and 1.0.
 */
const COOKIE = 0x1c849303 | 0x10;
const COMPRESSED_COOKIE = 0x1c849304 | 0x10;
const HEADER_BYTES = 40;
const COMPRESSED_HEADER_BYTES = 8;
/** A count takes at most 9 bytes (7 x 8 + 8 bits). */
const WORD_BYTES_MAX = 9;
/** Far above any histogram of ours, far below what a hostile file could inflate to. */
const INFLATED_BYTES_MAX = 4_194_304;

let scratch = Buffer.alloc(65_536);

/** @returns base64 without line breaks */
export function encodeHistogram(histogram: JsHistogram): string {
  const used = histogram.totalCount === 0 ? 0 : histogram.countsArrayIndex(histogram.maxValue) + 1;
  const most = HEADER_BYTES + used * WORD_BYTES_MAX;
  if (scratch.length < most) scratch = Buffer.alloc(most);
  let at = HEADER_BYTES;
  for (let index = 0; index < used; ) {
    const count = histogram.getCountAtIndex(index++);
    if (count > 0) {
      at = writeZigZag(scratch, at, count);
    } else {
      const firstZero = index - 1;
      while (index < used && histogram.getCountAtIndex(index) === 0) index++;
      const zeros = index - firstZero;
      at = writeZigZag(scratch, at, zeros === 1 ? 0 : -zeros);
    }
  }
  return framed(at, {
    digits: histogram.numberOfSignificantValueDigits,
    lowest: histogram.lowestDiscernibleValue,
    highest: histogram.highestTrackableValue,
  });
}

/** What was decoded, encoded again: the same bytes before compression. */
export function encodeDecoded(decoded: DecodedHistogram): string {
  const most = HEADER_BYTES + 2 * (decoded.buckets.length + 1) * WORD_BYTES_MAX;
  if (scratch.length < most) scratch = Buffer.alloc(most);
  let at = HEADER_BYTES;
  let next = 0;
  for (const { index, count } of decoded.buckets) {
    const zeros = index - next;
    if (zeros > 0) at = writeZigZag(scratch, at, zeros === 1 ? 0 : -zeros);
    at = writeZigZag(scratch, at, count);
    next = index + 1;
  }
  return framed(at, decoded);
}

/** The counts that stand in `scratch` up to `end`, headed, compressed and headed again, in base64. */
function framed(end: number, layout: HistogramLayout): string {
  scratch.writeInt32BE(COOKIE, 0);
  scratch.writeInt32BE(end - HEADER_BYTES, 4);
  scratch.writeInt32BE(0, 8); // normalizing index offset
  scratch.writeInt32BE(layout.digits, 12);
  scratch.writeBigInt64BE(BigInt(layout.lowest), 16);
  scratch.writeBigInt64BE(BigInt(layout.highest), 24);
  scratch.writeDoubleBE(1, 32); // integer to double conversion ratio
  const deflated = deflateSync(scratch.subarray(0, end));
  const header = Buffer.alloc(COMPRESSED_HEADER_BYTES);
  header.writeInt32BE(COMPRESSED_COOKIE, 0);
  header.writeInt32BE(deflated.length, 4);
  return Buffer.concat([header, deflated]).toString("base64");
}

/** How values fall into buckets. */
export interface HistogramLayout {
  /** Significant decimal digits. */
  readonly digits: number;
  /** The lowest discernible value. */
  readonly lowest: number;
  /** The highest trackable value. */
  readonly highest: number;
}

/** What an encoded histogram holds, before any array of counts is made for it. */
export interface DecodedHistogram extends HistogramLayout {
  /** The buckets that are not empty, ascending. */
  readonly buckets: readonly { readonly index: number; readonly count: number }[];
}

/** @throws RangeError unless `base64` is a whole, compressed V2 histogram */
export function decodeHistogram(base64: string): DecodedHistogram {
  const plain = inflated(base64);
  const buckets: { index: number; count: number }[] = [];
  eachCount(plain, (index, count) => buckets.push({ index, count }));
  return {
    digits: plain.readInt32BE(12),
    lowest: Number(plain.readBigInt64BE(16)),
    highest: Number(plain.readBigInt64BE(24)),
    buckets,
  };
}

/**
 * The same, bucket by bucket and ascending, with nothing kept: for a second reading of a long log.
 * @throws RangeError as `decodeHistogram`, which may be after some buckets
 */
export function eachBucket(base64: string, visit: (index: number, count: number) => void): void {
  eachCount(inflated(base64), visit);
}

/** Little-endian base 128, sign in the lowest bit: a count, or less than 0 for so many empty buckets. */
function eachCount(plain: Buffer, visit: (index: number, count: number) => void): void {
  let index = 0;
  for (let at = HEADER_BYTES; at < plain.length; ) {
    let word = 0;
    let scale = 1;
    let byte = 128;
    const last = Math.min(plain.length, at + WORD_BYTES_MAX);
    for (; byte >= 128 && at < last; at++, scale *= 128) {
      byte = plain[at] ?? 0;
      word += (byte & 127) * scale;
    }
    if (byte >= 128 || !Number.isSafeInteger(word)) throw unreadable("a broken count");
    const odd = word % 2 === 1;
    if (odd) {
      index += (word + 1) / 2;
    } else {
      if (word > 0) visit(index, word / 2);
      index++;
    }
  }
}

function inflated(base64: string): Buffer {
  const compressed = Buffer.from(base64, "base64");
  if (
    compressed.length < COMPRESSED_HEADER_BYTES ||
    compressed.readInt32BE(0) !== COMPRESSED_COOKIE
  ) {
    throw unreadable("not HdrHistogram's compressed V2 encoding");
  }
  if (COMPRESSED_HEADER_BYTES + compressed.readInt32BE(4) !== compressed.length) {
    throw unreadable("cut short");
  }
  let plain: Buffer;
  try {
    plain = inflateSync(compressed.subarray(COMPRESSED_HEADER_BYTES), {
      maxOutputLength: INFLATED_BYTES_MAX,
      // One interval of an operation is a few hundred bytes; the default takes 16 KB for each.
      chunkSize: 2_048,
    });
  } catch (cause) {
    throw unreadable("its zlib stream is broken", cause);
  }
  if (plain.length < HEADER_BYTES || plain.readInt32BE(0) !== COOKIE) {
    throw unreadable("not HdrHistogram's V2 encoding");
  }
  if (plain.readInt32BE(4) !== plain.length - HEADER_BYTES) throw unreadable("cut short");
  return plain;
}

/** Little-endian base 128, sign in the lowest bit; whole numbers of at most 52 bits. @returns the next free position */
function writeZigZag(buffer: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  // Not with shifts, which would cut a count at 32 bits. At most 8 bytes are needed for 53 bits.
  while (rest >= 128) {
    buffer[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  return at;
}

function unreadable(why: string, cause?: unknown): RangeError {
  return new RangeError(`not a readable histogram: ${why}`, { cause });
}
