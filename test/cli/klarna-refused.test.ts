import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import {
  BIN,
  CAME_TO_ITS_END,
  type CliOptions,
  cli,
  type Ended,
  loadProfile,
  ROOT,
  stateBesidesLedger,
  type Workspace,
  workspace,
} from "../support/cli.ts";

const COUNTED = join(ROOT, "test", "support", "counted-bin.mjs");
const LIVE_KEY = "klarna_live_api_bm90LWEta2V5";
const TEST_KEY = "klarna_test_api_bm90LWEta2V5bm90LWEta2V5";

interface Case {
  readonly what: string;
  readonly environment?: string;
  readonly args?: readonly string[];
  readonly permit?: Record<string, unknown>;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
  /** The first that is told. */
  readonly code: string;
  /** Whatever else is. */
  readonly also?: readonly string[];
}

const REFUSED: readonly Case[] = [
  { what: "no permit", code: "GUARD_PERMIT_MISSING" },
  {
    what: "no permit, and a key at hand",
    env: { KLARNA_API_KEY: TEST_KEY },
    code: "GUARD_PERMIT_MISSING",
  },
  {
    what: "no permit, and a live key, proxies and a looser TLS in the environment",
    env: {
      KLARNA_API_KEY: LIVE_KEY,
      HTTPS_PROXY: "http://127.0.0.1:9",
      NODE_USE_ENV_PROXY: "1",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    },
    code: "GUARD_PERMIT_MISSING",
    also: ["GUARD_RUNTIME_WEAKENED"],
  },
  { what: "an expired permit", permit: permit(-30, -1), code: "GUARD_PERMIT_NOT_VALID" },
  { what: "a permit of next month", permit: permit(30, 60), code: "GUARD_PERMIT_NOT_VALID" },
  { what: "a permit for a year", permit: permit(0, 365), code: "GUARD_PERMIT_NOT_VALID" },
  {
    what: "a permit of another account",
    permit: permit(0, 30),
    args: ["--account", "krn:partner:global:account:test:ZZZZZZZZ"],
    code: "GUARD_PERMIT_OTHER_ACCOUNT",
  },
  {
    what: "a stop turned off",
    permit: permit(0, 30),
    args: ["--set", "stops.throttled=off"],
    code: "GUARD_STOPS_RELAXED",
  },
  {
    what: "a baseline without Klarna's consent",
    permit: permit(0, 30),
    args: ["--set", "kind=baseline"],
    code: "GUARD_CONSENT_MISSING",
    also: ["GUARD_SMOKE_FIRST"],
  },
  {
    what: "a capacity run",
    permit: permit(0, 30),
    args: ["--set", "kind=capacity"],
    code: "GUARD_KIND_EMULATOR_ONLY",
  },
  {
    what: "a valid permit, and a preload",
    permit: permit(0, 30),
    nodeFlags: ["--import", "data:text/javascript,0"],
    code: "GUARD_RUNTIME_WEAKENED",
  },
  {
    what: "a valid permit, and TLS left unchecked",
    permit: permit(0, 30),
    env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    code: "GUARD_RUNTIME_WEAKENED",
  },
  {
    what: "a valid permit, and a live key",
    permit: permit(0, 30),
    env: { KLARNA_API_KEY: LIVE_KEY },
    code: "GUARD_KEY_LIVE",
  },
  {
    what: "a valid permit, and a live key in a file of Node's own kind",
    permit: permit(0, 30),
    args: ["--env-from", "vars"],
    code: "GUARD_KEY_LIVE",
  },
  {
    what: "a valid permit, and a client id in a file",
    permit: permit(0, 30),
    args: ["--api-key-file", "client-id"],
    code: "GUARD_KEY_CLIENT_ID",
  },
  {
    what: "a valid permit with Klarna's consent, before any smoke run",
    permit: { ...permit(0, 30), klarnaReference: "TICKET-1" },
    args: ["--set", "kind=baseline"],
    env: { KLARNA_API_KEY: TEST_KEY },
    code: "GUARD_SMOKE_FIRST",
  },
  {
    what: "a playground, which serves none of the operations",
    environment: "playground-eu",
    permit: permit(0, 30),
    code: "GUARD_OPERATION_OTHER_HOST",
  },
];

