import { statSync } from "node:fs";
import * as z from "zod";
import type { CommittedHead } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { damaged, newer } from "./problems.ts";

export const LEDGER_FILE = "ledger.db";

/** Stands in the file's header, so that another program's database is not taken for ours: "kplg". */
const APPLICATION_ID = 0x6b706c67;
/** Goes up with each change that an older version could not read. */
const FORMAT = 1;

/** Times are milliseconds since the Unix epoch. STRICT: a value of another type is an error, and `quick_check` finds one. */
const TABLES = `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    latest_ms INTEGER NOT NULL,
    audit_lines INTEGER NOT NULL CHECK (audit_lines > 0),
    audit_hash TEXT NOT NULL,
    audit_bytes INTEGER NOT NULL CHECK (audit_bytes > 0)
  ) STRICT;
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    key TEXT NOT NULL,
    account TEXT NOT NULL,
    reserved_ms INTEGER NOT NULL,
    requests INTEGER NOT NULL CHECK (requests >= 0)
  ) STRICT;
  CREATE INDEX blocks_by_time ON blocks (reserved_ms);
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    profile_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT,
    account TEXT,
    report_dir TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    tripped_ms INTEGER,
    ended_ms INTEGER,
    verdict TEXT,
    exit_code INTEGER,
    sent INTEGER,
    figures TEXT
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (started_ms);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

const number = z.record(z.string(), z.number());
const counted = z.object({ tables: z.number() });

function pragma(database: Database, name: string): number {
  return Object.values(database.one(number, `PRAGMA ${name}`))[0] ?? Number.NaN;
}

/**
 * @returns `empty` for a database that nobody has written to yet
 * @throws Refusal `LEDGER_NEWER`, or `LEDGER_CORRUPT` for another program's database
 */
export function requireOurs(database: Database): "ours" | "empty" {
  const application = pragma(database, "application_id");
  const format = pragma(database, "user_version");
  const { tables } = database.one(counted, "SELECT count(*) AS tables FROM sqlite_schema");
  if (application === 0 && format === 0 && tables === 0) return "empty";
  if (application !== APPLICATION_ID) throw damaged("ledger.db is another program's database");
  if (format !== FORMAT) throw newer(format, FORMAT);
  return "ours";
}

/**
 * Inside a write transaction that has written nothing yet.
 * @throws Refusal `LEDGER_CORRUPT` with the first thing that SQLite finds wrong
 */
export function requireSound(database: Database, path: string): void {
  // SQLite reads a last page that was cut as if it ended in zeros.
  const bytes = pragma(database, "page_count") * pragma(database, "page_size");
  if (statSync(path).size !== bytes) throw damaged("ledger.db was cut, or something was added");
  const [first] = database.all(z.object({ quick_check: z.string() }), "PRAGMA quick_check(1)");
  if (first?.quick_check !== "ok") throw damaged(first?.quick_check ?? "it can't be checked");
}

/** Makes the tables. Inside a write transaction. */
export function createTables(database: Database, nowMs: number, head: CommittedHead): void {
  database.exec(TABLES);
  const { lines, hash, bytes } = head;
  database.run("INSERT INTO state VALUES (1, ?, ?, ?, ?)", nowMs, lines, hash, bytes);
}

const stateRow = z.object({
  latest_ms: z.number(),
  audit_lines: z.number(),
  audit_hash: z.string(),
  audit_bytes: z.number(),
});

/** The latest time of any entry. */
export function latestMs(database: Database): number {
  return database.one(stateRow, STATE).latest_ms;
}

export function committedHead(database: Database): CommittedHead {
  const {
    audit_lines: lines,
    audit_hash: hash,
    audit_bytes: bytes,
  } = database.one(stateRow, STATE);
  return { lines, hash, bytes };
}

const STATE = "SELECT latest_ms, audit_lines, audit_hash, audit_bytes FROM state";

export function saveState(database: Database, nowMs: number, head: CommittedHead): void {
  database.run(
    "UPDATE state SET latest_ms = max(latest_ms, ?), audit_lines = ?, audit_hash = ?, audit_bytes = ?",
    nowMs,
    head.lines,
    head.hash,
    head.bytes,
  );
}

export function saveTime(database: Database, nowMs: number): void {
  database.run("UPDATE state SET latest_ms = max(latest_ms, ?)", nowMs);
}
