import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BUDGET_REQUESTS, BUDGET_WINDOW_MS } from "../guard/standing.ts";
import { verifyAudit } from "./audit-verify.ts";
import {
  ACCOUNT,
  decision,
  KEY,
  OTHER_ACCOUNT,
  OTHER_KEY,
  runEnd,
  runStart,
} from "./entries.support.ts";
import {
  cleanUp,
  DAY_MS,
  HOUR_MS,
  newFolder,
  refusedWith,
  START_MS,
  testClock,
} from "./ledger.support.ts";
import { openLedger } from "./ledger.ts";

afterEach(cleanUp);

function fresh() {
  const dir = newFolder();
  const clock = testClock();
  const ledger = openLedger(dir, clock);
  const left = (key = KEY, account = ACCOUNT) =>
    ledger.standing({ key, account, environment: "klarna-test", nowMs: clock.wallMs() }).budgetLeft;
  const reserve = (requests: number, key = KEY, account = ACCOUNT, run = "run") =>
    ledger.reserve({ run, key, account, requests });
  const standing = (changes: { key?: string; account?: string; environment?: string } = {}) =>
    ledger.standing({
      key: KEY,
      account: ACCOUNT,
      environment: "klarna-test",
      nowMs: clock.wallMs(),
      ...changes,
    });
  return { dir, clock, ledger, left, reserve, standing };
}

describe("the daily budget", () => {
  it("is 20 000 requests, and grants no more than is left", () => {
    const { reserve, left } = fresh();
    expect(left()).toBe(20_000);
    expect(reserve(19_950)).toEqual({ kind: "granted", requests: 19_950 });
    expect(reserve(100)).toEqual({ kind: "granted", requests: 50 });
    expect(reserve(1)).toEqual({ kind: "spent" });
    expect(left()).toBe(0);
  });

  it("counts by key and by account, whichever has spent more", () => {
    const { reserve, left } = fresh();
    reserve(5000, KEY, ACCOUNT);
    reserve(2000, KEY, OTHER_ACCOUNT);
    expect(left(KEY, ACCOUNT)).toBe(13_000);
    expect(left(OTHER_KEY, ACCOUNT)).toBe(15_000);
    expect(left(OTHER_KEY, OTHER_ACCOUNT)).toBe(18_000);
    expect(left(OTHER_KEY, "333333333333")).toBe(20_000);
  });

  it("slides: a block is free again when its day and half an hour are over, not at midnight", () => {
    const { clock, reserve, left } = fresh();
    clock.passMs(23 * HOUR_MS);
    reserve(12_000);
    clock.passMs(2 * HOUR_MS);
    reserve(8000);
    expect(left()).toBe(0);
    clock.passMs(BUDGET_WINDOW_MS - 2 * HOUR_MS - 1);
    expect(left()).toBe(0);
    clock.passMs(1);
    expect(left()).toBe(12_000);
    clock.passMs(2 * HOUR_MS);
    expect(left()).toBe(20_000);
  });

  it("is kept on disk: another opening finds it spent", () => {
    const { dir, clock, ledger, reserve } = fresh();
    reserve(700);
    ledger.close();
    const again = openLedger(dir, clock);
    const where = { key: KEY, account: ACCOUNT, environment: "klarna-test" };
    expect(again.standing({ ...where, nowMs: clock.wallMs() }).budgetLeft).toBe(19_300);
  });

  it("takes back what a run did not send, from its own blocks and no others", () => {
    const { ledger, reserve, left } = fresh();
    reserve(100, KEY, ACCOUNT, "one");
    reserve(100, KEY, ACCOUNT, "two");
    reserve(100, KEY, ACCOUNT, "two");
    expect(ledger.giveBack("two", 130)).toBe(130);
    expect(left()).toBe(19_830);
    expect(ledger.giveBack("two", 999)).toBe(70);
    expect(ledger.giveBack("three", 10)).toBe(0);
    expect(left()).toBe(19_900);
  });

  it("is not freed by a wall clock that is set back while the ledger is open", () => {
    const { clock, reserve, left } = fresh();
    clock.passMs(DAY_MS);
    reserve(10);
    clock.passMs(-DAY_MS);
    reserve(10);
    clock.passMs(DAY_MS + BUDGET_WINDOW_MS - 1);
    expect(left()).toBe(19_980);
    clock.passMs(1);
    expect(left()).toBe(20_000);
  });

  it.each([0, -1, 1.5, Number.NaN, BUDGET_REQUESTS + 1])("is not asked for %s requests", (n) => {
    const { reserve, left } = fresh();
    expect(refusedWith(() => reserve(n))).toBe("FAULT_LEDGER_ENTRY");
    expect(left()).toBe(20_000);
  });
});

