import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { type AuditCheck, checkChain } from "./audit-chain.ts";
import { decision, runEnd, runStart } from "./entries.support.ts";
import { cleanUp, newFolder, testClock } from "./ledger.support.ts";
import { openLedger } from "./ledger.ts";

afterAll(cleanUp);

/** A log as the ledger writes it. */
const dir = newFolder();
const clock = testClock();
const ledger = openLedger(dir, clock);
for (let i = 0; i < 4; i++) {
  clock.passMs(1000);
  ledger.appendAudit(decision({ requests: i }));
  ledger.beginRun(runStart({ id: `run-${i}` }));
  ledger.endRun(`run-${i}`, runEnd());
}
const head = ledger.appendAudit(decision());
const bytes = readFileSync(join(dir, "audit.log"));
const lines = bytes.toString("latin1").split(/(?<=\n)/);

/** Held against either of the heads that a tampered log must disagree with. */
function kinds(changed: Buffer): AuditCheck["kind"][] {
  return [{ ledger: head }, { report: head }].map((known) => checkChain([changed], known).kind);
}
const text = (changed: readonly string[]): Buffer => Buffer.from(changed.join(""), "latin1");
const somewhere = fc.nat(bytes.length - 1);
const line = fc.nat(lines.length - 1);
const RUNS = { numRuns: 1000 };

it("is intact as it was written", () => {
  expect(lines).toHaveLength(14);
  expect(kinds(bytes)).toEqual(["intact", "intact"]);
});

it("any byte changed is found", () => {
  fc.assert(
    fc.property(somewhere, fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(bytes);
      changed[at] = ((bytes[at] ?? 0) + by) % 256;
      expect(kinds(changed)).toEqual(["tampered", "tampered"]);
    }),
    RUNS,
  );
});

it("any bytes taken out are found", () => {
  fc.assert(
    fc.property(somewhere, fc.integer({ min: 1, max: 900 }), (at, length) => {
      const changed = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      expect(kinds(changed)).toEqual(["tampered", "tampered"]);
    }),
    RUNS,
  );
});

it("any bytes put in are found", () => {
  fc.assert(
    fc.property(
      fc.nat(bytes.length),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      (at, more) => {
        const changed = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
        // At the very end, zeros, or the first bytes of the next line, are what a crash leaves.
        const crash = at === bytes.length;
        for (const kind of kinds(changed)) {
          expect(kind).toMatch(crash ? /^(?:tampered|torn-last-line)$/ : /^tampered$/);
        }
      },
    ),
    RUNS,
  );
});

it("any two lines swapped, any line taken out, moved or repeated is found", () => {
  fc.assert(
    fc.property(line, line, fc.constantFrom("swap", "take", "move", "repeat"), (a, b, what) => {
      fc.pre(a !== b || what === "take" || what === "repeat");
      const changed = [...lines];
      const [first = "", second = ""] = [lines[a], lines[b]];
      if (what === "swap") {
        changed[a] = second;
        changed[b] = first;
      } else if (what === "repeat") {
        changed.splice(b, 0, first);
      } else {
        changed.splice(a, 1);
        if (what === "move") changed.splice(b, 0, first);
      }
      expect(kinds(text(changed))).toEqual(["tampered", "tampered"]);
    }),
    RUNS,
  );
});

it("a cut anywhere is found by whoever has a later head, and none by a log that has grown since", () => {
  fc.assert(
    fc.property(fc.nat(lines.length - 1), (kept) => {
      expect(kinds(text(lines.slice(0, kept)))).toEqual(["tampered", "tampered"]);
    }),
  );
  const grown = openLedger(dir, clock);
  grown.appendAudit(decision());
  const now = readFileSync(join(dir, "audit.log"));
  expect(checkChain([now], { report: head }).kind).toBe("intact");
});
