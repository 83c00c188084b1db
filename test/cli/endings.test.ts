import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  CAME_TO_ITS_END,
  cli,
  type Ended,
  isAlive,
  loadProfile,
  type Running,
  readReport,
  registeredEmulator,
  start,
  until,
  type Workspace,
  workspace,
} from "../support/cli.ts";

interface Started {
  readonly at: Workspace;
  readonly run: Running;
  readonly out: string;
  readonly emulator: number;
}

type OnTestFinished = (clean: () => void) => void;

/** A run that has begun to measure, its reports to be in `out`. */
async function started(onTestFinished: OnTestFinished, lasts: string): Promise<Started> {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("load.yaml"), loadProfile({ lasts }));
  mkdirSync(at.path("tmp"));
  const env = { TMPDIR: at.path("tmp") };
  const run = start(at, ["run", "load.yaml", "--out", "out"], { env });
  const { pid: emulator } = await registeredEmulator(at);
  const counts = at.path("out", "record", "counts.jsonl");
  await until(() => (existsSync(counts) && readFileSync(counts).length > 0) || undefined);
  return { at, run, out: at.path("out"), emulator };
}

const REPORTS = [
  "junit.xml",
  "openmetrics.txt",
  "record",
  "report.html",
  "report.json",
  "summary.md",
];

