import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../src/base/errors.ts";
import {
  CAME_TO_ITS_END,
  isAlive,
  readReport,
  registeredEmulator,
  undisturbed,
  until,
} from "../support/cli.ts";
import { type Job, job, readAction, runStep, type StartedStep, startStep } from "./fake-runner.ts";

let here: Job;
beforeEach(() => {
  here = job();
});
afterEach(() => here.remove());

/** Two seconds of it. */
const SHORT = `name: short
kind: smoke
workload: { model: open, stages: [{ rate: 2/s, for: 2s }] }
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: errors, max: 0 }, { figure: responseTime.max, max: 20s }]
`;

const NAME = /^short-\d{8}T\d{6}Z-[0-9a-f]{6}$/;

function profile(text = SHORT): string {
  writeFileSync(join(here.workspace, "short.yaml"), text);
  return "./short.yaml";
}

describe("the action's step, as a runner runs it", { timeout: 60_000 }, () => {
  it("runs a profile, tells what came of it, and keeps ledger and reports", async () => {
    const { code, log, outputs, summary } = await runStep(here, { profile: profile() });
    expect(CAME_TO_ITS_END, log).toContain(code);
    expect(outputs).toMatchObject({ "exit-code": String(code), id: expect.stringMatching(NAME) });
    const used = JSON.stringify(readAction()).matchAll(/steps\.run\.outputs\.([\w-]+)/g);
    expect(Object.keys(outputs).sort()).toEqual(
      [...new Set([...used].map(([, one]) => one))].sort(),
    );
    expect(["passed", "invalid"]).toContain(outputs.verdict);
    expect(log).toMatch(/^::(?:notice|warning|error) title=klarna-perf short\.yaml::/m);
    expect(summary).toMatch(/^## klarna-perf: /);
    const report = outputs.report ?? "";
    expect(report.replace(/-again$/, "")).toBe(
      join(here.workspace, "klarna-perf-home", "reports", outputs.id ?? ""),
    );
    expect(readdirSync(report)).toEqual(
      expect.arrayContaining(["junit.xml", "report.html", "report.json", "summary.md"]),
    );
    expect(readdirSync(join(here.workspace, "klarna-perf-home", "state"))).toContain("audit.log");
  });

  it("makes a missed threshold a failure only when a second run misses it too", async () => {
    const missed = SHORT.replace("max: 20s", "max: 1us");
    const { code, log, outputs } = await runStep(here, { profile: profile(missed) });
    expect(log).toContain("a second run decides");
    expect([EXIT.failed, EXIT.invalid], log).toContain(code);
    expect(log).toMatch(/^::error title=klarna-perf short\.yaml::twice: /m);
    expect(outputs.report).toMatch(/-again$/);
  });

  it("takes nothing of an input for a command", async () => {
    const hostile = '$(touch pwned) `touch pwned` "; touch pwned; #';
    const { code, log } = await runStep(here, {
      profile: hostile,
      tags: hostile,
      set: hostile,
      judge: hostile,
    });
    expect(code).toBe(EXIT.usage);
    expect(log).toMatch(/^::error title=klarna-perf /m);
    expect(existsSync(join(here.workspace, "pwned"))).toBe(false);
  });

  it("says what is wrong with an input, in one annotation", async () => {
    const { code, log } = await runStep(here, { profile: "smoke", inconclusive: "perhaps" });
    expect([code, log]).toEqual([
      EXIT.usage,
      "::error title=klarna-perf::CI_INPUT: the input `inconclusive` can't be `perhaps`; give warn or fail\n",
    ]);
  });

  it("hands account and client certificate on, and they are judged as on the command line", async () => {
    const { code, log } = await runStep(here, {
      profile: profile(),
      account: "krn:partner:global:account:live:ABCDEFGH",
      "client-cert": "client.pem",
      "client-key": "client.key",
    });
    expect(code, log).toBe(EXIT.refused);
    expect(log).toContain("GUARD_LIVE");
    expect(log).not.toContain("ABCDEFGH");
  });

  it("says which half of a client certificate is missing", async () => {
    const { code, log, outputs } = await runStep(here, {
      profile: profile(),
      "client-cert": "client.pem",
    });
    expect([code, outputs]).toEqual([EXIT.usage, {}]);
    expect(log).toContain(
      "CI_INPUT: the input `client-key` can't be ``; give both files, or neither",
    );
  });

  it("begins nothing, and so has nothing to save, for a run against Klarna that is to be forgotten", async () => {
    const { code, log, outputs } = await runStep(here, {
      profile: "smoke",
      environment: "klarna-test",
      "save-history": "false",
    });
    expect([code, outputs]).toEqual([EXIT.usage, {}]);
    expect(log).toContain("CI_INPUT: the input `save-history` can't be `false`; give true: ");
  });

  it("does not repeat what the guard refuses, and fails the job", async () => {
    const { code, log, outputs } = await runStep(here, {
      profile: profile(),
      environment: "klarna-live",
    });
    expect(code).toBe(EXIT.refused);
    expect(log).not.toContain("a second run");
    expect(outputs).toMatchObject({ verdict: "", id: expect.stringMatching(NAME), report: "" });
  });
});

/** A step whose run has begun to measure, and its emulator's process. */
async function measuring(text: string): Promise<{ step: StartedStep; emulator: number }> {
  const step = startStep(here, { profile: profile(text) });
  const home = join(here.workspace, "klarna-perf-home");
  const { pid } = await registeredEmulator({ state: join(home, "state") });
  await until(() => {
    const [run] = existsSync(join(home, "reports")) ? readdirSync(join(home, "reports")) : [];
    const counts = join(home, "reports", run ?? "none", "record", "counts.jsonl");
    return (existsSync(counts) && readFileSync(counts).length > 0) || undefined;
  });
  return { step, emulator: pid };
}

describe("a home that is saved and restored", { timeout: 90_000 }, () => {
  it("carries ledger and history to the next job", async () => {
    const home = join(here.workspace, "klarna-perf-home");
    const first = await undisturbed(() => runStep(here, { profile: profile() }));
    expect(first.code, first.log).toBe(EXIT.passed);
    // The next job's workspace has nothing but what the cache restores.
    const cache = mkdtempSync(join(tmpdir(), "klarna-perf-cache-"));
    cpSync(home, join(cache, "home"), { recursive: true });
    rmSync(here.workspace, { recursive: true });
    mkdirSync(join(here.workspace, "files"), { recursive: true });
    cpSync(join(cache, "home"), home, { recursive: true });
    rmSync(cache, { recursive: true });

    const second = await undisturbed(() =>
      runStep(here, { profile: profile(), baseline: "last", confirm: "false" }),
    );
    expect(second.code, second.log).toBe(EXIT.passed);
    const { comparison } = readReport(second.outputs.report ?? "");
    const ran = readReport(first.outputs.report ?? "").run.id;
    expect(comparison?.baselines.map(({ id }) => id)).toContain(ran);
    const audit = readFileSync(join(home, "state", "audit.log"), "utf8");
    expect(audit).toContain(ran);
  });
});

describe("a job that is cancelled", { timeout: 60_000 }, () => {
  it("asks the run to end: exit 130, the reports written, nothing sent any more", async () => {
    const { step, emulator } = await measuring(SHORT.replace("for: 2s", "for: 15s"));
    step.signal("SIGINT");
    const { code, log, outputs, summary } = await step.ended;
    expect(code, log).toBe(EXIT.interrupted);
    expect(isAlive(emulator)).toBe(false);
    expect(outputs).toMatchObject({ verdict: "interrupted", "exit-code": "130" });
    expect(log).not.toContain("a second run");
    expect(summary).toMatch(/^## klarna-perf: /);
    const { interrupted, totals } = readReport(outputs.report ?? "");
    expect(interrupted).toBe(true);
    expect(totals.sent).toBeLessThan(20);
  });

  it("asks again, since the answers take too long: the run ends at once, and its emulator", async () => {
    const slow = `${SHORT.replace("for: 2s", "for: 15s")}emulator: { latency: 20s }\n`;
    const { step, emulator } = await measuring(slow);
    step.signal("SIGINT");
    step.signal("SIGTERM");
    const { code, log, outputs } = await step.ended;
    expect(code, log).toBe(EXIT.interrupted);
    // No report: it did not wait for the answers.
    expect(outputs).toMatchObject({ "exit-code": "130", report: "" });
    await until(() => !isAlive(emulator) || undefined);
  });
});
