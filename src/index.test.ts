import { describe, expect, it } from "vitest";
import { plan, run } from "./index.ts";

describe("a run from a program", () => {
  it("reads what it is compared with before anything is opened", async () => {
    const request = { profile: "smoke", baseline: ["last", "none.json"] };
    await expect(run(request)).rejects.toMatchObject({ code: "REPORT_NOT_FOUND" });
  });

  it("judges no operation that the run does not call", async () => {
    const request = { profile: "smoke", baseline: "last", judge: ["order.capture"] };
    await expect(run(request)).rejects.toMatchObject({ code: "COMPARE_JUDGE" });
  });

  it("has nothing to judge without a baseline", async () => {
    const request = { profile: "smoke", judge: ["payment-request.create"] };
    await expect(run(request)).rejects.toMatchObject({ code: "USAGE_BASELINE" });
  });

  it("goes to the emulator alone, whatever else it is given", async () => {
    const request = { profile: "smoke", environment: "klarna-test", permit: "none.json" };
    expect(() => plan(request)).toThrow(expect.objectContaining({ code: "PERMIT_UNREADABLE" }));
    await expect(run({ profile: "smoke", environment: "klarna-test" })).rejects.toMatchObject({
      code: "USAGE_COMMAND_LINE_ONLY",
    });
  });
});
