import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Runs whose report.json is kept from job to job, to compare later ones with; as many as `--baseline last` looks at. */
const KEPT_MOST = 20;

/**
 * Makes the folder of reports small enough to be carried from job to job: of all runs but those named, report.json
 * alone, and of the oldest nothing. Run folders begin with the profile's name and go on with the time, so those of one profile
 * sort by age. Links and files are left alone: we made none.
 *
 * @param whole names of folders that stay as they are
 */
export function keepReports(folder: string, whole: readonly string[]): void {
  if (!existsSync(folder)) return;
  const runs = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "report.json")))
    .map(({ name }) => name)
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)));
  for (const [age, name] of runs.entries()) {
    if (whole.includes(name)) continue;
    const run = join(folder, name);
    if (age >= KEPT_MOST) {
      rmSync(run, { recursive: true });
      continue;
    }
    for (const entry of readdirSync(run)) {
      if (entry !== "report.json") rmSync(join(run, entry), { recursive: true });
    }
  }
}

/** `20261126T190000Z` in the folder's name; one without sorts as the oldest. */
function timeOf(name: string): string {
  return /\d{8}T\d{6}Z/.exec(name)?.[0] ?? "";
}
