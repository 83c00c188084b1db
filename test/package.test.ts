import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../src/base/version.ts";
import { ROOT, readReport, SHORT_SMOKE, undisturbed } from "./support/cli.ts";

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

  test("its library and its schema can be imported", async () => {
    const script = `
      import schema from "klarna-perf/schemas/report.schema.json" with { type: "json" };
      import * as library from "klarna-perf";
      console.log(schema.title, typeof library);
    `;
    const { stdout } = await shell(
      process.execPath,
      ["--input-type=module", "-e", script],
      project,
    );
    expect(stdout).toBe("klarna-perf report object\n");
  });
});

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
