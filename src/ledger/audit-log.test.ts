import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { nextLine } from "./audit-chain.ts";
import type { AuditHead } from "./audit-entry.ts";
import { verifyAudit } from "./audit-verify.ts";
import { decision } from "./entries.support.ts";
import { cleanUp, newFolder, refusedWith, START_MS, testClock } from "./ledger.support.ts";
import { openLedger } from "./ledger.ts";

afterEach(cleanUp);

/** A log of three lines whose process has died. */
function left() {
  const dir = newFolder();
  const ledger = openLedger(dir, testClock());
  ledger.appendAudit(decision());
  const head = ledger.appendAudit(decision());
  ledger.close();
  return { dir, head, log: join(dir, "audit.log") };
}

function fourth(head: AuditHead): Buffer {
  return nextLine(head, START_MS, decision({ requests: 99 })).bytes;
}

const reopen = (dir: string) => openLedger(dir, testClock());
const kindOf = (dir: string, head?: AuditHead) => verifyAudit(dir, head).check.kind;

it("a whole line that was not committed is taken in by the next opening", () => {
  const { dir, head, log } = left();
  appendFileSync(log, fourth(head));
  expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 4 });
  reopen(dir).close();
  expect(readFileSync(log).subarray(-fourth(head).length)).toEqual(fourth(head));
  expect(verifyAudit(dir, head).check).toMatchObject({ kind: "intact", lines: 4 });
});

it("it is taken in by whoever writes next, too, and the next line follows it", () => {
  const { dir, head, log } = left();
  const ledger = reopen(dir);
  appendFileSync(log, fourth(head));
  expect(ledger.appendAudit(decision()).lines).toBe(5);
  expect(verifyAudit(dir, head).check).toMatchObject({ kind: "intact", lines: 5 });
});

it("a torn line is told from tampering, and cut off by the next opening", () => {
  const { dir, head, log } = left();
  const before = readFileSync(log);
  appendFileSync(log, fourth(head).subarray(0, 150));
  expect(verifyAudit(dir).check).toMatchObject({
    kind: "torn-last-line",
    lines: 3,
    head,
    tornBytes: 150,
  });
  reopen(dir).close();
  expect(readFileSync(log)).toEqual(before);
  expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 3 });
});

it.each<[string, (log: string, head: AuditHead) => void]>([
  ["cut by a byte", (log) => truncateSync(log, readFileSync(log).length - 1)],
  [
    "cut by a line",
    (log) => writeFileSync(log, readFileSync(log, "utf8").replace(/[^\n]*\n$/, "")),
  ],
  ["emptied", (log) => writeFileSync(log, "")],
  ["with its last line changed", (log) => edit(log, /"requests":12(?=[^\n]*\n$)/, '"requests":13')],
  ["with text at its end", (log) => appendFileSync(log, "x")],
  ["with a foreign line at its end", (log) => appendFileSync(log, "{}\n")],
  [
    "with two lines at its end",
    (log, head) => appendFileSync(log, Buffer.concat([fourth(head), fourth(head)])),
  ],
])("a log %s is refused, by an opening and by whoever has it open", (_, damage) => {
  const { dir, head, log } = left();
  const ledger = reopen(dir);
  damage(log, head);
  const damaged = readFileSync(log);
  expect(refusedWith(() => reopen(dir))).toBe("LEDGER_AUDIT_BROKEN");
  expect(refusedWith(() => ledger.appendAudit(decision()))).toBe("LEDGER_AUDIT_BROKEN");
  expect(kindOf(dir)).toBe("tampered");
  expect(readFileSync(log)).toEqual(damaged);
});

function edit(log: string, from: RegExp, to: string): void {
  const before = readFileSync(log, "utf8");
  expect(before).toMatch(from);
  writeFileSync(log, before.replace(from, to));
}

it("the way out: moved aside, a new log begins and says where the old one ended; the budget is kept", () => {
  const { dir, head, log } = left();
  renameSync(log, join(dir, "audit.log.old"));
  expect(verifyAudit(dir).check).toEqual({ kind: "tampered", line: 1, what: "the log is gone" });
  const ledger = reopen(dir);
  expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 1, after: head });
  ledger.appendAudit(decision());
  ledger.appendAudit(decision());
  expect(verifyAudit(dir, head).check).toMatchObject({ kind: "tampered", line: 3 });
});

it("a new log whose opening was killed before it was committed is taken in", () => {
  const { dir, head, log } = left();
  copyFileSync(join(dir, "ledger.db"), join(dir, "before.db"));
  rmSync(log);
  reopen(dir).close();
  renameSync(join(dir, "before.db"), join(dir, "ledger.db"));
  reopen(dir).close();
  expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 1, after: head });
});

it("a first log whose opening was killed before it was committed is taken in", () => {
  const dir = newFolder();
  reopen(dir).close();
  writeFileSync(join(dir, "ledger.db"), "");
  reopen(dir).close();
  expect(verifyAudit(dir).check).toMatchObject({ kind: "intact", lines: 1, after: null });
});

it("a log that goes away while the ledger is open is missed at the next line", () => {
  const { dir, log } = left();
  const ledger = reopen(dir);
  rmSync(log);
  expect(refusedWith(() => ledger.appendAudit(decision()))).toBe("LEDGER_AUDIT_BROKEN");
  expect(existsSync(log)).toBe(false);
});

it("without a ledger that can be asked, a report's head still shows a cut", () => {
  const { dir, head, log } = left();
  writeFileSync(join(dir, "ledger.db"), "no database\n".repeat(100));
  expect(verifyAudit(dir, head)).toMatchObject({
    check: { kind: "intact", against: ["report"] },
    ledgerProblem: { code: "LEDGER_CORRUPT" },
  });
  writeFileSync(log, readFileSync(log, "utf8").replace(/[^\n]*\n$/, ""));
  expect(kindOf(dir)).toBe("intact");
  expect(kindOf(dir, head)).toBe("tampered");
});
