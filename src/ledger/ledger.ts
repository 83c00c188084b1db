import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import {
  BUDGET_REQUESTS,
  budgetLeft,
  CLOCK_TOLERANCE_MS,
  type Standing,
} from "../guard/standing.ts";
import { type AppendedEntry, type AuditHead, checked, fingerprint, runId } from "./audit-entry.ts";
import { AuditLog } from "./audit-log.ts";
import { addBlock, spent, takeBack } from "./blocks.ts";
import { Database } from "./database.ts";
import { ensurePlainFile, isPlainFile } from "./files.ts";
import { clockBehind, damaged, orRefuse } from "./problems.ts";
import { type RunHold, tryHoldRun } from "./run-hold.ts";
import {
  finishRun,
  insertRun,
  lastTimes,
  type PastRun,
  type RunEnd,
  type RunStart,
  selectRuns,
  tripRun,
  type WhoAndWhere,
} from "./runs.ts";
import {
  committedHead,
  createTables,
  LEDGER_FILE,
  latestMs,
  requireOurs,
  requireSound,
  saveState,
  saveTime,
} from "./schema.ts";

/** A part of the daily budget that a run asks for. */
export interface BlockRequest {
  readonly run: string;
  /** Fingerprints. */
  readonly key: string;
  readonly account: string;
  /** 1 to 20 000. */
  readonly requests: number;
}

export type Reservation =
  /** At least 1, at most what was asked for: on disk before it is returned. */
  { readonly kind: "granted"; readonly requests: number } | { readonly kind: "spent" };

/**
 * What has to outlive a process: one run at a time, the daily budget, cool-downs, the history of runs and the audit
 * log. Each call returns when what it did is on disk, in about a millisecond on a local disk; one that finds another
 * process writing waits for it, 2 s at most.
 *
 * Every method throws Refusal `LEDGER_…` where database or disk fail, and Fault `FAULT_LEDGER_ENTRY` for a value that
 * could hold what must not be written, such as a key in place of its fingerprint.
 */
