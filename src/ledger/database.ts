import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import type * as z from "zod";
import { Fault } from "../base/errors.ts";
import { damaged } from "./problems.ts";

/**
 * The only file that loads libsql. The library can also speak to a server: a path that is an address, or an option,
 * would open a socket that no check of ours sees. So it is handed one absolute path and nothing else, and what comes
 * back is narrowed to these three methods.
 */
interface Connection {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}
interface Statement {
  all(...values: Value[]): unknown[];
  run(...values: Value[]): unknown;
}
type Libsql = new (path: string) => Connection;

export type Value = string | number | null;

/** How long a statement waits for another process, milliseconds: it waits in this thread, and nothing else goes on. */
export const BUSY_MS = 2000;

let loaded: Libsql | undefined;

function libsql(): Libsql {
  if (loaded !== undefined) return loaded;
  // The loader asks Node for a diagnostic report to tell glibc from musl. With sockets open, Node would ask the
  // system resolver for the names of their peers.
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  try {
    // Loaded at first use, not by an `import`: a machine without the add-on can still run on the emulator.
    const add: Libsql = createRequire(import.meta.url)("libsql");
    loaded = add;
    return add;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/**
 * Which way a database is opened. `durable`: a committed transaction outlives `kill -9` and a power cut. `lock`: never
 * written, only locked; the wait is for a process that tries at the same instant and steps back.
 */
export type Purpose = "durable" | "lock";

const SETTINGS: Readonly<Record<Purpose, readonly string[]>> = {
  // A rollback journal, not a write-ahead log: nothing but the file itself holds what was committed, no lock outlives a
  // transaction, and none depends on shared memory. TRUNCATE with FULL syncs the journal's end too, where DELETE would
  // let a power cut bring the journal back and undo a transaction that was already acknowledged.
  durable: [
    `busy_timeout=${BUSY_MS}`,
    "journal_mode=TRUNCATE",
    "synchronous=FULL",
    "fullfsync=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
  ],
  lock: ["busy_timeout=50", "journal_mode=MEMORY"],
};

/** An SQLite database in a file. Synchronous: each call returns when it is done, and on disk where it has to be. */
export class Database {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  /**
   * @param path absolute; the file must be there
   * @throws Fault `FAULT_LEDGER_PATH` for a path that the library could take for an address; what `ledgerRefusal` can tell, otherwise
   */
  constructor(path: string, purpose: Purpose) {
    if (!isAbsolute(path) || path.includes("\0") || /^[^\\/]{2,}:/.test(path)) {
      throw new Fault("FAULT_LEDGER_PATH", "the embedded database takes an absolute path alone");
    }
    const Libsql = libsql();
    this.#connection = new Libsql(path);
    try {
      for (const setting of SETTINGS[purpose]) this.#statement(`PRAGMA ${setting}`).all();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Runs statements without values or results. */
  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  run(sql: string, ...values: Value[]): void {
    this.#statement(sql).run(...values);
  }

  /** @throws Refusal `LEDGER_CORRUPT` for a row that is not of the given shape */
  all<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T[] {
    // Always to the last row: a statement left halfway would keep its lock on the file.
    return this.#statement(sql)
      .all(...values)
      .map((found) => {
        const parsed = row.safeParse(found);
        if (!parsed.success) throw damaged("a row is not as this program writes it", parsed.error);
        return parsed.data;
      });
  }

  /** @throws Refusal `LEDGER_CORRUPT` unless there is exactly one row, of the given shape */
  one<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T {
    const rows = this.all(row, sql, ...values);
    const [first] = rows;
    if (first === undefined || rows.length > 1) throw damaged("a row is missing, or there twice");
    return first;
  }

  /** Runs `work` in one transaction with the write lock held from its start: all of it is committed, or nothing. */
  write<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #rollback(): void {
    try {
      this.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself: after a full disk or an input/output error there is nothing left to undo.
    }
  }
}
