import fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("holds the newest, at most a quarter more, and tells of each that it forgets", () => {
  let forgotten = 0;
  const recent = new Recent<number>(40, (count) => {
    forgotten += count;
  });
  for (let i = 0; i < 1000; i++) {
    recent.set(`k${i}`, i);
    expect(recent.size).toBeLessThanOrEqual(50);
    expect(recent.size + forgotten).toBe(i + 1);
    for (let back = 0; back < Math.min(40, i + 1); back++) {
      expect(recent.get(`k${i - back}`)).toBe(i - back);
    }
  }
  expect(recent.get("k949")).toBeUndefined();
});

test("an entry that is set again is replaced, held once, and among the newest", () => {
  const keys = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), keys, (most, sets) => {
      const recent = new Recent<number>(most);
      sets.forEach((key, i) => {
        recent.set(String(key), i);
      });
      // Naively: the keys in the order in which they were last set.
      const newest = [...new Set([...sets].reverse())].slice(0, most);
      for (const key of newest) expect(recent.get(String(key))).toBe(sets.lastIndexOf(key));
      const values = [...recent.values()];
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(values.length).toBe(recent.size);
      expect(recent.size).toBeLessThanOrEqual(most + Math.ceil(most / 4));
    }),
  );
});
