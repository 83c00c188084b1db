import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CAME_TO_ITS_END, cli, readReport, workspace } from "../support/cli.ts";

const KEY = "klarna_test_api_bm90LWEta2V5bm90LWEta2V5";

/** A permit that holds today, with something changed. */
function permit(changed: Readonly<Record<string, unknown>> = {}): string {
  const day = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return JSON.stringify({
    permitVersion: 1,
    label: "team checkout",
    who: "Ada Example",
    account: "krn:partner:global:account:test:ABCDEFGH",
    level: "partner",
    guidelinesReadOn: day(-1),
    validFrom: day(-1),
    validUntil: day(30),
    ...changed,
  });
}

interface Finding {
  readonly what: string;
  readonly state: string;
  readonly text: string;
}

test.concurrent.for([
  {
    what: "nothing at hand",
    args: [],
    env: {},
    code: 4,
    findings: {
      permit: /none was named/,
      "API key": /no source/,
      ledger: /sound/,
      guard: /GUARD_PERMIT_MISSING/,
    },
  },
  {
    what: "a permit and a key",
    args: ["--permit", "good.json"],
    env: { KLARNA_API_KEY: KEY },
    code: 0,
    findings: {
      permit: /team checkout, until/,
      "API key": /from KLARNA_API_KEY \(not read\)/,
      ledger: /20000 of 20000 requests a day are left/,
      guard: /a smoke run may go to klarna-test/,
    },
  },
  {
    what: "an old permit and two keys",
    args: ["--permit", "old.json", "--api-key-file", "nowhere"],
    env: { KLARNA_API_KEY: KEY },
    code: 4,
    findings: {
      permit: /it ended on/,
      "API key": /several sources: KLARNA_API_KEY, --api-key-file/,
      guard: /GUARD_PERMIT_NOT_VALID/,
    },
  },
])("doctor --env klarna-test with $what", async (given, { onTestFinished }) => {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("good.json"), permit());
  writeFileSync(at.path("old.json"), permit({ validFrom: "2026-01-01", validUntil: "2026-02-01" }));
  const words = ["doctor", "--env", "klarna-test", "--json", ...given.args];
  const ended = await cli(at, words, { env: given.env });
  const { findings }: { findings: Finding[] } = JSON.parse(ended.stdout);
  for (const [what, text] of Object.entries(given.findings)) {
    expect(findings.find((one) => one.what === what)?.text).toMatch(text);
  }
  expect(ended.code).toBe(given.code);
  expect(ended.stdout + ended.stderr).not.toContain(KEY.slice(16));
});

test("doctor says what is wrong with a ledger", async ({ onTestFinished }) => {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(join(at.state, "ledger.db"), "no database\n".repeat(100));
  writeFileSync(at.path("good.json"), permit());
  const { stdout, code } = await cli(at, [
    ...["doctor", "--env", "klarna-test", "--permit", "good.json"],
  ]);
  expect(stdout).toContain("LEDGER_CORRUPT");
  expect(code).toBe(4);
});

test("doctor --probe makes one read, and leaves a report of it", async ({ onTestFinished }) => {
  const at = workspace();
  onTestFinished(at.remove);
  const ended = await cli(at, ["doctor", "--probe", "--out", "probe"]);
  expect(CAME_TO_ITS_END).toContain(ended.code);
  expect(ended.stdout).toMatch(/^Node +ready/m);
  expect(readReport(at.path("probe")).totals).toMatchObject({ sent: 1, answered: 1 });
});

test("doctor --probe for Klarna is refused like any run, before anything is written", async ({
  onTestFinished,
}) => {
  const at = workspace();
  onTestFinished(at.remove);
  const ended = await cli(at, ["doctor", "--env", "klarna-test", "--probe"]);
  expect(ended.stderr).toContain("GUARD_PERMIT_MISSING");
  expect(ended.code).toBe(4);
  expect(readdirSync(at.cwd)).toEqual([]);
});

test("--env-file is answered with the option that does what it is for", async ({
  onTestFinished,
}) => {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("vars"), "");
  const ended = await cli(at, ["doctor", "--env-file=vars"]);
  expect(ended.stderr).toContain("USAGE_ENV_FILE");
  expect(ended.stderr).toContain("--env-from");
  expect(ended.code).toBe(2);
});
