import { inflateSync } from "node:zlib";

/**
 * HdrHistogram's V2 encoding read byte by byte, for tests: from the format's description (Java, `AbstractHistogram` and
 * `ZigZagEncoding`) and without a line of the code that writes ours. It is strict: whatever a canonical encoder would
 * have written otherwise is an error.
 */
export interface PlainHistogram {
  readonly normalizingIndexOffset: number;
  readonly significantDigits: number;
  readonly lowestDiscernible: bigint;
  readonly highestTrackable: bigint;
  readonly integerToDoubleRatio: number;
  /** Of each bucket that is not empty: the least value in it, and how many. */
  readonly counts: ReadonlyMap<bigint, bigint>;
}

export function readBytes(base64: string): PlainHistogram {
  const outer = Buffer.from(base64, "base64");
  if (outer.toString("base64") !== base64) throw new Error("not base64 with its padding");
  if (outer.readUInt32BE(0) !== 0x1c849314) throw new Error("another cookie outside");
  if (outer.readUInt32BE(4) !== outer.length - 8) throw new Error("another length outside");
  const plain = inflateSync(outer.subarray(8));
  if (plain.readUInt32BE(0) !== 0x1c849313) throw new Error("another cookie");
  if (plain.readUInt32BE(4) !== plain.length - 40) throw new Error("another length");
  const head = {
    normalizingIndexOffset: plain.readInt32BE(8),
    significantDigits: plain.readInt32BE(12),
    lowestDiscernible: plain.readBigInt64BE(16),
    highestTrackable: plain.readBigInt64BE(24),
    integerToDoubleRatio: plain.readDoubleBE(32),
  };
  return { ...head, counts: countsIn(plain.subarray(40), head) };
}

function countsIn(
  payload: Buffer,
  layout: Pick<PlainHistogram, "significantDigits" | "lowestDiscernible">,
): Map<bigint, bigint> {
  const counts = new Map<bigint, bigint>();
  let index = 0n;
  let zerosBefore = false;
  let zeros = false;
  for (let at = 0; at < payload.length; ) {
    const { word, next } = wordAt(payload, at);
    at = next;
    // Least bit: the sign. Below 0: so many empty buckets.
    const value = (word >> 1n) ^ -(word & 1n);
    zeros = value <= 0n;
    if (zeros && zerosBefore) throw new Error("two runs of empty buckets that are one");
    if (value === -1n) throw new Error("one empty bucket is written as 0");
    zerosBefore = zeros;
    if (value > 0n) counts.set(leastIn(index, layout), value);
    index += value < 0n ? -value : 1n;
  }
  if (zeros) throw new Error("empty buckets at the end");
  return counts;
}

/** Seven bits a byte, the least first, while the eighth is set; a ninth byte has all eight. */
function wordAt(payload: Buffer, start: number): { word: bigint; next: number } {
  let word = 0n;
  for (let i = 0; i < 9; i++) {
    const byte = payload[start + i];
    if (byte === undefined) throw new Error("cut within a count");
    if (i === 8) return { word: word | (BigInt(byte) << 56n), next: start + 9 };
    word |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) {
      if (byte === 0 && i > 0) throw new Error("a count with a byte too many");
      return { word, next: start + i + 1 };
    }
  }
  throw new Error("a count without an end");
}

/** Sub-buckets double in width from one bucket to the next; of all but the first, only the upper half is used. */
function leastIn(
  index: bigint,
  {
    significantDigits,
    lowestDiscernible,
  }: Pick<PlainHistogram, "significantDigits" | "lowestDiscernible">,
): bigint {
  const unit = BigInt(Math.floor(Math.log2(Number(lowestDiscernible))));
  // Enough sub-buckets for two of every value with so many digits.
  const half = BigInt(Math.ceil(Math.log2(2 * 10 ** significantDigits))) - 1n;
  const bucket = (index >> half) - 1n;
  const within = index & ((1n << half) - 1n);
  return bucket < 0n ? within << unit : (within + (1n << half)) << (bucket + unit);
}
