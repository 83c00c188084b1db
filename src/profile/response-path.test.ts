import { expect, test } from "vitest";
import { parseResponsePath, valueAt } from "./response-path.ts";

test.each([
  ["$.id", { id: "a" }, "a"],
  ["$.a.b[1].c", { a: { b: [0, { c: 7 }] } }, 7],
  ["$.a[0][1]", { a: [[1, 2]] }, 2],
  ["$.a", { b: 1 }, undefined],
  ["$.a.b", { a: null }, undefined],
  ["$.a.b", { a: "text" }, undefined],
  ["$.a[0]", { a: { 0: "no list" } }, undefined],
  ["$.a.0", { a: ["no mapping"] }, undefined],
  ["$.length", [], undefined],
  ["$.constructor", {}, undefined],
  ["$.__proto__", {}, undefined],
])("%s in %j is %j", (text, answer, expected) => {
  const path = parseResponsePath(text);
  expect(path && valueAt(answer, path)).toEqual(expected);
  expect(path?.text).toBe(text);
});

test.each([
  "",
  "$",
  "id",
  "$.",
  "$..a",
  "$.a b",
  "$[0]",
  "$.a[-1]",
  "$.a[x]",
  "$.a[*]",
  "$.a?",
  `$.${"a".repeat(65)}`,
  "$.a".repeat(2),
  "$.a\n",
])("%j is no path", (text) => {
  expect(parseResponsePath(text)).toBeUndefined();
});
