import { deflateSync } from "node:zlib";
import {
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  Float64Histogram,
} from "hdr-histogram-js";
import { expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram, encodeHistogram } from "./codec.ts";

function sample(count: number): Float64Histogram {
  const random = seededRandom(7);
  const histogram = new Float64Histogram(1, 2 ** 37 - 1, 3);
  for (let i = 0; i < count; i++) {
    histogram.recordValueWithCount(Math.floor(Math.exp(20 * random.next())), 1 + (i % 40) ** 4);
  }
  return histogram;
}

test("hdr-histogram-js reads what we write", () => {
  const ours = sample(3000);
  const theirs = decodeFromCompressedBase64(encodeHistogram(ours), 64);
  expect(theirs.totalCount).toBe(ours.totalCount);
  for (const p of [0, 1, 50, 90, 99, 99.99, 100]) {
    expect(theirs.getValueAtPercentile(p)).toBe(ours.getValueAtPercentile(p));
  }
});

test("we read what hdr-histogram-js writes", () => {
  const theirs = sample(3000);
  const { buckets, digits, lowest } = decodeHistogram(encodeIntoCompressedBase64(theirs));
  expect([digits, lowest]).toEqual([3, 1]);
  expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(theirs.totalCount);
  expect(buckets.every(({ index, count }) => theirs.getCountAtIndex(index) === count)).toBe(true);
});

test("the header is the format's: offset 0, ratio 1.0", () => {
  const bytes = Buffer.from(encodeHistogram(sample(1)), "base64");
  expect(bytes.readUInt32BE(0)).toBe(0x1c849314);
  expect(bytes.readInt32BE(4)).toBe(bytes.length - 8);
});

test("counts above 32 bits survive", () => {
  const histogram = new Float64Histogram(1, 2 ** 37 - 1, 3);
  histogram.recordValueWithCount(1234, 2 ** 40 + 1);
  expect(decodeHistogram(encodeHistogram(histogram)).buckets).toEqual([
    { index: 1234, count: 2 ** 40 + 1 },
  ]);
});

const whole = encodeHistogram(sample(50));
const compressed = Buffer.from(whole, "base64");
function framed(payload: Buffer): string {
  const header = Buffer.from(compressed.subarray(0, 8));
  header.writeInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]).toString("base64");
}

test.each([
  ["nothing", ""],
  ["another text", Buffer.from("hello, histogram").toString("base64")],
  ["half of it", whole.slice(0, whole.length / 2)],
  ["a broken zlib stream", framed(Buffer.from("not zlib at all"))],
  ["too short a histogram", framed(deflateSync(Buffer.alloc(12)))],
  ["a bomb", framed(deflateSync(Buffer.alloc(50_000_000)))],
])("%s is refused", (_what, base64) => {
  expect(() => decodeHistogram(base64)).toThrow(RangeError);
});

test("a histogram of another layout is not added", () => {
  const twoDigits = new Float64Histogram(1, 1_000_000, 2);
  twoDigits.recordValue(5);
  const wide = new Float64Histogram(1, 2 ** 45, 3);
  wide.recordValue(2 ** 44);
  for (const other of [twoDigits, wide]) {
    const target = new CensoredHistogram();
    expect(() => target.add(decodeHistogram(encodeHistogram(other)), false)).toThrow(RangeError);
    expect(target.count).toBe(0);
  }
});
