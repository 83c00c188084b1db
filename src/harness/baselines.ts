import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { KlarnaPerfError, UsageError } from "../base/errors.ts";
import { visible } from "../guard/foreign-text.ts";
import { readHistory } from "../ledger/ledger.ts";
import type { PastRun } from "../ledger/runs.ts";
import { RECORD_FILES } from "../measure/record-format.ts";
import { comparedRunOf } from "../report/alike.ts";
import { reportFromRecord } from "../report/from-record.ts";
import { type ReadReport, readReport } from "../report/read-report.ts";
import type { ComparedRun, Conditions } from "../report/schema/comparison.ts";
import { openStateDir } from "./state-dir.ts";

/** In place of a file: the runs of the history that are like the candidate. */
export const LAST = "last";
/** How many of them, the newest: more would hold a limit where the target was months ago. */
const LAST_MOST = 20;
/** So many runs of the history are looked at for them. */
const LOOKED_AT_MOST = 1_000;

export interface Baselines {
  readonly runs: readonly ComparedRun[];
  /** What could not be read, by file. */
  readonly problems: readonly string[];
}

/** The run that baselines are sought for. */
export interface SoughtFor {
  /** Itself and those that confirm it, which the history leaves out; empty before the run. */
  readonly ids: readonly string[];
  readonly conditions: Pick<Conditions, "profile" | "profileHash" | "environment">;
}

/**
 * The runs to compare with.
 *
 * @param given each a report.json, the folder of a run, or `last`
 * @throws UsageError for a file that holds no report of which anything can be compared
 */
export function readBaselines(
  given: readonly string[],
  sought: SoughtFor,
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string | undefined>> },
): Baselines {
  const problems: string[] = [];
  const runs = given.flatMap((one): ComparedRun[] => {
    if (one === LAST) return lastRuns(sought, env, problems);
    const read = readRun(one, cwd);
    problems.push(...read.problems.map((problem) => `${visible(one)}: ${problem}`));
    return [read.run];
  });
  // The same run, given twice or also in the history, would agree with itself.
  const once = new Map(runs.map((run) => [run.id, run]));
  return { runs: [...once.values()], problems };
}

/**
 * A run's report, from its report.json; where that can't be read and its record is beside it, from the record.
 *
 * @param path a report.json, or the folder of a run @throws UsageError `REPORT_…`
 */
export function readRun(path: string, cwd: string): ReadReport {
  const full = resolve(cwd, path);
  const isFolder = existsSync(full) && statSync(full).isDirectory();
  const file = isFolder ? join(full, "report.json") : full;
  const shown = visible(isFolder ? join(path, "report.json") : path);
  try {
    return readReport(textOf(file, shown), shown);
  } catch (error) {
    const record = join(dirname(file), "record");
    if (!(error instanceof UsageError) || !existsSync(join(record, RECORD_FILES.manifest)))
      throw error;
    const run = comparedRunOf(reportFromRecord(record));
    return { run, problems: [`read from its record instead, since ${error.message}`] };
  }
}

function textOf(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new UsageError("REPORT_NOT_FOUND", `\`${shown}\` can't be read: ${code}`, {
      hint: "give a run's report.json, the folder that holds it, or `last` for the runs of the history",
      cause,
    });
  }
}

/** The newest runs of the same profile in the same place that ended well and were called no regression. */
function lastRuns(
  { ids, conditions }: SoughtFor,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): ComparedRun[] {
  const state = openStateDir(env);
  if (state.problem !== undefined) {
    problems.push(`no history: the state directory ${visible(state.path)}: ${state.problem}`);
    return [];
  }
  const found: ComparedRun[] = [];
  for (const past of readHistory(state.path, conditions.profile, LOOKED_AT_MOST)) {
    if (found.length === LAST_MOST) break;
    if (ids.includes(past.id) || !isLike(past, conditions)) continue;
    try {
      const { run } = readRun(past.reportDir, "/");
      if (run.id === past.id && run.compared !== "regressed" && run.compared !== "unconfirmed")
        found.push(run);
    } catch (error) {
      if (!(error instanceof KlarnaPerfError)) throw error;
      problems.push(`${visible(past.reportDir)}: ${error.message}`);
    }
  }
  return found;
}

function isLike(past: PastRun, { profileHash, environment }: SoughtFor["conditions"]): boolean {
  const verdict = past.ended?.verdict;
  return (
    past.profileHash === profileHash &&
    past.environment === environment &&
    (verdict === "passed" || verdict === "inconclusive")
  );
}
