import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type AuditCheck, checkChain } from "./audit-chain.ts";
import type { AuditHead } from "./audit-entry.ts";
import { AUDIT_FILE } from "./audit-log.ts";
import { Database } from "./database.ts";
import { isPlainFile, NO_FOLLOW } from "./files.ts";
import { ledgerRefusal, orRefuse } from "./problems.ts";
import { committedHead, LEDGER_FILE, requireOurs } from "./schema.ts";

const CHUNK_BYTES = 65_536;

export interface AuditVerification {
  readonly check: AuditCheck;
  /** Why the ledger could not be asked for the log's end; `null` when it was, or when there is none. */
  readonly ledgerProblem: { readonly code: string; readonly message: string } | null;
}

/**
 * Reads the whole audit log and holds it against the ledger's head, and against a report's where one is given. Changes
 * nothing, and makes no run wait for longer than it reads.
 *
 * It is evidence against accident: somebody who may write both files can make a new chain, which only a report kept
 * elsewhere shows.
 *
 * @param reportHead the head that a report carries
 * @throws Refusal `LEDGER_…` when the log itself can't be read
 */
export function verifyAudit(stateDir: string, reportHead?: AuditHead): AuditVerification {
  const log = join(stateDir, AUDIT_FILE);
  let problem: AuditVerification["ledgerProblem"] = null;
  const check = (ledger: AuditHead | undefined): AuditCheck =>
    orRefuse(() => {
      if (isPlainFile(log)) return checkChain(chunksOf(log), { ledger, report: reportHead });
      if (ledger === undefined && reportHead === undefined) return { kind: "absent" };
      return { kind: "tampered", line: 1, what: "the log is gone" };
    });
  const result = withLedgerHead(stateDir, check, (refusal) => {
    problem = refusal;
  });
  return { check: result, ledgerProblem: problem };
}

/** Asks with the write lock held, so that no line is half written meanwhile; without a ledger that can be asked, asks without. */
function withLedgerHead(
  stateDir: string,
  check: (head: AuditHead | undefined) => AuditCheck,
  onProblem: (problem: { code: string; message: string }) => void,
): AuditCheck {
  let database: Database | undefined;
  try {
    const path = join(stateDir, LEDGER_FILE);
    if (isPlainFile(path)) {
      database = new Database(path, "durable");
      const opened = database;
      if (requireOurs(opened) === "ours") {
        const now = (): AuditCheck => check(committedHead(opened));
        return isWritable(opened) ? opened.write(now) : now();
      }
    }
  } catch (error) {
    const { code, message } = ledgerRefusal(error);
    onProblem({ code, message });
  } finally {
    database?.close();
  }
  return check(undefined);
}

/** A copy that is kept for reading has no writers to keep out. */
function isWritable(database: Database): boolean {
  try {
    database.write(() => {});
    return true;
  } catch (error) {
    if (ledgerRefusal(error).code === "LEDGER_READ_ONLY") return false;
    throw error;
  }
}

function* chunksOf(path: string): Generator<Buffer> {
  const file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
  try {
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const count = readSync(file, chunk, 0, chunk.length, null);
      if (count === 0) return;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}