describe.concurrent("the folder of a run that goes on", () => {
  test("vanishes: all is there again at the end, every sample too, and a warning says so", async ({
    onTestFinished,
  }) => {
    const { run, out } = await started(onTestFinished, "3s");
    rmSync(out, { recursive: true });
    const { code, stderr } = await run.ended;
    expect(CAME_TO_ITS_END).toContain(code);
    expect(stderr.replace(/\s+/g, " ")).toContain("the record's folder or part of it went away");
    expect(readdirSync(out).sort()).toEqual(REPORTS);
    const { totals, warnings, operations } = readReport(out);
    expect(totals.forecast).toBe(60);
    expect(totals.planned + totals.notReached).toBe(60);
    expect(totals.answered).toBe(totals.planned - totals.drops.runner);
    const samples = operations.map(({ responseTime }) => responseTime.count);
    expect(samples.reduce((sum, count) => sum + count)).toBe(totals.answered);
    expect(warnings.map(({ code }) => code)).toContain("FAULT_RECORD_FOLDER_GONE");
  });

  test("gives way to a file: exit 1, and the record is kept where the message says", async ({
    onTestFinished,
  }) => {
    const { at, run, out } = await started(onTestFinished, "2s");
    rmSync(out, { recursive: true });
    writeFileSync(out, "");
    const { code, stderr } = await run.ended;
    expect(stderr).toMatch(/^klarna-perf: FAULT_REPORT_UNWRITABLE: /m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
    const kept = /`klarna-perf report ([^`]+)`/.exec(stderr)?.[1] ?? "";
    expect(kept).toContain(at.path("tmp"));
    const again = await cli(at, ["report", kept]);
    expect(again.code).toBe(0);
    const { totals } = readReport(kept);
    expect(totals.planned + totals.notReached).toBe(40);
    expect(totals.answered).toBe(totals.planned - totals.drops.runner);
  });
});

describe.concurrent("a run that is interrupted", () => {
  test.for(["SIGINT", "SIGTERM"] as const)(
    "by %s to its process group: exit 130, reports written, nothing left running",
    async (signal, { onTestFinished }) => {
      const { run, out, emulator, at } = await started(onTestFinished, "20s");
      run.signalGroup(signal);
      const ended = await run.ended;
      expectInterrupted(ended, out);
      expect(isAlive(emulator)).toBe(false);
      expect(readdirSync(join(at.state, "emulators"))).toEqual([]);
    },
  );

  test("by SIGTERM to it alone, as a CI system does: the same", async ({ onTestFinished }) => {
    const { run, out, emulator } = await started(onTestFinished, "20s");
    run.child.kill("SIGTERM");
    expectInterrupted(await run.ended, out);
    expect(isAlive(emulator)).toBe(false);
  });

  test("twice: ends at once, with the same exit code and no emulator", async ({
    onTestFinished,
  }) => {
    // Longer than the test may take: to wait for its end would fail.
    const { run, emulator } = await started(onTestFinished, "600s");
    run.signalGroup("SIGINT");
    run.signalGroup("SIGINT");
    expect((await run.ended).code).toBe(130);
    await until(() => !isAlive(emulator) || undefined, 3000);
  });

  test("before its first request: exit 130, and nothing left running or half done", async ({
    onTestFinished,
  }) => {
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "20s" }));
    const run = start(at, ["run", "load.yaml", "--out", "out"]);
    await until(() => run.said().includes("requests in 20 s") || undefined);
    run.signalGroup("SIGINT");
    const { code, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).not.toContain("FAULT");
    // Either it came to its reports, or there was nothing yet to report on and nothing is left of it.
    if (existsSync(at.path("out"))) {
      expect(readReport(at.path("out"))).toMatchObject({ interrupted: true, totals: { sent: 0 } });
    } else {
      expect(stderr).toMatch(/^interrupted before the first request$/m);
    }
    const registry = join(at.state, "emulators");
    expect(existsSync(registry) ? readdirSync(registry) : []).toEqual([]);
  });
});

test.concurrent("a run whose state directory gets a file named STOP: stopped, exit 6, and the next is refused", async ({
  onTestFinished,
}) => {
  const { at, run, out } = await started(onTestFinished, "20s");
  writeFileSync(join(at.state, "STOP"), "");
  const { code, stderr } = await run.ended;
  expect(code).toBe(6);
  expect(stderr).toContain("STOP_FILE");
  expect(readReport(out).stopReason?.code).toBe("STOP_FILE");
  expect(readReport(out).totals.planned).toBeGreaterThan(0);

  const next = await cli(at, ["run", "load.yaml", "--out", "next"]);
  expect(next.code).toBe(4);
  expect(next.stderr).toContain("GUARD_STOP_FILE");
  expect(next.stderr.replace(/\s+/g, " ")).toContain(`remove ${join(at.state, "STOP")} when`);
  expect(existsSync(at.path("next"))).toBe(false);
});

test.concurrent("a run that is killed: its emulator ends by itself, and `report` makes reports of what was recorded", async ({
  onTestFinished,
}) => {
  const { at, run, out, emulator } = await started(onTestFinished, "20s");
  run.child.kill("SIGKILL");
  expect((await run.ended).signal).toBe("SIGKILL");
  await until(() => !isAlive(emulator) || undefined, 3000);
  expect(readdirSync(join(at.state, "emulators"))).toEqual([]);
  expect(readdirSync(out)).toEqual(["record"]);

  const made = await cli(at, ["report", "out"]);
  expect(made.code).toBe(0);
  expect(made.stderr).toMatch(
    /^(not read: .*\n)*not read: end\.json is missing: the run did not end in order\n(not read: .*\n)*invalid: the run ended without closing its record\nreport: out\/report\.html\n$/,
  );
  expect(readdirSync(out).sort()).toEqual(REPORTS);
  const { totals, verdict, warnings } = readReport(out);
  expect(verdict).toBe("invalid");
  expect(totals.planned).toBeGreaterThanOrEqual(10);
  expect(warnings.map(({ code }) => code)).toContain("RECORD_INCOMPLETE");
});

describe.concurrent("a state directory that can't be used: the run goes on without it, and says so", () => {
  test.for([
    ["a file stands in its place", (path: string) => writeFileSync(path, ""), "not a folder"],
    [
      "others can read it",
      (path: string) => mkdirSync(path, { mode: 0o750 }),
      "its mode must be 0700",
    ],
    ["it lies below a file", (path: string) => writeFileSync(join(path, ".."), ""), "ENOTDIR"],
  ] as const)("%s", async ([what, make, why], { onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "1s" }));
    mkdirSync(at.path("tmp"));
    const state = what === "it lies below a file" ? at.path("file", "state") : at.path("state");
    make(state);
    const env = { KLARNA_PERF_STATE: state, TMPDIR: at.path("tmp") };
    const { code, stderr } = await cli(at, ["run", "load.yaml", "--out", "out"], { env });
    expect(CAME_TO_ITS_END).toContain(code);
    const [warning] = readReport(at.path("out")).warnings;
    expect(warning).toMatchObject({ code: "NO_HISTORY", text: expect.stringContaining(why) });
    expect(stderr.replace(/\s+/g, " ")).toContain("this run is in no history");
    expect(readdirSync(at.path("tmp"))).toEqual([]);

    // What rests on a registration there can't go on.
    for (const args of [
      ["emulator"],
      ["run", "load.yaml", "--out", "out2", "--emulator-url", "https://127.0.0.1:1"],
    ]) {
      const refused = await cli(at, args, { env });
      expect(refused.stderr).toMatch(/^klarna-perf: STATE_UNUSABLE: /m);
      expect(refused.code).toBe(2);
    }
    expect(existsSync(at.path("out2"))).toBe(false);
  });
});

function expectInterrupted({ code, stderr }: Ended, out: string): void {
  expect(code).toBe(130);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe("report: out/report.html");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(readdirSync(out).sort()).toEqual(REPORTS);
  const { interrupted, totals, stopReason } = readReport(out);
  expect(interrupted).toBe(true);
  expect(stopReason?.code).toBe("STOP_SIGNAL");
  expect(totals.forecast).toBe(400);
  expect(totals.planned).toBeGreaterThan(0);
  expect(totals.planned).toBeLessThan(400);
  expect(totals.planned + totals.notReached + totals.notDue).toBe(400);
  expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
}
