import { describe, expect, it } from "vitest";
import { approve } from "./approval.ts";
import { refusal } from "./errors.support.ts";
import { emulatorFacts, GOOD_STANDING, klarnaFacts } from "./facts.support.ts";

describe("approve", () => {
  it("refuses with what the decision said", () => {
    expect(() => approve(klarnaFacts({ permit: undefined }))).toThrow(
      refusal("GUARD_PERMIT_MISSING"),
    );
  });

  it("gives no run against Klarna that was judged without its key, as a plan is", () => {
    const standing = { ...GOOD_STANDING, withKey: false };
    expect(() => approve(klarnaFacts({ standing }))).toThrow(refusal("GUARD_KEY_UNREAD"));
    expect(approve(klarnaFacts()).bounds.environment).toBe("klarna-test");
    expect(approve(emulatorFacts({ standing })).bounds.environment).toBe("emulator");
  });
});
