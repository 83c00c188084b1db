import { readFileSync } from "node:fs";
import { renderHtml } from "../report/html/page.ts";
import { renderJunit } from "../report/junit.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { renderOpenMetrics } from "../report/openmetrics.ts";
import type { Report } from "../report/schema.ts";
import { packageFiles } from "./package-files.ts";

/** The files of a report, by name. */
export function renderViews(report: Report): Readonly<Record<string, string>> {
  const { pageScript, chartStyle } = packageFiles();
  const assets = {
    script: readFileSync(pageScript, "utf8"),
    chartStyle: readFileSync(chartStyle, "utf8"),
  };
  return {
    "report.json": `${JSON.stringify(report, null, 2)}\n`,
    "report.html": renderHtml(report, assets),
    "junit.xml": renderJunit(report),
    "summary.md": renderMarkdown(report),
    "openmetrics.txt": renderOpenMetrics(report),
  };
}
