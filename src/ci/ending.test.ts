import { describe, expect, it } from "vitest";
import { EXIT } from "../base/errors.ts";
import { deservesRerun, type Ending, jobEnding } from "./ending.ts";

const passed: Ending = { exitCode: EXIT.passed, verdict: "passed", reason: "all were met" };
const failed: Ending = { exitCode: EXIT.failed, verdict: "failed", reason: "p95 is beyond" };
const invalid: Ending = { exitCode: EXIT.invalid, verdict: "invalid", reason: "it was late" };
const open: Ending = { exitCode: EXIT.inconclusive, verdict: "inconclusive", reason: "too few" };

describe("a second run", () => {
  it.each<[string, Ending, string, boolean]>([
    ["passed", passed, "emulator", false],
    ["failed: a shared machine may have been slow", failed, "emulator", true],
    ["invalid: the machine was too busy to measure", invalid, "emulator", true],
    ["inconclusive: it would be so again", open, "emulator", false],
    ["stopped", { exitCode: EXIT.stopped, verdict: "stopped" }, "emulator", false],
    ["refused", { exitCode: EXIT.refused }, "emulator", false],
    ["a fault", { exitCode: EXIT.fault }, "emulator", false],
    ["interrupted", { exitCode: EXIT.interrupted, verdict: "interrupted" }, "emulator", false],
    ["killed", { exitCode: null }, "emulator", false],
    ["failed, in a job that was cancelled", { ...failed, cancelled: true }, "emulator", false],
    [
      "a regression, which a second run has confirmed",
      { ...failed, comparison: "regressed" },
      "emulator",
      false,
    ],
    ["failed against Klarna: nobody sends it again unasked", failed, "klarna-test", false],
    ["invalid against Klarna", invalid, "playground-eu", false],
  ])("%s", (_, ending, environment, expected) => {
    expect(deservesRerun(ending, environment)).toBe(expected);
  });
});

describe("the job", () => {
  it.each<[string, Ending, "warn" | "fail", boolean, string, string]>([
    ["passed", passed, "warn", false, "notice", "passed: all were met"],
    ["failed", failed, "warn", true, "error", "failed: p95 is beyond"],
    ["inconclusive, a warning", open, "warn", false, "warning", "inconclusive: too few"],
    ["inconclusive, where that is no end", open, "fail", true, "error", "inconclusive: too few"],
    [
      "refused before it began",
      { exitCode: EXIT.refused },
      "warn",
      true,
      "error",
      "refused by the guard",
    ],
    [
      "a code that nobody knows",
      { exitCode: 77 },
      "warn",
      true,
      "error",
      "ended with exit code 77",
    ],
    ["killed", { exitCode: null }, "warn", true, "error", "ended by a signal"],
  ])("%s", (_, ending, inconclusive, fails, level, text) => {
    expect(jobEnding(ending, undefined, inconclusive)).toEqual({ fails, level, text });
  });

  it("fails when both runs did, and says so", () => {
    expect(jobEnding(failed, failed, "warn")).toEqual({
      fails: true,
      level: "error",
      text: "twice: failed: p95 is beyond",
    });
  });

  it("fails for two different ends, and tells both", () => {
    expect(jobEnding(failed, invalid, "warn")).toEqual({
      fails: true,
      level: "error",
      text: "invalid: it was late; the first run: failed: p95 is beyond",
    });
  });

  it("calls a fault by its name, though the run before it passed", () => {
    const { text } = jobEnding({ ...passed, exitCode: EXIT.fault }, undefined, "warn");
    expect(text).toMatch(/^a fault of klarna-perf or of this machine/);
  });

  it("passes with a warning when the second run did not fail", () => {
    expect(jobEnding(failed, passed, "warn")).toEqual({
      fails: false,
      level: "warning",
      text: "passed: all were met; the first run was failed, and a second one was not",
    });
  });

  it("fails when the second run found worse", () => {
    expect(jobEnding(invalid, failed, "warn").fails).toBe(true);
  });
});
