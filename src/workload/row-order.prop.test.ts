import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { ROW_ORDERS, type RowOrder, RowPicker } from "./row-order.ts";

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const sizes = fc.integer({ min: 1, max: 40 });

function taken(order: RowOrder, rows: number, seed: number, count: number): number[] {
  const picker = new RowPicker(order, rows, seededRandom(seed));
  return Array.from({ length: count }, () => picker.next());
}

describe("rows", () => {
  test("sequential: one after the other, then from the first again", () => {
    expect(taken("sequential", 3, 1, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test("shuffled: each pass has every row once, and passes differ", () => {
    fc.assert(
      fc.property(sizes, seeds, (rows, seed) => {
        const passes = taken("shuffled", rows, seed, 3 * rows);
        for (const pass of [0, 1, 2]) {
          const rowsOfPass = passes.slice(pass * rows, (pass + 1) * rows);
          expect(rowsOfPass.sort((a, b) => a - b)).toEqual(
            Array.from({ length: rows }, (_, i) => i),
          );
        }
      }),
    );
    expect(taken("shuffled", 40, 7, 40)).not.toEqual(taken("shuffled", 40, 7, 80).slice(40));
    expect(taken("shuffled", 40, 7, 40)).not.toEqual(taken("shuffled", 40, 8, 40));
  });

  test("shuffled: every order of three rows comes equally often", () => {
    const orders = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const order = taken("shuffled", 3, seed, 3).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    // Five standard deviations of a binomial of 6000 draws at 1/6.
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  test("random: rows of the table, all of them in time", () => {
    expect(new Set(taken("random", 10, 3, 200)).size).toBe(10);
  });

  test("the same seed takes the same rows", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROW_ORDERS), sizes, seeds, (order, rows, seed) => {
        expect(taken(order, rows, seed, 50)).toEqual(taken(order, rows, seed, 50));
        expect(taken(order, rows, seed, 50).every((row) => row >= 0 && row < rows)).toBe(true);
      }),
    );
  });

  test("no rows", () => {
    expect(() => new RowPicker("random", 0, seededRandom(1))).toThrow(RangeError);
  });
});
