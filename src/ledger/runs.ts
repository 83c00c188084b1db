import * as z from "zod";
import { Fault } from "../base/errors.ts";
import { ENVIRONMENT_NAMES, KINDS } from "../guard/environments.ts";
import { GATE_PROFILE, PROBE_PROFILE, type Standing } from "../guard/standing.ts";
import {
  checked,
  code,
  count,
  fingerprint,
  profileName,
  runId,
  sha256,
  VERDICTS,
} from "./audit-entry.ts";
import type { Database } from "./database.ts";

/** The history of runs. What is called here is called inside a transaction of the ledger's. */

/** Runs kept; the audit log keeps all. What a rule may still ask for is never dropped. */
const RUNS_MOST = 10_000;
const KEPT_MS = 7 * 24 * 3_600_000;

const figures = z.record(z.string().max(64), z.union([z.number(), z.string().max(200), z.null()]));
const time = z.number().int().nonnegative();

const runStart = z.strictObject({
  id: runId,
  profile: profileName,
  profileHash: sha256,
  kind: z.enum(KINDS),
  environment: z.enum(ENVIRONMENT_NAMES),
  /** Fingerprints; both null on the emulator. */
  key: fingerprint.nullable(),
  account: fingerprint.nullable(),
  /** The folder of the run's reports. */
  reportDir: z.string().min(1).max(4096),
});

const runEnd = z.strictObject({
  verdict: z.enum(VERDICTS),
  exitCode: count.max(255),
  /** Requests that were sent. */
  sent: count,
  /** Figures for the history: at most 200. */
  figures: figures.refine((given) => Object.keys(given).length <= 200),
});

/** A run as it begins. */
export type RunStart = z.infer<typeof runStart>;
/** A run as it ended. */
export type RunEnd = z.infer<typeof runEnd>;

/** A run of the history. Times are milliseconds since the Unix epoch. */
export interface PastRun extends RunStart {
  readonly startedMs: number;
  /** When a protection rule ended it; null when none did. */
  readonly trippedMs: number | null;
  /** null: still running, or its process was killed. */
  readonly ended: (RunEnd & { readonly endedMs: number }) | null;
}

export function insertRun(database: Database, start: RunStart, nowMs: number): void {
  const run = checked(runStart, start);
  database.run(
    `INSERT INTO runs (id, profile, profile_hash, kind, environment, key, account, report_dir, started_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.id,
    run.profile,
    run.profileHash,
    run.kind,
    run.environment,
    run.key,
    run.account,
    run.reportDir,
    nowMs,
  );
  database.run(
    `DELETE FROM runs WHERE started_ms < ? AND id NOT IN
     (SELECT id FROM runs ORDER BY started_ms DESC LIMIT ${RUNS_MOST})`,
    nowMs - KEPT_MS,
  );
}

export function tripRun(database: Database, id: string, stopCode: string, nowMs: number): void {
  checked(code, stopCode);
  requireKnown(database, id);
  database.run("UPDATE runs SET tripped_ms = ? WHERE id = ?", nowMs, id);
}

export function finishRun(database: Database, id: string, end: RunEnd, nowMs: number): void {
  const run = checked(runEnd, end);
  requireKnown(database, id);
  database.run(
    "UPDATE runs SET ended_ms = ?, verdict = ?, exit_code = ?, sent = ?, figures = ? WHERE id = ?",
    nowMs,
    run.verdict,
    run.exitCode,
    run.sent,
    JSON.stringify(run.figures),
    id,
  );
}

/** Changing no row would be no error to SQLite, and a cool-down would be lost. */
function requireKnown(database: Database, id: string): void {
  const known = database.all(z.object({ id: z.string() }), "SELECT id FROM runs WHERE id = ?", id);
  if (known.length === 0) throw new Fault("FAULT_LEDGER_RUN", "the ledger knows no such run");
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
});

const row = z.object({
  id: runId,
  profile: profileName,
  profile_hash: sha256,
  kind: z.enum(KINDS),
  environment: z.enum(ENVIRONMENT_NAMES),
  key: fingerprint.nullable(),
  account: fingerprint.nullable(),
  report_dir: z.string(),
  started_ms: time,
  tripped_ms: time.nullable(),
  ended_ms: time.nullable(),
  verdict: z.enum(VERDICTS).nullable(),
  exit_code: count.nullable(),
  sent: count.nullable(),
  figures: json.pipe(figures).nullable(),
});

/** @returns the newest first */
export function selectRuns(
  database: Database,
  profile: string | undefined,
  most: number,
): PastRun[] {
  const rows =
    profile === undefined
      ? database.all(row, "SELECT * FROM runs ORDER BY started_ms DESC, id DESC LIMIT ?", most)
      : database.all(
          row,
          "SELECT * FROM runs WHERE profile = ? ORDER BY started_ms DESC, id DESC LIMIT ?",
          profile,
          most,
        );
  return rows.map(pastRun);
}

function pastRun(found: z.infer<typeof row>): PastRun {
  const { id, profile, kind, environment, key, account } = found;
  const { ended_ms: endedMs, verdict, exit_code: exitCode, sent } = found;
  const ended = endedMs !== null && verdict !== null && exitCode !== null && sent !== null;
  return {
    id,
    profile,
    profileHash: found.profile_hash,
    kind,
    environment,
    key,
    account,
    reportDir: found.report_dir,
    startedMs: found.started_ms,
    trippedMs: found.tripped_ms,
    ended: ended ? { endedMs, verdict, exitCode, sent, figures: found.figures ?? {} } : null,
  };
}

export interface WhoAndWhere {
  /** Fingerprints; without a key, the account alone is judged. */
  readonly key: string | undefined;
  readonly account: string;
  readonly environment: string;
}

const latest = z.object({ ms: z.number().nullable() });

/** When things last happened; the rules say what each means. */
export function lastTimes(
  database: Database,
  { key, account, environment }: WhoAndWhere,
): Omit<Standing, "budgetLeft" | "withKey"> {
  const last = (what: string, ...values: (string | null)[]): number | undefined =>
    database.one(latest, `SELECT ${what}`, ...values).ms ?? undefined;
  return {
    lastDrillMs: last(
      "max(started_ms) AS ms FROM runs WHERE kind = 'rate-limit-drill' AND environment <> 'emulator' AND (key = ? OR account = ?)",
      key ?? null,
      account,
    ),
    protectionTrippedMs: last(
      "max(tripped_ms) AS ms FROM runs WHERE environment <> 'emulator' AND (key = ? OR account = ?)",
      key ?? null,
      account,
    ),
    lastPassedSmokeMs: last(
      "max(ended_ms) AS ms FROM runs WHERE kind = 'smoke' AND verdict = 'passed' AND exit_code = 0 AND profile NOT IN (?, ?) AND environment = ? AND key = coalesce(?, key) AND account = ?",
      PROBE_PROFILE,
      GATE_PROFILE,
      environment,
      key ?? null,
      account,
    ),
  };
}
