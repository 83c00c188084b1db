import { KlarnaPerfError, Refusal } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";

/**
 * What can be wrong with a ledger, each with a code of its own and the way out. All are refusals: a run against
 * Klarna does not start, or stops; a run on the emulator goes on without history.
 */
export type LedgerCode =
  | "LEDGER_CORRUPT"
  | "LEDGER_AUDIT_BROKEN"
  | "LEDGER_LOCKED"
  | "LEDGER_READ_ONLY"
  | "LEDGER_FULL"
  | "LEDGER_NEWER"
  | "LEDGER_CLOCK_BEHIND"
  | "LEDGER_UNUSABLE";

export function damaged(what: string, cause?: unknown): Refusal {
  return new Refusal("LEDGER_CORRUPT", `the ledger is damaged: ${what}`, {
    hint: "move ledger.db and audit.log aside together and keep them; the next run begins anew, so take the daily budget for spent and leave Klarna alone for a day",
    cause,
  });
}

export function auditBroken(what: string): Refusal {
  return new Refusal("LEDGER_AUDIT_BROKEN", `audit.log is not as the ledger left it: ${what}`, {
    hint: "see `klarna-perf audit --verify`; then move audit.log alone aside and keep it: the next run begins a new one that names where the old one ended",
  });
}

export function newer(format: number, known: number): Refusal {
  return new Refusal(
    "LEDGER_NEWER",
    `the ledger has format ${format}, made by a later version; this one knows ${known}`,
    { hint: "use that later version: an older one can't tell what has been spent" },
  );
}

export function clockBehind(nowMs: number, latestMs: number): Refusal {
  return new Refusal(
    "LEDGER_CLOCK_BEHIND",
    `this machine's clock says ${iso(nowMs)}, but the ledger's latest entry is of ${iso(latestMs)}`,
    {
      hint: "set the clock right and run again; if that entry's time is the wrong one, wait until it has passed, or move ledger.db and audit.log aside together and leave Klarna alone for a day",
    },
  );
}

export function unusable(what: string, cause?: unknown): Refusal {
  return new Refusal("LEDGER_UNUSABLE", `the ledger can't be used: ${what}`, {
    hint: "the state directory must be a local folder of this user's own: see `klarna-perf doctor`",
    cause,
  });
}

function locked(cause: unknown): Refusal {
  return new Refusal("LEDGER_LOCKED", "another process holds the ledger and does not let go", {
    hint: "end the klarna-perf process that hangs, or whatever else has ledger.db open: its lock goes with it",
    cause,
  });
}

function readOnly(cause: unknown): Refusal {
  return new Refusal("LEDGER_READ_ONLY", "the ledger can't be written", {
    hint: "make the state directory and the files in it writable for this user: what is spent has to be written down first",
    cause,
  });
}

function full(cause: unknown): Refusal {
  return new Refusal("LEDGER_FULL", "there is no room left on the disk that holds the ledger", {
    hint: "make room there; nothing that was written before is lost",
    cause,
  });
}

/** What SQLite or the file system threw, as a refusal. What is not known is refused like the rest. */
export function ledgerRefusal(error: unknown): KlarnaPerfError {
  if (error instanceof KlarnaPerfError) return error;
  switch (sqliteCode(error) ?? systemCode(error)) {
    case SQLITE.busy:
    case SQLITE.locked:
      return locked(error);
    case SQLITE.readOnly:
    case SQLITE.permission:
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return readOnly(error);
    case SQLITE.full:
    case "ENOSPC":
    case "EDQUOT":
      return full(error);
    case SQLITE.error:
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
    case SQLITE.constraint:
      return damaged(messageOf(error), error);
    default:
      return unusable(messageOf(error), error);
  }
}

/** Runs `work`, turning what the database or the file system throws into a refusal. */
export function orRefuse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ledgerRefusal(error);
  }
}

/** Primary result codes, from SQLite's list (sqlite.org/rescode.html). */
const SQLITE = {
  /** Of our own statements: a table or column is gone. */
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  constraint: 19,
  notADatabase: 26,
} as const;

/** An extended code holds its primary one in the low byte; while opening, libsql says it in the message alone. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("rawCode" in error && typeof error.rawCode === "number") return error.rawCode & 0xff;
  const opening = /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(error.message)?.[1];
  return opening === undefined ? undefined : Number(opening) & 0xff;
}

export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

function messageOf(error: unknown): string {
  return visible(error instanceof Error ? error.message : String(error));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
