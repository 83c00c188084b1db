import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import { VERSION } from "../src/base/version.ts";
import { blocksOf } from "./docs/pages.ts";
import { loadProfile, ROOT, readReport, SHORT_SMOKE, undisturbed } from "./support/cli.ts";

/** Installing asks the npm registry for what the package depends on. */
const INSTALL_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-package-"));
const project = join(folder, "project");
const state = join(folder, "state");
let packed: readonly string[] = [];

beforeAll(async () => {
  mkdirSync(project);
  mkdirSync(state, { mode: 0o700 });
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [made] = JSON.parse((await shell("npm", pack, ROOT)).stdout);
  packed = made.files.map(({ path }: { path: string }) => path);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await shell("npm", ["install", join(folder, made.filename), ...quiet], project);
  // What the project has of its own: a runner of suites and a compiler, from here, so that nothing else is fetched.
  for (const name of ["vitest", "typescript"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball holds what runs and what is read, and no source, test or report", () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      "dist/bin.js",
      "dist/emulator-process.js",
      "dist/assets/report-page.js",
      "dist/github-action.js",
      "dist/index.js",
      "action.yml",
      "examples/github/nightly.yml",
      "examples/gitlab/klarna-perf.gitlab-ci.yml",
      "dist/types/index.d.ts",
      "profiles/smoke.yaml",
      "profiles/baseline.yaml",
      "profiles/rate-limit-drill.yaml",
      "schemas/report.schema.json",
      "schemas/profile.schema.json",
      "templates/profile.yaml",
      "CHANGELOG.md",
      "README.md",
      "package.json",
    ]),
  );
  const known =
    /^(?:dist|profiles|schemas|templates|docs|examples)\/|^(?:package\.json|action\.yml|README\.md|CHANGELOG\.md|LICENSE)$/;
  expect(packed.filter((path) => !known.test(path))).toEqual([]);
});