describe("what it knows of past runs", () => {
  it("is nothing at first", () => {
    expect(fresh().standing()).toEqual({
      withKey: true,
      budgetLeft: 20_000,
      lastDrillMs: undefined,
      protectionTrippedMs: undefined,
      lastPassedSmokeMs: undefined,
    });
  });

  it("a drill counts from its start, though it never ended, for its key and for its account", () => {
    const { clock, ledger, standing } = fresh();
    clock.passMs(1000);
    ledger.beginRun(runStart({ id: "drill", kind: "rate-limit-drill" }));
    expect(standing().lastDrillMs).toBe(START_MS + 1000);
    expect(standing({ key: OTHER_KEY }).lastDrillMs).toBe(START_MS + 1000);
    expect(standing({ account: OTHER_ACCOUNT }).lastDrillMs).toBe(START_MS + 1000);
    expect(standing({ environment: "playground-eu" }).lastDrillMs).toBe(START_MS + 1000);
    expect(standing({ key: OTHER_KEY, account: OTHER_ACCOUNT }).lastDrillMs).toBeUndefined();
  });

  it("a tripped protection counts at once, before the run has ended", () => {
    const { clock, ledger, standing } = fresh();
    ledger.beginRun(runStart({ id: "run" }));
    clock.passMs(5000);
    ledger.tripRun("run", "STOP_UNAUTHORIZED");
    expect(standing().protectionTrippedMs).toBe(START_MS + 5000);
    expect(standing({ key: OTHER_KEY }).protectionTrippedMs).toBe(START_MS + 5000);
    clock.passMs(5000);
    ledger.endRun("run", runEnd({ verdict: "stopped", exitCode: 6 }));
    expect(standing().protectionTrippedMs).toBe(START_MS + 5000);
  });

  it("a smoke run counts from its end, if it passed, in its environment, with this key and account", () => {
    const { clock, ledger, standing } = fresh();
    ledger.beginRun(runStart({ id: "run" }));
    expect(standing().lastPassedSmokeMs).toBeUndefined();
    clock.passMs(60_000);
    ledger.endRun("run", runEnd());
    expect(standing().lastPassedSmokeMs).toBe(START_MS + 60_000);
    expect(standing({ environment: "playground-eu" }).lastPassedSmokeMs).toBeUndefined();
    expect(standing({ key: OTHER_KEY }).lastPassedSmokeMs).toBeUndefined();
    expect(standing({ account: OTHER_ACCOUNT }).lastPassedSmokeMs).toBeUndefined();
  });

  it.each([
    ["failed", 3, "smoke"],
    ["passed, but interrupted", 130, "smoke"],
    ["a passed baseline", 0, "baseline"],
    ["a passed probe", 0, "smoke"],
  ] as const)("no smoke has passed: %s", (what, exitCode, kind) => {
    const { ledger, standing } = fresh();
    const profile = what === "a passed probe" ? { profile: "doctor-probe" } : {};
    ledger.beginRun(runStart({ id: "run", kind, ...profile }));
    ledger.endRun("run", runEnd({ verdict: what === "failed" ? "failed" : "passed", exitCode }));
    expect(standing().lastPassedSmokeMs).toBeUndefined();
  });

  it("runs on the emulator count for nothing", () => {
    const { ledger, standing } = fresh();
    ledger.beginRun(runStart({ id: "run", kind: "rate-limit-drill", environment: "emulator" }));
    ledger.tripRun("run", "STOP_UNAUTHORIZED");
    expect(standing()).toMatchObject({ lastDrillMs: undefined, protectionTrippedMs: undefined });
  });

  it.each(["trip", "end"])("does not %s a run that it does not know", (what) => {
    const { dir, ledger } = fresh();
    const work = () =>
      what === "trip" ? ledger.tripRun("run", "STOP_X") : ledger.endRun("run", runEnd());
    expect(refusedWith(work)).toBe("FAULT_LEDGER_RUN");
    expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 1 });
  });
});

