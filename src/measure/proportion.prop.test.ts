import fc from "fast-check";
import { expect, test } from "vitest";
import { proportionBounds, proportionInterval } from "./proportion.ts";
import { binomialAtLeast, binomialAtMost, PARTS } from "./references.support.ts";

const share = fc
  .tuple(fc.integer({ min: 1, max: 120 }), fc.nat(120))
  .map(([of, any]) => ({ of, count: any % (of + 1) }));

test("its ends are where as much or as little as was seen becomes too unlikely", () => {
  fc.assert(
    fc.property(share, fc.constantFrom(0.9, 0.95, 0.99), ({ count, of }, confidence) => {
      for (const [{ value, low, high }, error] of [
        [proportionInterval(count, of, confidence), (1 - confidence) / 2],
        [proportionBounds(count, of, confidence), 1 - confidence],
      ] as const) {
        expect(value).toBe(count / of);
        // The parts of 1000 on either side of an end.
        const [below, above] = [Math.floor, Math.ceil].map((round) => round((low ?? 0) * PARTS));
        expect(binomialAtLeast(count, of, below ?? 0)).toBeLessThanOrEqual(
          count === 0 ? 1 : error * (1 + 1e-9),
        );
        expect(binomialAtLeast(count, of, above ?? 0)).toBeGreaterThanOrEqual(error * (1 - 1e-9));
        const [under, over] = [Math.floor, Math.ceil].map((round) => round((high ?? 1) * PARTS));
        expect(binomialAtMost(count, of, under ?? 0)).toBeGreaterThanOrEqual(error * (1 - 1e-9));
        expect(binomialAtMost(count, of, over ?? 0)).toBeLessThanOrEqual(
          count === of ? 1 : error * (1 + 1e-9),
        );
      }
    }),
  );
});

test("whatever the truth, it holds as often as it says", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: PARTS - 1 }),
      (of, parts) => {
        const truth = parts / PARTS;
        let held = 0;
        let below = 0;
        for (let count = 0; count <= of; count++) {
          const chance = binomialAtMost(count, of, parts) - binomialAtMost(count - 1, of, parts);
          const { low, high } = proportionInterval(count, of);
          if ((low ?? 0) <= truth && truth <= (high ?? 1)) held += chance;
          if (truth <= (proportionBounds(count, of).high ?? 1)) below += chance;
        }
        expect(held).toBeGreaterThanOrEqual(0.95 - 1e-9);
        expect(below).toBeGreaterThanOrEqual(0.95 - 1e-9);
      },
    ),
    { numRuns: 15 },
  );
});

test("failures counted instead of successes turn it over", () => {
  fc.assert(
    fc.property(share, ({ count, of }) => {
      const one = proportionInterval(count, of);
      const other = proportionInterval(of - count, of);
      expect(one.low).toBeCloseTo(1 - (other.high ?? 0), 9);
      expect(one.high).toBeCloseTo(1 - (other.low ?? 0), 9);
    }),
  );
});
