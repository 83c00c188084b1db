import { describe, expect, it } from "vitest";
import {
  codeOf,
  EXIT,
  Fault,
  formatPlace,
  KlarnaPerfError,
  Refusal,
  Refusals,
  UsageError,
  UsageErrors,
} from "./errors.ts";

describe("errors", () => {
  it.each([
    [Refusal, 4, "Refusal"],
    [UsageError, 2, "UsageError"],
    [Fault, 1, "Fault"],
  ])("%o ends with its family's exit code", (Family, exitCode, name) => {
    const cause = new Error("beneath");
    const error = new Family("SOME_CODE", "what went wrong", {
      hint: "do this",
      place: { file: "a.yaml", line: 3 },
      cause,
    });
    expect(error).toBeInstanceOf(KlarnaPerfError);
    expect(error).toMatchObject({
      name,
      code: "SOME_CODE",
      message: "what went wrong",
      hint: "do this",
      place: { file: "a.yaml", line: 3 },
      exitCode,
      cause,
    });
  });

  it("has no cause, hint or place unless given", () => {
    const error = new Refusal("SOME_CODE", "no");
    expect([error.hint, error.place, "cause" in error]).toEqual([undefined, undefined, false]);
  });

  it("keeps all of several usage errors, and speaks for the first", () => {
    const first = new UsageError("A", "first", { hint: "mend it", place: { line: 2 } });
    const second = new UsageError("B", "second");
    const both = new UsageErrors([first, second]);
    expect(both.all).toEqual([first, second]);
    expect(both).toBeInstanceOf(UsageError);
    expect([both.code, both.message, both.hint, both.place, both.exitCode]).toEqual([
      "A",
      "first",
      "mend it",
      { line: 2 },
      EXIT.usage,
    ]);
  });

  it("keeps all of several refusals, and speaks for the first", () => {
    const first = new Refusal("A", "first", { hint: "mend it" });
    const both = new Refusals([first, new Refusal("B", "second")]);
    expect(both).toBeInstanceOf(Refusal);
    expect(both.all.map(({ code }) => code)).toEqual(["A", "B"]);
    expect([both.code, both.message, both.hint, both.exitCode]).toEqual([
      "A",
      "first",
      "mend it",
      EXIT.refused,
    ]);
  });

  it("several usage errors need one at least", () => {
    // @ts-expect-error an empty list is no error
    expect(() => new UsageErrors([])).toThrow(TypeError);
  });

  it("keeps the exit codes that scripts know", () => {
    expect(EXIT).toEqual({
      passed: 0,
      fault: 1,
      usage: 2,
      failed: 3,
      refused: 4,
      invalid: 5,
      stopped: 6,
      inconclusive: 7,
      interrupted: 130,
    });
  });

  it.each([
    [Object.assign(new Error("x"), { code: "ENOENT" }), "ENOENT"],
    [Object.assign(new Error("x"), { code: 2 }), undefined],
    [new Error("x"), undefined],
    [{ code: "ENOENT" }, undefined],
    [undefined, undefined],
  ])("%o has the code %j", (error, code) => {
    expect(codeOf(error)).toBe(code);
  });

  it.each([
    [{ file: "a.yaml", line: 3, column: 7 }, "a.yaml:3:7"],
    [{ file: "a.yaml", line: 3 }, "a.yaml:3"],
    [{ file: "a.yaml" }, "a.yaml"],
    [{}, ""],
    [undefined, ""],
  ])("%o reads %j", (place, text) => {
    expect(formatPlace(place)).toBe(text);
  });
});
