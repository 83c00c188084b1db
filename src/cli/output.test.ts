import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonLine } from "./output.ts";

describe("jsonLine", () => {
  it.each([
    ["plain text", { a: "b: ü 日本 🙂", n: 1 }, '{"a":"b: ü 日本 🙂","n":1}'],
    ["a command", { a: "##[error]x" }, '{"a":"\\u0023#[error]x"}'],
    ["a command for a name", { "##[error]x": 1 }, '{"\\u0023#[error]x":1}'],
    ["controls and what hides", { a: "\u009b\u202e\u200b" }, '{"a":"\\u009b\\u202e\\u200b"}'],
    ["tag characters", { a: "\u{e0041}" }, '{"a":"\\udb40\\udc41"}'],
    ["a key", { a: "klarna_test_api_Zq7Xw3Kp9Rv5" }, '{"a":"‹credential›"}'],
    [
      "a key before a quotation mark",
      { a: 'klarna_test_api_Zq7Xw3Kp9Rv5"' },
      '{"a":"‹credential›\\""}',
    ],
  ])("%s", (_, value, line) => {
    expect(jsonLine(value)).toBe(line);
  });

  it("reads back to the same value, on one line, whatever the text", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const line = jsonLine(value);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##/u);
      }),
    );
  });
});
