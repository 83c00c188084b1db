import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  const known = ["smoke", "baseline", "rate-limit-drill"];

  it.each([
    ["one letter wrong", "smokE", "smoke"],
    ["one missing", "baselin", "baseline"],
    ["one too many", "basseline", "baseline"],
    ["two wrong in a short word", "smuke!", "smoke"],
    ["a third of a long word", "rite-limat-drool", "rate-limit-drill"],
    ["capitals only", "BASELINE", "baseline"],
  ])("%s", (_, word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each([
    ["three wrong in a short word", "smxyz"],
    ["something else", "production"],
    ["an empty word", ""],
  ])("names none for %s", (_, word) => {
    expect(nearest(word, known)).toBeUndefined();
  });

  it("takes the first of two that are as near, and none from an empty list", () => {
    expect(nearest("cat", ["bat", "hat"])).toBe("bat");
    expect(nearest("cat", [])).toBeUndefined();
  });

  it("is Levenshtein's distance, by its recursive definition", () => {
    const naive = (a: string, b: string): number => {
      if (a === "" || b === "") return a.length + b.length;
      const [restA, restB] = [a.slice(1), b.slice(1)];
      if (a[0] === b[0]) return naive(restA, restB);
      return 1 + Math.min(naive(restA, b), naive(a, restB), naive(restA, restB));
    };
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(nearest(a, [b])).toBe(naive(a, b) <= 2 ? b : undefined);
      }),
    );
  });
});
