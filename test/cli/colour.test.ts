import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, cli, loadProfile, workspace } from "../support/cli.ts";

/** Gives a command a terminal: `script` of util-linux, which tells of its version what others do not know. */
const hasTerminal = /util-linux/.test(spawnSync("script", ["--version"]).stdout?.toString() ?? "");
const NO_TERMINAL = hasTerminal ? "" : " (SKIPPED: no `script` of util-linux)";

const at = workspace();

beforeAll(() => {
  const brief = loadProfile({ rate: "2/s", lasts: "1s" }).replace(
    "errors, max: 0",
    "errors, max: 5",
  );
  writeFileSync(at.path("brief.yaml"), brief);
});
afterAll(at.remove);

/** Everything that a run writes to its terminal. */
function onTerminal(env: Readonly<Record<string, string>>): string {
  const command = `'${process.execPath}' '${BIN}' run brief.yaml --out 'terminal-${Object.keys(env).join()}'`;
  const { stdout, status } = spawnSync("script", ["-qec", command, "/dev/null"], {
    cwd: at.cwd,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: at.cwd,
      KLARNA_PERF_STATE: at.state,
      TERM: "xterm-256color",
      ...env,
    },
    encoding: "utf8",
    timeout: 25_000,
  });
  // 5: the machine was too busy; it says so in the same colours.
  expect([0, 5]).toContain(status);
  expect(stdout).toContain("report: ");
  return stdout;
}

/** A colour or a weight (ECMA-48, SGR). */
const STYLED = /\u001b\[[\d;]*m/;

test.skipIf(!hasTerminal)(`a terminal gets colours, and one line rewritten${NO_TERMINAL}`, () => {
  const text = onTerminal({});
  expect(text).toMatch(STYLED);
  expect(text).toContain("\u001b[K");
});

test.skipIf(!hasTerminal).each([{ NO_COLOR: "1" }, { TERM: "dumb" }])(
  `a terminal with %o gets no colour${NO_TERMINAL}`,
  (env) => {
    expect(onTerminal(env)).not.toMatch(STYLED);
  },
);

test("a pipe gets no escape at all, whatever asks for colour", async () => {
  const env = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1", TERM: "xterm-256color" };
  const { stdout, stderr } = await cli(at, ["run", "brief.yaml", "--out", "piped"], { env });
  expect(stderr).toContain("report: ");
  expect(stdout + stderr).not.toContain("\u001b");
});
