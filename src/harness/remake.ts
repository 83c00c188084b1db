import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { RECORD_FILES } from "../measure/record-format.ts";
import { reportFromRecord } from "../report/from-record.ts";
import type { Report } from "../report/schema.ts";
import { writeReports } from "./out-dir.ts";
import { hasIndex, rewriteIndex } from "./reports-index.ts";
import { renderViews } from "./views.ts";

/**
 * Makes the reports of a run again, from its record and nothing else. A list of runs in the folder above is kept current.
 *
 * @param dir the run's folder, which holds `record/`, or a record that had to be written elsewhere
 * @throws UsageError `RECORD_…` when there is no record that this version can read
 */
export async function remakeReports(dir: string): Promise<Report> {
  const isRecord = existsSync(join(dir, RECORD_FILES.manifest));
  const recordDir = isRecord ? dir : join(dir, "record");
  const report = reportFromRecord(recordDir);
  await writeReports(dir, renderViews(report), recordDir);
  const folder = dirname(resolve(dir));
  if (!isRecord && hasIndex(folder)) rewriteIndex(folder);
  return report;
}
