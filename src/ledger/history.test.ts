import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { verifyAudit } from "./audit-verify.ts";
import { runEnd, runStart } from "./entries.support.ts";
import { cleanUp, DAY_MS, newFolder, refusedWith, START_MS, testClock } from "./ledger.support.ts";
import { openLedger, readHistory } from "./ledger.ts";

afterEach(cleanUp);

function fresh() {
  const dir = newFolder();
  const clock = testClock();
  return { dir, clock, ledger: openLedger(dir, clock) };
}

describe("the history", () => {
  it("lists the newest first, by profile, ended or not", () => {
    const { dir, clock, ledger } = fresh();
    ledger.beginRun(runStart({ id: "one" }));
    clock.passMs(2000);
    ledger.endRun("one", runEnd({ figures: { p95Us: 4200, note: "x", none: null } }));
    ledger.beginRun(runStart({ id: "two", profile: "baseline", kind: "baseline" }));
    clock.passMs(1000);
    ledger.beginRun(runStart({ id: "three", environment: "emulator", key: null, account: null }));
    expect(ledger.history().map(({ id }) => id)).toEqual(["three", "two", "one"]);
    expect(ledger.history("baseline").map(({ id }) => id)).toEqual(["two"]);
    expect(ledger.history(undefined, 1).map(({ id }) => id)).toEqual(["three"]);
    expect(ledger.history("smoke")).toEqual([
      {
        ...runStart({ id: "three", environment: "emulator", key: null, account: null }),
        startedMs: START_MS + 3000,
        trippedMs: null,
        ended: null,
      },
      {
        ...runStart({ id: "one" }),
        startedMs: START_MS,
        trippedMs: null,
        ended: {
          ...runEnd({ figures: { p95Us: 4200, note: "x", none: null } }),
          endedMs: START_MS + 2000,
        },
      },
    ]);
    ledger.close();
    expect(readHistory(dir, "baseline").map(({ id }) => id)).toEqual(["two"]);
  });

  it("of a folder without a ledger is empty, and makes none", () => {
    const dir = newFolder();
    expect(readHistory(dir)).toEqual([]);
    expect(verifyAudit(dir)).toEqual({ check: { kind: "absent" }, ledgerProblem: null });
    expect(statSync(join(dir, "ledger.db"), { throwIfNoEntry: false })).toBeUndefined();
  });

  it("can be read though the clock is behind", () => {
    const { dir, clock, ledger } = fresh();
    clock.passMs(DAY_MS);
    ledger.beginRun(runStart({ id: "one" }));
    expect(refusedWith(() => openLedger(dir, testClock()))).toBe("LEDGER_CLOCK_BEHIND");
    expect(readHistory(dir)).toHaveLength(1);
  });
});
