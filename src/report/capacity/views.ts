import { renderCapacityMarkdown } from "./markdown.ts";
import { renderCapacityPage } from "./page.ts";
import type { CapacityReport } from "./schema.ts";

/** The files of a capacity check, by name. */
export function renderCapacityViews(report: CapacityReport): Readonly<Record<string, string>> {
  return {
    "capacity.json": `${JSON.stringify(report, null, 2)}\n`,
    "capacity.html": renderCapacityPage(report),
    "capacity.md": renderCapacityMarkdown(report),
  };
}
