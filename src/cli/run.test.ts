import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { prepare } from "../harness/prepare.ts";
import { holdsCompiler } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "run-command-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function planOf(workload: string) {
  writeFileSync(
    join(cwd, "mine.yaml"),
    `name: mine
kind: capacity
workload: ${workload}
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
limits: { rate: ${workload.includes("closed") ? "10/s" : "1300/s"} }
`,
  );
  const around = { cwd, env: { KLARNA_PERF_STATE: cwd }, execArgv: [], argv: [], nowMs: 0 };
  return prepare({ profile: "mine.yaml", environment: "emulator", seed: 1 }, around).plan;
}

test.each([
  ["{ model: open, stages: [{ rate: 1/s, for: 10s }] }", true],
  ["{ model: open, stages: [{ rate: 1000/s, for: 1s }] }", true],
  ["{ model: open, stages: [{ rate: 1/s, for: 10s }, { rate: 1001/s, for: 1s }] }", false],
  // Its pace is whatever the target's is.
  ["{ model: closed, virtualUsers: 2, for: 10s }", false],
])("the compiler is held for %s: %s", (workload, held) => {
  expect(holdsCompiler(planOf(workload))).toBe(held);
});
