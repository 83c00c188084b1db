import { createHash } from "node:crypto";
import { Fault } from "../../base/errors.ts";
import { visible } from "../../guard/foreign-text.ts";
import { VERDICT_WORDS } from "../figures.ts";
import type { Report } from "../schema.ts";
import { pageCharts, pageData } from "./charts/page-charts.ts";
import { type Fragment, html, jsonForScript, type Raw, raw } from "./escape.ts";
import { charts } from "./sections/charts.ts";
import { cleanUp, leftOpen } from "./sections/clean-up.ts";
import { comparison } from "./sections/comparison.ts";
import { drill } from "./sections/drill.ts";
import { errors, rateLimits, slowest } from "./sections/evidence.ts";
import { gate } from "./sections/gate.ts";
import { journeys, operations, waits } from "./sections/latency.ts";
import { phases } from "./sections/phases.ts";
import { guard, plan, provenance } from "./sections/provenance.ts";
import { asked, happened, thresholds, verdictBand, warnings } from "./sections/summary.ts";
import { STYLE } from "./style.ts";

/** What the page takes in as text. */
export interface PageAssets {
  /** `client/` and the chart library in it, as `scripts/page-script.mjs` bundles them. */
  readonly script: string;
  /** The chart library's style sheet: `uPlot.min.css`. */
  readonly chartStyle: string;
}

/**
 * A finished report as one HTML file that asks nothing of any network. Its content policy allows the inline
 * scripts and style sheets written here, by hash, and nothing else, so that foreign text could not run even
 * if it escaped its encoding. The same report and assets give the same bytes.
 * @throws Fault `FAULT_PAGE_ASSET` if an asset can't stand inside its element
 */
export function renderHtml(report: Report, assets: PageAssets): string {
  const scripts = [inlineText(assets.script, "script")];
  const styles = [assets.chartStyle, STYLE].map((text) => inlineText(text, "style"));
  const baselines = report.comparison?.operations ?? [];
  const drawn = pageCharts(
    report,
    (operation) => baselines.find(({ name }) => name === operation)?.baseline,
  );
  const { run, verdict } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(scripts, styles)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${VERDICT_WORDS[verdict]}: ${visible(run.profile)} on ${visible(run.environment)}</title>
<link rel="icon" href="data:,">
${styles.map((text) => html`<style>${text}</style>\n`)}</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<div class="shell">
${navigation(report)}
<main id="content" tabindex="-1">
${verdictBand(report)}
<div class="pair">${asked(report)}${happened(report)}</div>
${thresholds(report)}
${gate(report)}
${drill(report)}
${warnings(report)}
${comparison(report)}
${charts(report, drawn.charts)}
${operations(report)}
${journeys(report)}
${waits(report)}
${phases(report)}
${rateLimits(report)}
${errors(report)}
${slowest(report)}
${cleanUp(report)}
${guard(report)}
${plan(report)}
${provenance(report)}
<footer>Made by ${run.tool.name} ${visible(run.tool.version)}. report.json, beside this page, holds every figure in full.</footer>
</main>
</div>
<script type="application/json" id="chart-data">${jsonForScript(pageData(drawn))}</script>
${scripts.map((text) => html`<script>${text}</script>\n`)}</body>
</html>
`;
  return page.markup;
}

function navigation(report: Report): Raw {
  const { warnings, errors, comparison } = report;
  const left = leftOpen(report);
  const links: readonly (readonly [id: string, name: string] | false)[] = [
    ["verdict", "Verdict"],
    ["asked", "Asked"],
    ["happened", "Happened"],
    ["thresholds", "Thresholds"],
    report.gate != null && ["gate", "Application"],
    report.drill != null && ["drill", "Client at the limit"],
    warnings.length > 0 && ["warnings", `Warnings (${warnings.length})`],
    comparison !== null && ["comparison", "Comparison"],
    ["latency", "Latency"],
    ["throughput", "Throughput"],
    report.drill != null && ["rate-limit", "Limit over time"],
    ["spectrum", "Percentiles"],
    ["operations", "Operations"],
    ["journeys", "Journeys"],
    ["waits", "Waits"],
    ["phases", "Phases"],
    ["rate-limits", "Rate limits"],
    ["errors", errors.length > 0 ? `Errors (${errors.length})` : "Errors"],
    ["slowest", "Slowest"],
    report.cleanUp != null && ["clean-up", left > 0 ? `Left behind (${left})` : "Left behind"],
    ["guard", "Guard"],
    ["plan", "Plan"],
    ["run", "Run"],
  ];
  const items: Fragment[] = links.map(
    (link) => link && html`<li><a href="#${link[0]}">${link[1]}</a></li>\n`,
  );
  return html`<nav aria-label="Sections"><p class="brand">klarna-perf</p><ul>${items}</ul></nav>`;
}

function contentPolicy(scripts: readonly Raw[], styles: readonly Raw[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashSource).join(" ")}`,
    `style-src ${styles.map(hashSource).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function hashSource({ markup }: Raw): string {
  return `'sha256-${createHash("sha256").update(markup, "utf8").digest("base64")}'`;
}

/** As the browser will read it: the HTML parser turns every line end into a line feed before hashing. */
function inlineText(text: string, element: "script" | "style"): Raw {
  if (new RegExp(`</${element}|<!--|\\0`, "i").test(text)) {
    throw new Fault("FAULT_PAGE_ASSET", `an asset can't stand inside a ${element} element`);
  }
  return raw(text.replace(/\r\n?/g, "\n"));
}
