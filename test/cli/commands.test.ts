import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { VERSION } from "../../src/base/version.ts";
import {
  CAME_TO_ITS_END,
  cli,
  isAlive,
  loadProfile,
  ROOT,
  readReport,
  registeredEmulator,
  start,
  until,
  workspace,
} from "../support/cli.ts";

const at = workspace();
afterAll(at.remove);

writeFileSync(at.path("load.yaml"), loadProfile());
writeFileSync(
  at.path("wrong.yaml"),
  loadProfile({ rate: "-10/s" }).replace("name: load", "nmae: load"),
);

describe("list", () => {
  test("names the built-in profiles: what they cost, where they may run, where they lie", async () => {
    const { code, stdout, stderr } = await cli(at, ["list"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^smoke \(smoke\): 12 requests in 12 s, on emulator, klarna-test$/m);
    expect(stdout).toMatch(
      /^baseline \(baseline\): 960 requests in 70 s, on emulator, klarna-test$/m,
    );
    expect(stdout).toContain(join(ROOT, "profiles", "smoke.yaml"));
  });

  test("--json: one object with the same", async () => {
    const { code, stdout } = await cli(at, ["list", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      profiles: [
        { name: "baseline", kind: "baseline", requests: 960, durationUs: 70_000_000 },
        { name: "capacity", kind: "capacity", environments: ["emulator"] },
        { name: "checkout-journey", kind: "baseline", environments: ["emulator"] },
        { name: "order-management", kind: "baseline", environments: ["emulator"] },
        { name: "rate-limit-drill", kind: "rate-limit-drill", requests: 97 },
        { name: "smoke", kind: "smoke", environments: ["emulator", "klarna-test"] },
        { name: "soak", kind: "soak", environments: ["emulator"] },
        { name: "spike", kind: "spike", environments: ["emulator"] },
      ],
    });
  });
});

describe("validate", () => {
  test("without files: every profile that has a name here", async () => {
    const { code, stdout, stderr } = await cli(at, ["validate"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toEqual([
      `${join(ROOT, "profiles", "baseline.yaml")}: valid, 960 requests`,
      `${join(ROOT, "profiles", "capacity.yaml")}: valid, 5739 requests`,
      `${join(ROOT, "profiles", "checkout-journey.yaml")}: valid, 520 requests`,
      `${join(ROOT, "profiles", "order-management.yaml")}: valid, 967 requests`,
      `${join(ROOT, "profiles", "rate-limit-drill.yaml")}: valid, 97 requests`,
      `${join(ROOT, "profiles", "smoke.yaml")}: valid, 12 requests`,
      `${join(ROOT, "profiles", "soak.yaml")}: valid, 16506 requests`,
      `${join(ROOT, "profiles", "spike.yaml")}: valid, 1080 requests`,
    ]);
  });

  test("a good file", async () => {
    const { code, stdout } = await cli(at, ["validate", "load.yaml"]);
    expect([code, stdout]).toEqual([0, "load.yaml: valid, 40 requests\n"]);
  });

  test("several, one of them wrong: every mistake in it with its place, the good ones as well, exit 2", async () => {
    const { code, stdout, stderr } = await cli(at, [
      "validate",
      "wrong.yaml",
      "load.yaml",
      "smoke",
    ]);
    expect(code).toBe(2);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toContain("PROFILE_UNKNOWN_KEY: wrong.yaml:1:1: unknown key `nmae`");
    expect(stderr).toContain("did you mean `name`?");
    expect(stderr).toContain("PROFILE_RATE: wrong.yaml:6:15:");
  });
});

describe("plan", () => {
  test("says what a run would do and what the guard says to it", async () => {
    const { code, stdout, stderr } = await cli(at, ["plan", "smoke"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/3 journeys, 12 requests in 12 s; seed \d+/);
    expect(stdout).toMatch(/payment-transaction-capture {2,}3 {2,}0\.25\/s {2,}1\/s/);
    expect(stdout).toContain("the guard allows it:");
  });

  test("of a drill: when its bursts are, how high they go, and what the guard says to them", async () => {
    const { code, stdout } = await cli(at, ["plan", "rate-limit-drill"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/payment-transaction-capture {2,}97 {2,}1\/s {2,}6\/s\n/);
    expect(stdout).toMatch(
      /in bursts {2,}18\/s {2,}18\/s\n +from 5 s to 7 s\n +from 17 s to 19 s\n/,
    );
    expect(stdout).toContain("18/s in 2 bursts, 2 s the longest and 4 s in all");
  });

  test("of a run that the guard refuses: its code and what to do, exit 4", async () => {
    const { code, stdout } = await cli(at, ["plan", "smoke", "--env", "klarna-test"]);
    expect(code).toBe(4);
    expect(stdout).toContain("the guard refuses: GUARD_PERMIT_MISSING:");
    expect(stdout).toContain("--permit <file>");
  });

  test("--json: one object with the counts, the stages and the decision", async () => {
    const { code, stdout } = await cli(at, ["plan", "load.yaml", "--json", "--seed", "3"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: "load.yaml",
      kind: "capacity",
      seed: 3,
      journeys: 20,
      requests: 40,
      duration: 2_000_000,
      stages: [{ phase: "steady", from: 10, to: 10, duration: 2_000_000 }],
      decision: { allowed: true },
    });
  });

  test("each --set counts; of any other option given twice, the last one", async () => {
    const set = ["--set", "workload.maxInFlight=7", "--set", "workload.stages[0].for=4s"];
    const seeds = ["--seed", "1", "--seed", "2"];
    const { stdout } = await cli(at, ["plan", "load.yaml", "--json", ...set, ...seeds]);
    expect(JSON.parse(stdout)).toMatchObject({ maxInFlight: 7, duration: 4_000_000, seed: 2 });
  });

  test("the same seed makes the same plan, and run --dry-run prints it", async () => {
    const [plan, dryRun] = await Promise.all([
      cli(at, ["plan", "load.yaml", "--seed", "3"]),
      cli(at, ["run", "load.yaml", "--seed", "3", "--dry-run"]),
    ]);
    expect(dryRun).toEqual(plan);
  });
});

describe("help and version", () => {
  test("--version is package.json's", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const { code, stdout } = await cli(at, ["--version"]);
    expect([code, stdout]).toEqual([0, `${version}\n`]);
    expect(VERSION).toBe(version);
  });

  test("--help lists every command and the exit codes", async () => {
    const { code, stdout, stderr } = await cli(at, ["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const command of ["run <profile>", "plan <profile>", "list", "validate [files..]"]) {
      expect(stdout).toContain(`klarna-perf ${command}`);
    }
    expect(stdout.replace(/\s+/g, " ")).toContain("0 passed, 1 fault, 2 usage or configuration");
  });

  test("each command's --help has an example, speaks English, and does nothing else", async () => {
    const { stdout } = await cli(at, ["--help"]);
    const commands = [...stdout.matchAll(/^ {2}klarna-perf (\w+)/gm)].map(([, name = ""]) => name);
    expect(commands).toEqual(expect.arrayContaining(["run", "plan", "list", "validate", "report"]));
    for (const command of commands) {
      const help = await cli(at, [command, "--help"], { env: { LC_ALL: "de_DE.UTF-8" } });
      expect([command, help.code, help.stderr]).toEqual([command, 0, ""]);
      expect(help.stdout).toMatch(/^Options:$/m);
      expect(help.stdout, command).toMatch(
        new RegExp(`^Examples:\\n {2}klarna-perf ${command}`, "m"),
      );
    }
  });
});

test("emulator prints its address, serves a run that names it, and goes when interrupted", async () => {
  const emulator = start(at, ["emulator", "--latency", "1ms", "--seed", "5"]);
  const { url, pid } = await registeredEmulator(at);
  expect(await until(() => (emulator.said().includes("\n") ? emulator.said() : undefined))).toMatch(
    `${url}\n`,
  );
  const run = await cli(at, ["run", "load.yaml", "--out", "out", "--emulator-url", url]);
  expect(CAME_TO_ITS_END).toContain(run.code);
  expect(readReport(at.path("out")).guard).toMatchObject({ origin: url });

  expect(isAlive(pid)).toBe(true);
  emulator.signalGroup("SIGINT");
  expect(await emulator.ended).toMatchObject({ code: 0, stdout: `${url}\n` });
  expect(isAlive(pid)).toBe(false);
  const again = await cli(at, ["run", "load.yaml", "--emulator-url", url]);
  expect([again.code, again.stderr]).toEqual([
    4,
    expect.stringContaining("GUARD_EMULATOR_UNKNOWN"),
  ]);
});
