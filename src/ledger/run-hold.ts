import { join } from "node:path";
import { Database } from "./database.ts";
import { ensurePlainFile } from "./files.ts";
import { ledgerRefusal } from "./problems.ts";

/** An empty database that is never written: its lock is what it is for. */
const LOCK_FILE = "run.lock";

/**
 * The right to be the one run against Klarna from this state directory. It is an open exclusive transaction: the
 * kernel takes the lock back when the process ends in whatever way, so there is no lease to run out and no process
 * id to go stale. On a network share the lock is as good as the share's locks.
 */
export interface RunHold {
  /** Lets the next run begin; does nothing the second time. */
  release(): void;
}

/** A connection that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<Database>();

/** @returns `undefined` while another run, of this process or another, has it */
export function tryHoldRun(stateDir: string): RunHold | undefined {
  const path = join(stateDir, LOCK_FILE);
  let database: Database | undefined;
  try {
    ensurePlainFile(path);
    database = new Database(path, "lock");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    const refusal = ledgerRefusal(error);
    if (refusal.code === "LEDGER_LOCKED") return undefined;
    throw refusal;
  }
  const taken = database;
  held.add(taken);
  return {
    release() {
      if (!held.delete(taken)) return;
      taken.exec("ROLLBACK");
      taken.close();
    },
  };
}
