import { join } from "node:path";
import { reportFromRecord } from "../report/from-record.ts";
import type { Report } from "../report/schema.ts";
import { writeReports } from "./out-dir.ts";
import { renderViews } from "./views.ts";

/**
 * Makes the reports of a run again, from its record and nothing else.
 *
 * @param dir the run's folder, which holds `record/`
 * @throws UsageError `RECORD_…` when there is no record that this version can read
 */
export async function remakeReports(dir: string): Promise<Report> {
  const report = reportFromRecord(join(dir, "record"));
  await writeReports(dir, renderViews(report));
  return report;
}
