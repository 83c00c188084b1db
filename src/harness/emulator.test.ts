import { describe, expect, test } from "vitest";
import { type EmulatorRequest, emulatorOptions } from "./emulator.ts";

describe("what an emulator is asked for", () => {
  test("when nothing is said", () => {
    const { seed, ...options } = emulatorOptions({});
    expect(seed).toEqual(expect.any(Number));
    expect(options).toEqual({
      port: 0,
      quotas: "test",
      level: "partner",
      latency: { kind: "log-normal", p50Us: 20_000, p95Us: 60_000 },
      apiKeys: null,
      protection: { multiple: 10, forUs: 60_000_000 },
      faults: [],
    });
  });

  test.each<[EmulatorRequest, object]>([
    [{ latency: "5ms" }, { latency: { kind: "constant", us: 5000 } }],
    [
      { customer: "approve" },
      {
        customer: {
          outcome: "approve",
          delay: { kind: "log-normal", p50Us: 2_000_000, p95Us: 6_000_000 },
        },
      },
    ],
    [
      { customer: "abandon", customerDelay: "1s" },
      { customer: { outcome: "abandon", delay: { kind: "constant", us: 1_000_000 } } },
    ],
    [{ protection: "off" }, { protection: null }],
    [{ protection: "2.5x,5min" }, { protection: { multiple: 2.5, forUs: 300_000_000 } }],
    [{ controlPort: 0 }, { control: { port: 0 } }],
    [{ accessLog: "/tmp/a.jsonl" }, { record: { log: "/tmp/a.jsonl", summary: null } }],
    [{ faults: ["stall"] }, { faults: ["stall"] }],
  ])("%j", (request, options) => {
    expect(emulatorOptions(request)).toMatchObject(options);
  });

  test.each<[string, EmulatorRequest, string]>([
    ["a port that is none", { port: 70_000 }, "USAGE_PORT"],
    ["a control port that is none", { controlPort: 1.5 }, "USAGE_PORT"],
    ["a latency that is none", { latency: "fast" }, "USAGE_LATENCY"],
    ["a latency longer than Klarna waits", { latency: "60s" }, "USAGE_LATENCY"],
    ["a tail longer than Klarna waits", { latency: "p50=1s,p95=60s" }, "USAGE_LATENCY"],
    ["a tail before the middle", { latency: "p50=60ms,p95=20ms" }, "USAGE_LATENCY"],
    ["a latency twice", { latency: "5ms", latencyFrom: "report.json" }, "USAGE_LATENCY"],
    ["a delay of nobody's", { customerDelay: "1s" }, "USAGE_CUSTOMER"],
    ["a protection of less than the quota", { protection: "0.5x,60s" }, "USAGE_PROTECTION"],
    ["a protection for no time", { protection: "2x,0s" }, "USAGE_PROTECTION"],
    ["a protection that is none", { protection: "strong" }, "USAGE_PROTECTION"],
    ["a folder in a file", { report: "/dev/null/x" }, "USAGE_PATH"],
    ["a seed that is none", { seed: -1 }, "USAGE_SEED"],
  ])("%s is refused", (_, request, code) => {
    expect(() => emulatorOptions(request)).toThrowError(
      expect.objectContaining({ code, exitCode: 2 }),
    );
  });
});
