import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("holds the newest, forgets the oldest, and never holds more than twice the bound", () => {
  const recent = new Recent<number>(10);
  for (let i = 0; i < 1000; i++) {
    recent.set(`k${i}`, i);
    expect(recent.size).toBeLessThanOrEqual(20);
    for (let back = 0; back < Math.min(10, i + 1); back++) {
      expect(recent.get(`k${i - back}`)).toBe(i - back);
    }
  }
  expect(recent.get("k979")).toBeUndefined();
});

test("setting a key again replaces its value", () => {
  const recent = new Recent<string>(1);
  recent.set("k", "old");
  recent.set("k", "new");
  expect(recent.get("k")).toBe("new");
  expect(recent.size).toBe(1);
});
