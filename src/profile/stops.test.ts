import { describe, expect, it } from "vitest";
import { formatPlace, UsageError } from "../base/errors.ts";
import { profileHash } from "./hash.ts";
import { parseProfile, type ReadOptions } from "./read.ts";

function profile(more: string, options: ReadOptions = {}) {
  const text = `name: small
kind: stress
workload: { model: open, stages: [{ rate: 5/s, for: 10s }] }
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
${more}`;
  return parseProfile(text, "p.yaml", options);
}

function told(more: string): string[] {
  try {
    profile(more);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [`${error.code} ${formatPlace(error.place)}: ${error.message}`, error.hint ?? ""];
  }
  return [];
}

describe("stops of a profile", () => {
  it.each([
    ["", undefined],
    ["stops: {}", undefined],
    ["stops: { throttled: on, errors: on }", undefined],
    ["stops: { errors: off }", ["errors"]],
    ["stops: { errors: off, throttled: off }", ["throttled", "errors"]],
    ["stops: { errors: off, throttled: on }", ["errors"]],
  ])("%j turns off %j", (more, off) => {
    expect(profile(more).stops).toEqual(off);
  });

  it("may be for one environment, or set", () => {
    const more = "environments: { emulator: { stops: { throttled: off } } }";
    expect(profile(more, { environment: "emulator" }).stops).toEqual(["throttled"]);
    expect(profile(more, { environment: "klarna-test" }).stops).toBeUndefined();
    expect(profile("", { set: ["stops.errors=off"] }).stops).toEqual(["errors"]);
  });

  it("all on are the same profile as none named", () => {
    expect(profileHash(profile("stops: { errors: on }"))).toBe(profileHash(profile("")));
    expect(profileHash(profile("stops: { errors: off }"))).not.toBe(profileHash(profile("")));
  });

  it.each([
    [
      "stops: { unauthorized: off }",
      "PROFILE_UNKNOWN_KEY p.yaml:5:10: unknown key `unauthorized` in `stops`",
      "the keys here are throttled, errors",
    ],
    [
      "stops: { throtled: off }",
      "PROFILE_UNKNOWN_KEY p.yaml:5:10: unknown key `throtled` in `stops`",
      "did you mean `throttled`?",
    ],
    [
      "stops: { errors: false }",
      "PROFILE_STOP p.yaml:5:18: `stops.errors` is `false`, not",
      "did you mean `off`?",
    ],
    [
      "stops: { errors: 0.9 }",
      "PROFILE_STOP p.yaml:5:18: `stops.errors` is `0.9`, not",
      "expected on or off",
    ],
    ["stops: off", "PROFILE_VALUE p.yaml:5:8: `stops` is `off`, not", "a mapping"],
  ])("%j is refused", (more, message, hint) => {
    const [text, advice] = told(more);
    expect(text).toContain(message);
    expect(advice).toContain(hint);
  });
});
