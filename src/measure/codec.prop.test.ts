import fc from "fast-check";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram, encodeDecoded } from "./codec.ts";
import { readBytes } from "./hdr-bytes.support.ts";

const LARGEST = 2 ** 37 - 1;

const values = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: LARGEST }),
    fc.constantFrom(0, 2047, 2048, 4095, 4096, LARGEST),
  ),
  { maxLength: 80 },
);

/** Three digits: a value keeps its eleven leading bits. */
function leastAlike(us: number): bigint {
  let width = 1;
  while (us / width >= 2048) width *= 2;
  return BigInt(Math.floor(us / width) * width);
}

test("what is written is the format byte by byte, and holds every sample once", () => {
  fc.assert(
    fc.property(values, (all) => {
      const times = new CensoredHistogram();
      const counts = new Map<bigint, bigint>();
      for (const us of all) {
        times.record(us);
        counts.set(leastAlike(us), (counts.get(leastAlike(us)) ?? 0n) + 1n);
      }
      expect(readBytes(times.encodeKnown())).toEqual({
        normalizingIndexOffset: 0,
        significantDigits: 3,
        lowestDiscernible: 1n,
        highestTrackable: BigInt(LARGEST),
        integerToDoubleRatio: 1,
        counts,
      });
    }),
  );
});

test("counts of any size are the format's too, up to what a number holds exactly", () => {
  const buckets = fc.uniqueArray(
    fc.record({
      index: fc.integer({ min: 0, max: 28_000 }),
      count: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 51 })),
    }),
    { selector: ({ index }) => index, maxLength: 40 },
  );
  fc.assert(
    fc.property(buckets, (any) => {
      const ordered = [...any].sort((a, b) => a.index - b.index);
      const written = encodeDecoded({ digits: 3, lowest: 1, highest: LARGEST, buckets: ordered });
      const { counts } = readBytes(written);
      expect([...counts.values()]).toEqual(ordered.map(({ count }) => BigInt(count)));
      expect(decodeHistogram(written).buckets).toEqual(ordered);
    }),
  );
});
