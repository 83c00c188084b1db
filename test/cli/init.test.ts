import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EXIT } from "../../src/base/errors.ts";
import { cli, type Workspace, workspace } from "../support/cli.ts";

let at: Workspace;
beforeEach(() => {
  at = workspace();
});
afterEach(() => at.remove());

it("writes a profile that is valid as it is, and says what comes next", async () => {
  const { code, stdout } = await cli(at, ["init", "checkout"]);
  expect([code, stdout]).toEqual([
    EXIT.passed,
    "written: profiles/checkout.yaml\nnext: klarna-perf plan checkout\n",
  ]);
  const plan = await cli(at, ["plan", "checkout"]);
  expect(plan.code, plan.stderr).toBe(EXIT.passed);
  expect(plan.stdout).toContain("the guard allows it:");
  expect(plan.stderr).toBe("");
});

it("names the schema on the first line, and it is there", async () => {
  await cli(at, ["init"]);
  const [first = ""] = readFileSync(at.path("profiles", "my-profile.yaml"), "utf8").split("\n");
  const path = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? "";
  expect(existsSync(isAbsolute(path) ? path : resolve(at.path("profiles"), path))).toBe(true);
});

it("never writes over a file", async () => {
  mkdirSync(at.path("profiles"));
  writeFileSync(at.path("profiles", "mine.yaml"), "precious");
  const { code, stderr } = await cli(at, ["init", "mine"]);
  expect([code, stderr]).toEqual([EXIT.usage, expect.stringContaining("INIT_EXISTS")]);
  expect(readFileSync(at.path("profiles", "mine.yaml"), "utf8")).toBe("precious");
});

it.each(["Upper", "../climb", "a b", "x".repeat(65)])("is no name: %j", async (name) => {
  const { code, stderr } = await cli(at, ["init", name]);
  expect(code).toBe(EXIT.usage);
  expect(stderr).toMatch(/INIT_NAME/);
  expect(existsSync(at.path("profiles"))).toBe(false);
});

it("says so where it can't write", async () => {
  writeFileSync(at.path("profiles"), "a file");
  const { code, stderr } = await cli(at, ["init", "mine"]);
  expect([code, stderr]).toEqual([EXIT.usage, expect.stringMatching(/INIT_(?:UNWRITABLE|EXISTS)/)]);
});
