import { describe, expect, it } from "vitest";
import { Fault, Refusal, Refusals, UsageError, UsageErrors } from "../base/errors.ts";
import { describeError } from "./errors.ts";

const NASTY = "x\n::error::y\u001b[31m klarna_test_api_Zq7Xw3Kp9Rv5";
const SHOWN = "x‹U+000A›::error::y‹U+001B›[31m ‹credential›";

describe("describeError", () => {
  it("says code, place, what is wrong and what to do, each on its line", () => {
    const error = new UsageError("A_CODE", "it is wrong", {
      hint: "mend it",
      place: { file: "f.yaml", line: 2 },
    });
    expect(describeError(error)).toEqual({
      text: "klarna-perf: A_CODE: f.yaml:2: it is wrong\n  mend it\n",
      code: 2,
    });
  });

  it("shows each of several refusals with what to do about it", () => {
    const both = new Refusals([
      new Refusal("A", "one thing is wrong", { hint: "mend it" }),
      new Refusal("B", "and another"),
    ]);
    expect(describeError(both)).toEqual({
      text: "klarna-perf: A: one thing is wrong\n  mend it\nklarna-perf: B: and another\n",
      code: 4,
    });
  });

  it("shows text in an error as text, wherever it stands", () => {
    const place = { file: NASTY };
    const cause = new Error(NASTY);
    const usage = new UsageErrors([new UsageError("A", NASTY, { hint: NASTY, place })]);
    expect(describeError(usage).text).toBe(`klarna-perf: A: ${SHOWN}: ${SHOWN}\n  ${SHOWN}\n`);
    expect(describeError(new Refusal("B", NASTY, { cause })).text).toBe(
      `klarna-perf: B: ${SHOWN}\n`,
    );
    expect(describeError(new Fault("C", "ours", { cause })).text).toBe(
      `klarna-perf: C: ours\n  (${SHOWN})\n`,
    );
  });

  it("shows where an unforeseen error comes from, and nothing else that it carries", () => {
    const cause = Object.assign(new Error("inner"), { request: { authorization: "a secret" } });
    const error = Object.assign(new TypeError("outer", { cause }), { body: "a secret" });
    const { text, code } = describeError(error);
    expect(code).toBe(1);
    expect(text).toMatch(
      /^klarna-perf: fault FAULT_UNFORESEEN: please report this\n {2}TypeError: outer\n {6}at /,
    );
    expect(text).toContain("\n  caused by: Error: inner\n      at ");
    expect(text).not.toContain("a secret");
  });

  it.each([
    ["a text", NASTY, "‹credential›"],
    ["nothing", undefined, "undefined"],
    ["an object", { secret: { key: "a secret" } }, "[Object]"],
    [
      "an error without a stack",
      Object.assign(new Error("bare"), { stack: undefined }),
      "Error: bare",
    ],
    ["an error that causes itself", itself(), "caused by: Error: round"],
  ])("tells of %s that was thrown", (_, thrown, shown) => {
    const { text } = describeError(thrown);
    expect(text).toContain(shown);
    expect(text).not.toContain("a secret");
    expect(
      text
        .split("\n")
        .slice(1)
        .every((line) => line === "" || line.startsWith("  ")),
    ).toBe(true);
  });
});

function itself(): Error {
  const error = new Error("round");
  error.cause = error;
  return error;
}
