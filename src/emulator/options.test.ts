import { expect, test } from "vitest";
import { DEFAULT_LATENCY } from "../model/latency.ts";
import { type EmulatorOptions, parseOptions } from "./options.ts";

const OPTIONS: EmulatorOptions = {
  registryDir: "/somewhere/emulators",
  port: 0,
  quotas: "test",
  level: "partner",
  latency: DEFAULT_LATENCY,
  seed: 1,
  apiKeys: null,
  customer: null,
  protection: null,
  faults: [],
  control: null,
  record: null,
};

test("takes whole options as they are", () => {
  expect(parseOptions(JSON.stringify(OPTIONS))).toEqual(OPTIONS);
});

test("what has a default may be left out", () => {
  const { customer, protection, faults, control, record, ...least } = OPTIONS;
  expect(parseOptions(JSON.stringify(least))).toEqual(OPTIONS);
});

test.each([
  ["a relative folder", { registryDir: "emulators" }, "registryDir"],
  ["a port too high", { port: 65_536 }, "port"],
  ["an unknown quota table", { quotas: "none" }, "quotas"],
  ["an unknown level", { level: "psp" }, "level"],
  ["a latency without a kind", { latency: { us: 1 } }, "latency"],
  ["a negative seed", { seed: -1 }, "seed"],
  ["an empty list of keys", { apiKeys: [] }, "apiKeys"],
  ["a field missing", { apiKeys: undefined }, "apiKeys"],
  ["a field too many", { fault: [] }, "options"],
  ["a customer who does nothing known", { customer: { outcome: "pay" } }, "customer"],
  ["a record at a relative path", { record: { log: "x", summary: null } }, "record.log"],
  ["a control port that is none", { control: { port: -1 } }, "control.port"],
])("refuses %s, naming the field", (_, change, field) => {
  expect(() => parseOptions(JSON.stringify({ ...OPTIONS, ...change }))).toThrowError(
    expect.objectContaining({
      code: "EMULATOR_OPTIONS",
      message: expect.stringContaining(`can't be used: ${field}`),
    }),
  );
});

test("refuses a live key without repeating it", () => {
  const line = JSON.stringify({ ...OPTIONS, apiKeys: ["klarna_live_api_SECRET"] });
  expect(() => parseOptions(line)).toThrowError(
    expect.objectContaining({
      code: "EMULATOR_OPTIONS",
      message: "the emulator's options can't be used: apiKeys.0: must be a klarna_test_api_ key",
    }),
  );
});

test("refuses what is not JSON", () => {
  expect(() => parseOptions("{port: 0}")).toThrowError(
    expect.objectContaining({ message: "the emulator's options are not JSON" }),
  );
});