test.concurrent.for(REFUSED)(
  "run smoke on Klarna, $what: exit 4, nothing opened, looked up, started or written",
  async (given, { onTestFinished }) => {
    const { environment = "klarna-test", args = [], env, nodeFlags, code, also = [] } = given;
    const at = workspace();
    onTestFinished(at.remove);
    writeFileSync(at.path("permit.json"), JSON.stringify(given.permit ?? {}));
    writeFileSync(at.path("vars"), `OTHER=1\nKLARNA_API_KEY="${LIVE_KEY}"\n`, { mode: 0o600 });
    writeFileSync(at.path("client-id"), "klarna_test_client_bm90LWEta2V5", { mode: 0o600 });
    const permitArgs = given.permit === undefined ? [] : ["--permit", "permit.json"];
    const { ended, counts } = await counted(
      at,
      ["run", "smoke", "--env", environment, ...permitArgs, ...args],
      { ...(env && { env }), ...(nodeFlags && { nodeFlags }) },
    );
    const told = [...ended.stderr.matchAll(/^klarna-perf: (GUARD_\w+): /gm)].map(([, one]) => one);
    expect(told, ended.stderr).toEqual([code, ...also]);
    expect(ended.code).toBe(4);
    expect(counts).toEqual({});
    expect(ended.stdout + ended.stderr).not.toContain("bm90LWEta2V5");
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(at.cwd).sort()).toEqual(["client-id", "counts.json", "permit.json", "vars"]);
    expect(stateBesidesLedger(at)).toEqual([]);
  },
);

test("a run that nothing forbids looks one name up, and connects nowhere until it is answered", async ({
  onTestFinished,
}) => {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("permit.json"), JSON.stringify(permit(0, 30)));
  const words = ["run", "smoke", "--env", "klarna-test", "--permit", "permit.json"];
  const { ended, counts } = await counted(at, words, { env: { KLARNA_API_KEY: TEST_KEY } });
  expect(ended.stderr).toContain("5 connects in a row failed");
  expect(ended.code).toBe(6);
  expect(counts).toEqual({ LOOKUP: 5 });
  expect(ended.stdout + ended.stderr).not.toContain("bm90LWEta2V5");
});

test("the same look-out sees what a run on the emulator opens: its process, its connections, no name", async ({
  onTestFinished,
}) => {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("load.yaml"), loadProfile({ lasts: "1s" }));
  const { ended, counts } = await counted(at, ["run", "load.yaml"]);
  expect(CAME_TO_ITS_END).toContain(ended.code);
  const { PROCESSWRAP, TCPWRAP = 0, TCPCONNECTWRAP = 0, ...others } = counts;
  expect(PROCESSWRAP).toBe(1);
  expect(TCPCONNECTWRAP).toBeGreaterThanOrEqual(2);
  expect(TCPWRAP).toBe(TCPCONNECTWRAP);
  expect(others).toEqual({});
});

test("plan and --dry-run for Klarna open nothing either", async ({ onTestFinished }) => {
  const at = workspace();
  onTestFinished(at.remove);
  for (const args of [
    ["plan", "smoke", "--env", "klarna-test"],
    ["run", "smoke", "--env", "klarna-test", "--dry-run"],
  ]) {
    const { ended, counts } = await counted(at, args);
    expect([ended.code, counts]).toEqual([4, {}]);
    expect(ended.stdout).toContain("GUARD_PERMIT_MISSING");
  }
});

test.skipIf(strace(["true"]).status !== 0)(
  "the kernel sees no socket of it either (only where strace may trace)",
  ({ onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    // With HOME, since without it the system looks the user up, through a socket of its own.
    const env = { HOME: at.cwd, KLARNA_PERF_STATE: at.state };
    const run = [process.execPath, BIN, "run", "smoke", "--env", "klarna-test"];
    const { status, stderr } = strace(run, env);
    expect(stderr).toContain("GUARD_PERMIT_MISSING");
    expect(status).toBe(4);
    expect(stderr).not.toMatch(/\b(?:socket|connect|send\w*)\(/);
    // The same look-out sees a socket.
    const dial = "require('node:net').connect(1, '127.0.0.1').on('error', () => {})";
    expect(strace([process.execPath, "-e", dial]).stderr).toMatch(/\bconnect\(.*127\.0\.0\.1/);
  },
);

function strace(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const trace = ["-f", "-e", "trace=%network", ...command];
  const { PATH = "" } = process.env;
  return spawnSync("strace", trace, { encoding: "utf8", env: { PATH, ...env } });
}

async function counted(
  at: Workspace,
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ ended: Ended; counts: Record<string, number> }> {
  const file = at.path("counts.json");
  const env = { ...options.env, COUNTS_FILE: file, COUNTED_BIN: pathToFileURL(BIN).href };
  const ended = await cli(at, args, { ...options, env, script: COUNTED });
  if (!existsSync(file)) throw new Error(`it did not come to its end: ${ended.stderr}`);
  return { ended, counts: JSON.parse(readFileSync(file, "utf8")) };
}

/** A permit that is right in all but, perhaps, its dates: days from today. */
function permit(from: number, until: number): Record<string, unknown> {
  const day = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return {
    permitVersion: 1,
    label: "team checkout",
    who: "Ada Example",
    account: "krn:partner:global:account:test:ABCDEFGH",
    level: "partner",
    guidelinesReadOn: day(-1),
    validFrom: day(from),
    validUntil: day(until),
  };
}
