import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { KlarnaPerfError } from "../base/errors.ts";
import { decision, runEnd, runStart } from "../ledger/entries.support.ts";
import { cleanUp, newFolder, START_MS, testClock } from "../ledger/ledger.support.ts";
import { openLedger } from "../ledger/ledger.ts";
import { auditCommand } from "./audit.ts";
import type { Command } from "./command.ts";
import { historyCommand } from "./history.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  cleanUp();
});

function stateDir(): string {
  const dir = newFolder();
  chmodSync(dir, 0o700);
  vi.stubEnv("KLARNA_PERF_STATE", dir);
  return dir;
}

/** What a command prints and returns; the code of what it throws. */
async function outcome(command: Command, argv: Record<string, unknown>) {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    return { exit: await command.run(argv), out };
  } catch (error) {
    if (!(error instanceof KlarnaPerfError)) throw error;
    return { exit: error.exitCode, code: error.code };
  } finally {
    vi.restoreAllMocks();
  }
}

const VERIFY = { verify: true };

describe("audit --verify", () => {
  it("says that there is nothing yet", async () => {
    stateDir();
    expect(await outcome(auditCommand, VERIFY)).toEqual({
      exit: 0,
      out: "there is no audit log yet: nothing has run from this state directory\n",
    });
  });

  it("says that the log is whole, and what its end was held against", async () => {
    const dir = stateDir();
    const head = openLedger(dir, testClock()).appendAudit(decision());
    const report = join(dir, "report.json");
    writeFileSync(report, JSON.stringify({ guard: { audit: head, decision: "allowed" } }));
    expect(await outcome(auditCommand, { ...VERIFY, report })).toEqual({
      exit: 0,
      out: `audit.log is intact: 2 lines, head ${head.hash}\nits end agrees with the ledger and the report\n`,
    });
    const { out = "" } = await outcome(auditCommand, { ...VERIFY, json: true });
    expect(JSON.parse(out)).toEqual({
      check: { kind: "intact", lines: 2, head, against: ["ledger"], after: null },
      ledgerProblem: null,
    });
  });

  it("ends with 3 for a log that was tampered with, and names the line", async () => {
    const dir = stateDir();
    openLedger(dir, testClock()).appendAudit(decision());
    const log = join(dir, "audit.log");
    writeFileSync(log, readFileSync(log, "utf8").replace("ALLOWED", "REFUSED"));
    expect(await outcome(auditCommand, VERIFY)).toEqual({
      exit: 3,
      out: "audit.log was tampered with: line 2: it is not the line that the ledger wrote\n",
    });
  });

  it("ends with 0 for a torn last line, and says what it is", async () => {
    const dir = stateDir();
    openLedger(dir, testClock()).appendAudit(decision());
    const log = join(dir, "audit.log");
    writeFileSync(log, `${readFileSync(log, "utf8")}{"n":3,"pr`);
    const { exit, out } = await outcome(auditCommand, VERIFY);
    expect(exit).toBe(0);
    expect(out).toContain("its last 10 bytes are a line that was being written");
  });

  it.each<[string, string, string]>([
    ["not there", "", "AUDIT_REPORT_UNREADABLE"],
    ["not JSON", "{", "AUDIT_REPORT_UNREADABLE"],
    ["without a head", '{"guard":{"audit":null}}', "AUDIT_REPORT_WITHOUT_HEAD"],
  ])("a report that is %s: exit 2", async (_, text, code) => {
    const report = join(stateDir(), "report.json");
    if (text !== "") writeFileSync(report, text);
    expect(await outcome(auditCommand, { ...VERIFY, report })).toEqual({ exit: 2, code });
  });

  it("without --verify: exit 2", async () => {
    stateDir();
    expect(await outcome(auditCommand, { verify: false })).toEqual({
      exit: 2,
      code: "USAGE_AUDIT",
    });
  });
});

describe("history", () => {
  it("says that there is nothing yet", async () => {
    stateDir();
    expect(await outcome(historyCommand, {})).toEqual({ exit: 0, out: "no runs yet\n" });
  });

  it("is a plain table, the newest first, and a run that was killed is there", async () => {
    const dir = stateDir();
    const clock = testClock();
    const ledger = openLedger(dir, clock);
    ledger.beginRun(runStart({ id: "one", reportDir: "/r/one\u202e" }));
    clock.passMs(12_300);
    ledger.endRun("one", runEnd());
    ledger.beginRun(
      runStart({
        id: "two",
        profile: "spike",
        kind: "spike",
        environment: "emulator",
        key: null,
        account: null,
      }),
    );
    expect((await outcome(historyCommand, { last: "5" })).out).toBe(
      [
        "began (UTC)          profile  on           verdict  exit  sent    took",
        "2026-01-01 00:00:12  spike    emulator     no end",
        "    /reports/smoke",
        "2026-01-01 00:00:00  smoke    klarna-test  passed      0    12  12.3 s",
        "    /r/one‹U+202E›",
        "",
        "klarna-perf history spike lists its figures over time",
        "",
      ].join("\n"),
    );
    const { out = "" } = await outcome(historyCommand, { json: true, profile: "smoke", last: "1" });
    expect(JSON.parse(out)).toMatchObject({
      runs: [{ id: "one", startedMs: START_MS, ended: { verdict: "passed", sent: 12 } }],
    });
  });

  it.each(["0", "1.5", "many", "10001"])("--last %s: exit 2", async (last) => {
    stateDir();
    expect(await outcome(historyCommand, { last })).toEqual({ exit: 2, code: "USAGE_LAST" });
  });

  it("of a damaged ledger: exit 4", async () => {
    writeFileSync(join(stateDir(), "ledger.db"), "no database\n".repeat(100));
    expect(await outcome(historyCommand, {})).toEqual({ exit: 4, code: "LEDGER_CORRUPT" });
  });
});
