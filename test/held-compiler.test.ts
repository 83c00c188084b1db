import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { holdCompiler } from "../src/base/compiler.ts";
import { prepare } from "../src/harness/prepare.ts";
import { Run } from "../src/harness/run.ts";
import type { RunOptions } from "../src/harness/run-options.ts";
import { warmUp } from "../src/harness/warm-up.ts";

/** What of a run is done with nothing compiled beside it: its timed part, and no other. */

const told: string[] = [];
let run: Run | undefined;

vi.mock("../src/base/compiler.ts", () => ({
  holdCompiler: vi.fn(() => told.push("held")),
  letCompile: vi.fn(() => {
    const reported = existsSync(join(folder, "out", "report.json")) ? ", reported" : "";
    told.push(`let after ${run?.live()?.totals.answered ?? 0}${reported}`);
  }),
}));
vi.mock("../src/harness/warm-up.ts", () => ({ warmUp: vi.fn(async () => told.push("warm")) }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "held-compiler-"));
  told.length = 0;
  run = undefined;
  vi.clearAllMocks();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PROFILE = `name: short
kind: capacity
workload: { model: open, stages: [{ rate: 20/s, for: 1s }] }
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
`;

async function execute(options: Partial<RunOptions>, before = (_made: Run): void => {}) {
  writeFileSync(join(folder, "short.yaml"), PROFILE);
  const clock = systemClock();
  const env = { ...process.env, KLARNA_PERF_STATE: join(folder, "state") };
  const around = { cwd: folder, env, execArgv: [], argv: [], nowMs: clock.wallMs() };
  const prepared = prepare({ profile: "short.yaml", environment: "emulator", seed: 1 }, around);
  run = await Run.withClearance(
    prepared,
    { command: "", out: join(folder, "out"), ...options },
    around,
    clock,
  );
  before(run);
  return run.execute();
}

test("from the end of the warm-up to the last answer, and the reports are made without", async () => {
  const { report } = await execute({ holdsCompiler: true });
  expect(report.totals).toMatchObject({ planned: 20, answered: 20 });
  expect(told.slice(0, 3)).toEqual(["warm", "held", "let after 20"]);
  expect(holdCompiler).toHaveBeenCalledOnce();
});

test("never where the process is somebody else's, who has not said so", async () => {
  await execute({});
  expect(told).toEqual(["warm"]);
});

test("never without a warm-up: what has never run would stay slow", async () => {
  await execute({ holdsCompiler: true, warmUp: false });
  expect(warmUp).not.toHaveBeenCalled();
  expect(holdCompiler).not.toHaveBeenCalled();
});

test("nor after a run that ended before its first request", async () => {
  await execute({ holdsCompiler: true }, (made) => made.interrupt());
  expect(told.slice(0, 3)).toEqual(["warm", "held", "let after 0"]);
});