describe("installed into an empty project", () => {
  test("npx klarna-perf run smoke passes and leaves its reports", async () => {
    const { stderr, code } = await undisturbed(() => {
      rmSync(join(project, "reports"), { recursive: true, force: true });
      return npx(["run", ...SHORT_SMOKE]);
    });
    expect(stderr).toMatch(/^passed: all 3 thresholds were met$/m);
    expect(code).toBe(0);
    const [list, run = ""] = readdirSync(join(project, "reports")).sort();
    expect(list).toBe("index.html");
    expect(readdirSync(join(project, "reports", run)).sort()).toEqual([
      "junit.xml",
      "openmetrics.txt",
      "record",
      "report.html",
      "report.json",
      "summary.md",
    ]);
    expect(readReport(join(project, "reports", run)).totals.answered).toBe(4);
  });

  test("list, validate, plan and --version work, and the profiles are the package's", async () => {
    const builtIn = join("node_modules", "klarna-perf", "profiles");
    const list = await npx(["list"]);
    expect([list.code, list.stdout]).toEqual([
      0,
      expect.stringContaining(join(builtIn, "smoke.yaml")),
    ]);
    const validate = await npx(["validate"]);
    expect([validate.code, validate.stdout]).toEqual([
      0,
      expect.stringMatching(/smoke\.yaml: valid, 12 requests$/m),
    ]);
    const plan = await npx(["plan", "smoke"]);
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("the guard allows it:")]);
    expect((await npx(["--version"])).stdout).toBe(`${VERSION}\n`);
  });

  test("a profile is made, planned, run twice, compared, listed, and its reports made again", async () => {
    const made = await npx(["init", "mine"]);
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("profiles/mine.yaml")]);
    const planned = await npx(["plan", "mine"]);
    expect([planned.code, planned.stdout]).toEqual([
      0,
      expect.stringContaining("mine (baseline) on emulator, from profiles/mine.yaml"),
    ]);
    const validated = await npx(["validate", "profiles/mine.yaml"]);
    expect(validated.stdout).toBe("profiles/mine.yaml: valid, 170 requests\n");

    writeFileSync(join(project, "load.yaml"), loadProfile());
    for (const out of ["before", "after"]) {
      const { code, stderr } = await undisturbed(() => {
        rmSync(join(project, out), { recursive: true, force: true });
        return npx(["run", "./load.yaml", "--out", out]);
      });
      expect(code, stderr).toBe(0);
    }
    const compared = await npx(["compare", "before", "after"]);
    expect([compared.code, compared.stdout]).toEqual([
      0,
      expect.stringMatching(/^compared with load-\S+: difference: /),
    ]);
    const history = await npx(["history"]);
    expect(
      history.stdout.match(/ load {2,}emulator {2,}(?:passed|invalid) /g)?.length,
    ).toBeGreaterThan(1);

    const page = join(project, "after", "report.html");
    const before = readFileSync(page, "utf8");
    rmSync(page);
    expect(await npx(["report", "after"])).toMatchObject({ code: 0 });
    expect(readFileSync(page, "utf8")).toBe(before);
  });

  test("a drill judges its client, and a capacity check finds a limit", async () => {
    const short = ["0", "2", "3", "4"].map((stage) => `--set=workload.stages[${stage}].for=1s`);
    const naive = ["backoff=none", "ignoreReset=true", "attempts=5"].map(
      (one) => `--set=scenarios[0].steps[0].retry.${one}`,
    );
    const drill = await npx(["run", "rate-limit-drill", ...short, ...naive]);
    expect(drill.stderr).toMatch(/^ {2}fail {2,}Nothing is sent before the reset: /m);
    expect([3, 5]).toContain(drill.code);
    const one = loadProfile().replace(/^ +- operation: payment-request.read\n.*\n/m, "");
    writeFileSync(join(project, "one.yaml"), one);
    const check = ["--no-real", "--seed", "1", "--quotas", "test", "--target", "20/s"];
    const capacity = await npx(["capacity", "./one.yaml", ...check]);
    expect([capacity.code, capacity.stderr]).toEqual([
      3,
      expect.stringMatching(/^Arithmetic bound: 12\/s, by payment-transaction-capture$/m),
    ]);
  });

  test("doctor finds nothing that keeps a run from beginning", async () => {
    const { code, stdout } = await npx(["doctor"]);
    expect(code, stdout).toBe(0);
  });

  test("a gate passes an application's request on, and reports it", async () => {
    const { PATH = "" } = process.env;
    const bin = join(project, "node_modules", ".bin", "klarna-perf");
    const gate = spawn(bin, ["gate", "--out", "gate"], {
      cwd: project,
      env: { PATH, HOME: project, KLARNA_PERF_STATE: state },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(gate, "close");
    const [line] = await once(gate.stdout.setEncoding("utf8"), "data");
    const { status } = await fetch(new URL("v2/payment/requests/krn:none", String(line).trim()));
    expect(status).toBe(404);
    gate.kill("SIGINT");
    expect((await ended)[0]).toBe(EXIT.passed);
    expect(readReport(join(project, "gate")).totals.answered).toBe(1);
  });

  test("its library and its schema can be imported", async () => {
    const script = `
      import schema from "klarna-perf/schemas/report.schema.json" with { type: "json" };
      import * as library from "klarna-perf";
      console.log(schema.title, Object.keys(library).join(" "));
    `;
    const { stdout } = await shell(
      process.execPath,
      ["--input-type=module", "-e", script],
      project,
    );
    expect(stdout).toBe(
      "klarna-perf report EXIT Fault KlarnaPerfError Refusal Refusals UsageError UsageErrors plan run startEmulator\n",
    );
  });

  test("the suite that the README shows passes, and is well typed", async () => {
    const [suite] = blocksOf("README.md").filter(({ language }) => language === "ts");
    writeFileSync(join(project, "perf.test.ts"), suite?.text ?? "");
    writeFileSync(join(project, "misuse.test.ts"), MISUSE);
    expect(
      await shell(process.execPath, [...TSC, "perf.test.ts", "misuse.test.ts"], project),
    ).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const vitest = [join("node_modules", "vitest", "vitest.mjs"), "run", "perf.test.ts"];
    const ended = await undisturbed(async () => {
      const { code, stdout, stderr } = await shell(process.execPath, vitest, project);
      const late = stdout.includes("to be 'passed'") && stdout.includes("invalid");
      return { code: late ? 5 : code, stdout, stderr };
    });
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/Tests .*1 passed/);
    // A baseline was asked for, and there is no earlier run that is alike: this file's others are shorter.
    expect(newestReport()).toMatchObject({ comparison: { outcome: "not-compared" } });
  });
});

/** As a careful project checks: the package's own declarations too. */
const TSC = [
  join("node_modules", "typescript", "bin", "tsc"),
  ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2023"],
  ...[
    "--module",
    "nodenext",
    "--types",
    "node",
    "--typeRoots",
    join(ROOT, "node_modules", "@types"),
  ],
];

/** What the compiler must stop, each on the line below its mark. */
const MISUSE = `import { plan, run, startEmulator } from "klarna-perf";
// @ts-expect-error a run needs a profile
await run({});
// @ts-expect-error the emulator's quotas are test or live
await startEmulator({ quotas: "none" });
// @ts-expect-error a baseline is named by text
await run({ profile: "smoke", baseline: 1 });
// @ts-expect-error a key is for the command line alone
await run({ profile: "smoke", apiKey: "x" });
const { decision } = plan({ profile: "smoke", set: ["limits.rate=1/s"] });
// @ts-expect-error what is refused is asked first
decision.code;
if (!decision.allowed) decision.code satisfies string;
`;

function newestReport() {
  const folder = join(project, "reports");
  const runs = readdirSync(folder).filter((name) => name.startsWith("smoke-"));
  return readReport(join(folder, runs.sort().at(-1) ?? ""));
}

function npx(args: readonly string[]): ReturnType<typeof shell> {
  return shell("npx", ["--no-install", "klarna-perf", ...args], project);
}

/** Runs a program to its end; what it exits with is for the caller to judge. */
function shell(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, KLARNA_PERF_STATE: state, npm_config_update_notifier: "false" };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: INSTALL_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}
