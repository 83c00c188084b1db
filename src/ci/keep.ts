import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Runs of each profile whose report.json is kept from job to job; as many as `--baseline last` compares with. */
const KEPT_MOST = 20;

/**
 * Makes the folder of reports small enough to be carried from job to job: of all runs but those named, report.json
 * alone, and of each profile's oldest nothing. Run folders begin with the profile's name and go on with the time. Links
 * and files are left alone: we made none.
 *
 * @param whole names of folders that stay as they are
 */
export function keepReports(folder: string, whole: readonly string[]): void {
  if (!existsSync(folder)) return;
  const runs = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "report.json")))
    .map(({ name }) => name)
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)));
  const newer = new Map<string, number>();
  for (const name of runs) {
    const profile = profileOf(name);
    const age = newer.get(profile) ?? 0;
    newer.set(profile, age + 1);
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

const TIME = /\d{8}T\d{6}Z/;

/** `20261126T190000Z` in the folder's name; one without sorts as the oldest. */
function timeOf(name: string): string {
  return TIME.exec(name)?.[0] ?? "";
}

/** What stands before it; those without a time are kept as one profile's. */
function profileOf(name: string): string {
  const at = name.search(TIME);
  return at === -1 ? "" : name.slice(0, at);
}
