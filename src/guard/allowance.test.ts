import { describe, expect, it } from "vitest";
import { RequestAllowance } from "./allowance.ts";
import { approve } from "./approval.ts";
import { refusal } from "./errors.support.ts";
import { emulatorFacts, klarnaFacts } from "./facts.support.ts";

describe("RequestAllowance", () => {
  it("lets through as many requests as were approved, and not one more", () => {
    const allowance = new RequestAllowance(approve(klarnaFacts({ requests: 3 })));
    for (let i = 0; i < 3; i++) allowance.take();
    expect(() => allowance.take()).toThrow(refusal("GUARD_REQUESTS_SPENT"));
  });

  it("goes by the ceiling on the emulator, where a random plan's count is an estimate", () => {
    const allowance = new RequestAllowance(approve(emulatorFacts({ requests: 1 })));
    for (let i = 0; i < 100; i++) allowance.take();
  });

  it("takes no forged approval", () => {
    const cast: unknown = { bounds: { requests: 1e9 } };
    // @ts-expect-error an approval can't be written down
    expect(() => new RequestAllowance(cast)).toThrow(refusal("GUARD_FORGED"));
  });
});
