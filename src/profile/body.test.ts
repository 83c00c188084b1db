import { expect, test } from "vitest";
import { isJson, mergeBody } from "./body.ts";

// The examples of RFC 7396, appendix A, whose target and patch are objects.
test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("%j with %j is %j", (sample, patch, expected) => {
  const before = JSON.stringify([sample, patch]);
  expect(mergeBody(sample, patch)).toEqual(expected);
  expect(JSON.stringify([sample, patch])).toBe(before);
});

test("a number that JSON would change is none of its values", () => {
  expect([1, 0.5, -3].map(isJson)).toEqual([true, true, true]);
  expect([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, undefined].map(isJson)).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(isJson({ a: [{ b: Number.NaN }] })).toBe(false);
});
