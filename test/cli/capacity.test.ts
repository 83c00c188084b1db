import { readdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cli, type Workspace, workspace } from "../support/cli.ts";

let at: Workspace;
beforeEach(() => {
  at = workspace();
});
afterEach(() => at.remove());

const OPEN = "{ model: open, stages: [{ rate: 1/s, for: 5s }] }";
const CLOSED = "{ model: closed, virtualUsers: 2, for: 5s }";

function profile(workload: string, operation = "payment-request.create"): string {
  const text = `name: mine
kind: capacity
workload: ${workload}
scenarios:
  - { name: one, steps: [{ operation: ${operation} }] }
limits: { rate: 5/s }
`;
  writeFileSync(at.path("mine.yaml"), text);
  return "mine.yaml";
}

test.each([
  ["a target that is no rate", ["--target", "12"], "USAGE_TARGET"],
  ["a target of nothing", ["--target", "0/s"], "USAGE_TARGET"],
  ["quotas that there are not", ["--quotas", "playground"], "USAGE_QUOTAS"],
  ["a level that there is not", ["--level", "merchant"], "USAGE_LEVEL"],
  ["arrivals that there are not", ["--arrivals", "bursty"], "USAGE_ARRIVALS"],
  ["too few seeds", ["--seeds", "4"], "USAGE_SEEDS"],
  ["a budget that is no time", ["--budget", "10"], "USAGE_BUDGET"],
  ["a latency that is none", ["--latency", "p99=5ms"], "USAGE_LATENCY"],
  ["no such file of latencies", ["--latency-from", "none.json"], "USAGE_LATENCY_FROM"],
  [
    "an account of a partner's own key",
    ["--level", "partner", "--account", "krn:partner:global:account:test:AAAAAAAA"],
    "USAGE_LEVEL",
  ],
])("%s: exit 2, and nothing is left", async (_, args, code) => {
  const ended = await cli(at, ["capacity", profile(OPEN), ...args]);
  expect(ended.stderr).toContain(code);
  expect(ended.code).toBe(2);
  expect(readdirSync(at.cwd)).toEqual(["mine.yaml"]);
});

test("a closed workload has no rate: exit 2, naming the file", async () => {
  const ended = await cli(at, ["capacity", profile(CLOSED)]);
  expect(ended.stderr).toContain("CAPACITY_CLOSED: mine.yaml");
  expect(ended.code).toBe(2);
});

test("a quota of 0 allows no rate: exit 2, naming the category", async () => {
  const ended = await cli(at, ["capacity", profile(OPEN, "settlement.list")]);
  expect(ended.stderr).toContain("CAPACITY_NO_QUOTA");
  expect(ended.code).toBe(2);
});

test.each(["klarna-test", "playground-eu"])("%s: refused by the guard, exit 4", async (env) => {
  const ended = await cli(at, ["capacity", profile(OPEN), "--env", env]);
  expect(ended.stderr).toContain("GUARD_KIND_EMULATOR_ONLY");
  expect(ended.code).toBe(4);
  expect(readdirSync(at.cwd)).toEqual(["mine.yaml"]);
});

test("a folder that is not empty is left alone", async () => {
  const ended = await cli(at, ["capacity", profile(OPEN), "--out", at.cwd]);
  expect(ended.stderr).toContain("OUT_NOT_EMPTY");
  expect(ended.code).toBe(2);
});
