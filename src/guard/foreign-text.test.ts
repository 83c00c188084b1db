import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FOREIGN_TEXT_MAX, oneLine, printable, visible } from "./foreign-text.ts";

describe("visible", () => {
  it.each([
    ["plain text", "payment-request: déjà vu, 日本語 🙂", "payment-request: déjà vu, 日本語 🙂"],
    ["a line break", "a\r\nb", "a‹U+000D›‹U+000A›b"],
    ["an escape sequence", "\u001b[31mred", "‹U+001B›[31mred"],
    ["NUL and C1", "\u0000\u009b", "‹U+0000›‹U+009B›"],
    ["a right-to-left override", "\u202eabc", "‹U+202E›abc"],
    ["isolates", "\u2066x\u2069", "‹U+2066›x‹U+2069›"],
    ["zero-width characters", "a\u200b\u200d\ufeffb", "a‹U+200B›‹U+200D›‹U+FEFF›b"],
    ["line and paragraph separators", "\u2028\u2029", "‹U+2028›‹U+2029›"],
    ["half a surrogate pair", "a\ud800b", "a‹U+D800›b"],
    ["a private character", "\ue000", "‹U+E000›"],
    ["a tag character", "\u{e0041}", "‹U+E0041›"],
    ["a soft hyphen and a filler", "\u00ad\u3164", "‹U+00AD›‹U+3164›"],
    ["no character", "\ufffe\u{1ffff}", "‹U+FFFE›‹U+1FFFF›"],
    ["a key", "no `klarna_test_api_Zq7Xw3Kp9Rv5` here", "no `‹credential›` here"],
    ["nothing", "", ""],
  ])("%s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("keeps 200 characters, counted as people count them, and says that there were more", () => {
    expect(visible("🙂".repeat(200))).toBe("🙂".repeat(200));
    expect(visible("🙂".repeat(201))).toBe(`${"🙂".repeat(200)}…`);
  });

  it("says that there was more, though what was looked at is one credential", () => {
    const key = (length: number) => visible("klarna_test_api_".padEnd(length, "x"));
    expect([65_536, 65_537].map(key)).toEqual(["‹credential›", "‹credential›…"]);
  });

  it("shows nothing hidden, and is the text itself where nothing was", () => {
    const hidden =
      /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const shown = visible(text);
        expect(hidden.test(shown)).toBe(false);
        if (!hidden.test(text) && [...text].length <= FOREIGN_TEXT_MAX) expect(shown).toBe(text);
        expect([...shown].length).toBeLessThanOrEqual(FOREIGN_TEXT_MAX * "‹U+10FFFF›".length + 1);
      }),
    );
  });
});

describe("oneLine", () => {
  it("is one line whatever it quotes, of at most 4 000 characters or as many as it is told", () => {
    expect(oneLine("a\n::error::b\u001b[0m")).toBe("a‹U+000A›::error::b‹U+001B›[0m");
    expect(oneLine("x".repeat(5000))).toBe(`${"x".repeat(4000)}…`);
    expect(oneLine("x".repeat(50), 10)).toBe(`${"x".repeat(10)}…`);
  });
});

describe("printable", () => {
  it.each([
    [
      "lines of ours as they are",
      "run a::b, c: d # 1\n  to do: x\n",
      "run a::b, c: d # 1\n  to do: x\n",
    ],
    ["an address", "listening on ::1\n", "listening on ::1\n"],
    ["a GitHub command", "a\n::error::x\n", "a\n‹U+003A›:error::x\n"],
    ["one behind blanks", "  ::error::x", "  ‹U+003A›:error::x"],
    ["one of the first kind", "a ##[error]x", "a ‹U+0023›#[error]x"],
    ["one behind more number signs", "###[error]x", "#‹U+0023›#[error]x"],
    ["an Azure command", "a ##vso[task.complete]", "a ‹U+0023›#vso[task.complete]"],
    ["a TeamCity command", "##teamcity[x]", "‹U+0023›#teamcity[x]"],
    ["a heading", "## klarna-perf", "## klarna-perf"],
    ["an escape sequence", "\u001b[31mx\r\n", "‹U+001B›[31mx‹U+000D›\n"],
    ["a key", "at klarna_test_api_Zq7Xw3Kp9Rv5 (x:1:2)\n", "at ‹credential› (x:1:2)\n"],
  ])("%s", (_, text, printed) => {
    expect(printable(text)).toBe(printed);
  });
});
