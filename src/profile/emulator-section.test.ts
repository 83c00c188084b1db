import { describe, expect, it } from "vitest";
import { formatPlace, UsageError, UsageErrors } from "../base/errors.ts";
import { FAULT_KINDS } from "../emulator/faults/kinds.ts";
import { simpleLatencySchema } from "../model/latency.ts";
import { FAULTS } from "./emulator-section.ts";
import { readLatency, readProtection } from "./emulator-words.ts";
import { parseProfile } from "./read.ts";

function read(section: string) {
  return parseProfile(
    `name: p
kind: capacity
workload: { model: open, stages: [{ rate: 1/s, for: 10s }] }
scenarios: [{ name: a, steps: [{ operation: payment-request.create }] }]
emulator: ${section}
`,
    "p.yaml",
  ).emulator;
}

function told(section: string): string[] {
  try {
    read(section);
  } catch (error) {
    const all =
      error instanceof UsageErrors ? error.all : error instanceof UsageError ? [error] : [];
    return all.map(({ code, place }) => `${code} ${formatPlace(place)}`);
  }
  return [];
}

describe("a profile's emulator", () => {
  it("takes the words of `klarna-perf emulator`, and keeps them as they are", () => {
    const section = {
      customer: "approve",
      customerDelay: "p50=100ms,p95=300ms",
      quotas: "live",
      latency: "5ms",
      protection: "off",
      faults: ["stall:operation=payment-request.*,delay=2s", "redirect"],
    };
    expect(read(JSON.stringify(section))).toEqual(section);
    expect(read("{}")).toEqual({});
  });

  it.each<[string, string[]]>([
    ["{ customer: pays }", ["PROFILE_UNKNOWN_VALUE p.yaml:5:23"]],
    ["{ customerDelay: 1s }", ["PROFILE_VALUE p.yaml:5:28"]],
    ["{ customer: approve, customerDelay: soon }", ["PROFILE_VALUE p.yaml:5:47"]],
    ["{ quotas: production }", ["PROFILE_UNKNOWN_VALUE p.yaml:5:21"]],
    ["{ latency: 20 }", ["PROFILE_VALUE p.yaml:5:22"]],
    ["{ latency: 60s }", ["PROFILE_VALUE p.yaml:5:22"]],
    ["{ latency: 'p50=60ms,p95=20ms' }", ["PROFILE_VALUE p.yaml:5:22"]],
    ["{ protection: 0.5x,60s }", ["PROFILE_VALUE p.yaml:5:25", "PROFILE_UNKNOWN_KEY p.yaml:5:30"]],
    ["{ faults: [stal, 'stall:delay=1s'] }", ["PROFILE_VALUE p.yaml:5:22"]],
    ["{ port: 8443 }", ["PROFILE_UNKNOWN_KEY p.yaml:5:13"]],
  ])("%s", (section, places) => {
    expect(told(section)).toEqual(places);
  });

  it("knows the faults that there are", () => {
    expect([...FAULTS].sort()).toEqual([...FAULT_KINDS.keys()].sort());
  });
});

describe("its words", () => {
  it.each<[string, unknown]>([
    ["20ms", { kind: "constant", us: 20_000 }],
    ["0s", { kind: "constant", us: 0 }],
    ["59s", { kind: "constant", us: 59_000_000 }],
    ["p50=20ms,p95=60ms", { kind: "log-normal", p50Us: 20_000, p95Us: 60_000 }],
    ["p50=20ms,p95=20ms", { kind: "log-normal", p50Us: 20_000, p95Us: 20_000 }],
    ["60s", undefined],
    ["p50=0s,p95=1s", undefined],
    ["p50=2s,p95=1s", undefined],
    ["p95=60ms,p50=20ms", undefined],
    ["fast", undefined],
    ["", undefined],
  ])("latency %s", (text, latency) => {
    expect(readLatency(text)).toEqual(latency);
    if (latency !== undefined) expect(simpleLatencySchema.parse(latency)).toEqual(latency);
  });

  it.each<[string, unknown]>([
    ["10x,60s", { multiple: 10, forUs: 60_000_000 }],
    ["1.5x,1s", { multiple: 1.5, forUs: 1_000_000 }],
    ["off", null],
    ["0.5x,60s", undefined],
    ["10x,0s", undefined],
    ["10,60s", undefined],
    ["on", undefined],
  ])("protection %s", (text, rule) => {
    expect(readProtection(text)).toEqual(rule);
  });
});