describe("what is written", () => {
  it("is for this user alone", () => {
    const { dir, ledger } = fresh();
    ledger.tryHoldRun()?.release();
    const modes = ["ledger.db", "audit.log", "run.lock"].map(
      (name) => statSync(join(dir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it.each<[string, () => object]>([
    ["a key", () => decision({ key: "klarna_test_api_abcdefghijklmnop" })],
    ["an account", () => decision({ account: "krn:partner:global:account:test:ABCDEFGH" })],
    ["a code", () => decision({ code: "a message with klarna_test_api_abc" })],
    ["a profile", () => decision({ profile: "../../etc" })],
  ])("holds no %s in full: such an entry is our bug, and its text is not shown", (_, entry) => {
    const { dir, ledger } = fresh();
    // The type would let a caller's string through as well.
    expect(refusedWith(() => ledger.appendAudit(entry() as ReturnType<typeof decision>))).toBe(
      "FAULT_LEDGER_ENTRY",
    );
    expect(readFileSync(join(dir, "audit.log"), "utf8")).not.toMatch(/klarna_|krn|etc/);
  });

  it("is a line for each decision and run, by the clock that was handed in", () => {
    const { dir, clock, ledger } = fresh();
    ledger.appendAudit(decision({ allowed: false, code: "GUARD_PERMIT_MISSING", permit: null }));
    clock.passMs(1000);
    ledger.beginRun(runStart({ id: "run" }));
    ledger.tripRun("run", "STOP_REDIRECT");
    const head = ledger.endRun("run", runEnd({ verdict: "stopped", exitCode: 6 }));
    const lines = readFileSync(join(dir, "audit.log"), "utf8").trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line));
    expect(entries.map(({ n, at, event }) => [n, at, event])).toEqual([
      [1, "2026-01-01T00:00:00.000Z", "log-began"],
      [2, "2026-01-01T00:00:00.000Z", "decision"],
      [3, "2026-01-01T00:00:01.000Z", "run-began"],
      [4, "2026-01-01T00:00:01.000Z", "run-tripped"],
      [5, "2026-01-01T00:00:01.000Z", "run-ended"],
    ]);
    const { n, prev, ...last } = entries[4] ?? {};
    expect(last).toEqual({
      at: "2026-01-01T00:00:01.000Z",
      event: "run-ended",
      run: "run",
      verdict: "stopped",
      exitCode: 6,
      sent: 12,
    });
    expect(verifyAudit(dir).check).toEqual({
      kind: "intact",
      lines: 5,
      head,
      against: ["ledger"],
      after: null,
    });
  });
});

describe("the hold", () => {
  it("is given once at a time, within a process too", () => {
    const { dir, clock, ledger } = fresh();
    const other = openLedger(dir, clock);
    const hold = ledger.tryHoldRun();
    expect(hold).toBeDefined();
    expect(ledger.tryHoldRun()).toBeUndefined();
    expect(other.tryHoldRun()).toBeUndefined();
    ledger.close();
    expect(other.tryHoldRun()).toBeUndefined();
    hold?.release();
    hold?.release();
    const next = other.tryHoldRun();
    expect(next).toBeDefined();
    next?.release();
  });
});