export class Ledger {
  readonly #dir: string;
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  /** For `openLedger` alone. */
  constructor(stateDir: string, database: Database, audit: AuditLog, clock: Clock) {
    this.#dir = stateDir;
    this.#database = database;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** The right to run against Klarna, held until it is released or the process ends; `undefined` while another run has it. */
  tryHoldRun(): RunHold | undefined {
    return tryHoldRun(this.#dir);
  }

  /** Takes a block out of the daily budget. It stays taken whatever becomes of the process. */
  reserve(block: BlockRequest): Reservation {
    checked(blockSchema, block);
    return this.#write((nowMs) => {
      const left = budgetLeft(spent(this.#database, block.key, block.account, nowMs));
      const requests = Math.min(block.requests, left);
      if (requests === 0) return { kind: "spent" };
      addBlock(this.#database, { ...block, requests }, nowMs);
      saveTime(this.#database, nowMs);
      return { kind: "granted", requests };
    });
  }

  /**
   * Gives back what a run reserved and did not send. For an orderly end alone: after it, nothing more is sent.
   * @returns how many were given back, at most what the run had reserved
   */
  giveBack(run: string, requests: number): number {
    checked(z.number().int().nonnegative(), requests);
    return this.#write(() => takeBack(this.#database, checked(runId, run), requests));
  }

  /** What is known that bears on a run against Klarna at an instant. */
  standing(asked: StandingQuestion): Standing {
    return orRefuse(() => standingIn(this.#database, asked));
  }

  /** Writes a run down before it does anything, so that a killed one counts as well. */
  beginRun(start: RunStart): AuditHead {
    const { id: run, reportDir, ...what } = start;
    return this.#record({ event: "run-began", run, ...what }, (nowMs) =>
      insertRun(this.#database, start, nowMs),
    );
  }

  /**
   * Writes down at once that a protection rule ended a run: the hour's cool-down begins, even if the process dies now.
   * @throws Fault `FAULT_LEDGER_RUN` for a run that was not begun here
   */
  tripRun(run: string, code: string): AuditHead {
    return this.#record({ event: "run-tripped", run, code }, (nowMs) =>
      tripRun(this.#database, run, code, nowMs),
    );
  }

  /**
   * @returns the audit log's head with this run in it, for the run's report
   * @throws Fault `FAULT_LEDGER_RUN` for a run that was not begun here
   */
  endRun(run: string, end: RunEnd): AuditHead {
    const { figures, ...ended } = end;
    return this.#record({ event: "run-ended", run, ...ended }, (nowMs) =>
      finishRun(this.#database, run, end, nowMs),
    );
  }

  /** Adds a line to the audit log. @returns the head with it */
  appendAudit(entry: AppendedEntry): AuditHead {
    return this.#record(entry, () => {});
  }

  /** @param most runs at most @returns the newest first */
  history(profile?: string, most = 1000): PastRun[] {
    return orRefuse(() => selectRuns(this.#database, profile, most));
  }

  close(): void {
    this.#database.close();
  }

  #record(entry: AppendedEntry, work: (nowMs: number) => void): AuditHead {
    for (;;) {
      const head = this.#write((nowMs) => {
        const committed = committedHead(this.#database);
        const settled = this.#audit.settle(committed);
        if (settled !== committed) {
          // Committed alone, before another line is written: never is more than one line beyond the committed head.
          saveState(this.#database, nowMs, settled);
          return undefined;
        }
        work(nowMs);
        const { bytes, ...head } = this.#audit.append(committed, nowMs, entry);
        saveState(this.#database, nowMs, { bytes, ...head });
        return head;
      });
      if (head !== undefined) return head;
    }
  }

  #write<T>(work: (nowMs: number) => T): T {
    return orRefuse(() =>
      this.#database.write(() => {
        // Never before an entry that is there, wherever the wall clock has gone since the ledger was opened.
        return work(Math.max(wallMs(this.#clock), latestMs(this.#database)));
      }),
    );
  }
}

/** Who asks, where to, and at what instant, milliseconds since the Unix epoch. */
export type StandingQuestion = WhoAndWhere & { readonly nowMs: number };

function standingIn(database: Database, { nowMs, ...where }: StandingQuestion): Standing {
  const { key, account } = checked(whoSchema, { key: where.key, account: where.account });
  return {
    withKey: key !== undefined,
    budgetLeft: budgetLeft(spent(database, key, account, nowMs)),
    ...lastTimes(database, where),
  };
}

const whoSchema = z.strictObject({ key: fingerprint.optional(), account: fingerprint });
const blockSchema = z.strictObject({
  run: runId,
  key: fingerprint,
  account: fingerprint,
  requests: z.number().int().min(1).max(BUDGET_REQUESTS),
});

function wallMs(clock: Clock): number {
  return Math.floor(clock.wallMs());
}

/**
 * Opens the ledger in a state directory, makes it where there is none, and mends what a crash left.
 *
 * @param stateDir an absolute path: a folder of this user's own, mode 0700, on a local disk
 * @throws Refusal with a code of its own for each way in which it can't be relied on: `LEDGER_CORRUPT`,
 *   `LEDGER_AUDIT_BROKEN`, `LEDGER_LOCKED`, `LEDGER_READ_ONLY`, `LEDGER_FULL`, `LEDGER_NEWER`, `LEDGER_CLOCK_BEHIND`
 *   (by more than two minutes), `LEDGER_UNUSABLE`; each says the way out
 */
export function openLedger(stateDir: string, clock: Clock): Ledger {
  return orRefuse(() => {
    const path = join(stateDir, LEDGER_FILE);
    ensurePlainFile(path);
    const database = new Database(path, "durable");
    try {
      const audit = new AuditLog(stateDir);
      database.write(() => makeReady(database, path, audit, wallMs(clock)));
      return new Ledger(stateDir, database, audit, clock);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Writes once in any case, so that a ledger that can't be written is refused before anything depends on it. */
function makeReady(database: Database, path: string, audit: AuditLog, nowMs: number): void {
  if (requireOurs(database) === "empty") {
    const head = audit.isThere ? audit.adoptBeginning(null) : audit.begin(nowMs, null);
    if (head === undefined) throw damaged("ledger.db is gone or empty, and audit.log is not");
    createTables(database, nowMs, head);
    return;
  }
  requireSound(database, path);
  const latest = latestMs(database);
  if (nowMs < latest - CLOCK_TOLERANCE_MS) throw clockBehind(nowMs, latest);
  const { bytes, ...before } = committedHead(database);
  const head = audit.isThere ? audit.settle({ bytes, ...before }) : audit.begin(nowMs, before);
  saveState(database, nowMs, head);
}

/**
 * What `Ledger.standing` would say, for a plan: makes no ledger where there is none, and writes nothing.
 *
 * @throws Refusal `LEDGER_…` when a ledger is there and can't be relied on
 */
export function readStanding(stateDir: string, asked: StandingQuestion): Standing {
  return orRefuse(() => {
    const path = join(stateDir, LEDGER_FILE);
    if (!isPlainFile(path)) return freshStanding(asked);
    const database = new Database(path, "durable");
    try {
      if (requireOurs(database) === "empty") return freshStanding(asked);
      const latest = latestMs(database);
      if (asked.nowMs < latest - CLOCK_TOLERANCE_MS) throw clockBehind(asked.nowMs, latest);
      return standingIn(database, asked);
    } finally {
      database.close();
    }
  });
}

function freshStanding({ key }: StandingQuestion): Standing {
  return {
    withKey: key !== undefined,
    budgetLeft: BUDGET_REQUESTS,
    lastDrillMs: undefined,
    protectionTrippedMs: undefined,
    lastPassedSmokeMs: undefined,
  };
}

/**
 * The history alone, for a person to look at: of a ledger whatever its clock says, which is not made where there is none.
 *
 * @returns the newest first; empty where there is no ledger
 * @throws Refusal `LEDGER_…` when it can't be read
 */
export function readHistory(stateDir: string, profile?: string, most = 1000): PastRun[] {
  return orRefuse(() => {
    const path = join(stateDir, LEDGER_FILE);
    if (!isPlainFile(path)) return [];
    const database = new Database(path, "durable");
    try {
      return requireOurs(database) === "empty" ? [] : selectRuns(database, profile, most);
    } finally {
      database.close();
    }
  });
}
