import { createHash } from "node:crypto";
import { formatCount } from "../../figures.ts";
import type { IndexEntry } from "../../index-entry.ts";
import { html, jsonForScript, raw } from "../escape.ts";
import { STYLE } from "../style.ts";
import { runs, trends } from "./sections.ts";
import { INDEX_STYLE } from "./style.ts";

/** What the page knows itself by, so that no file of anybody else's is ever written over. */
export const INDEX_MARK = '<meta name="generator" content="klarna-perf: runs of this folder">';
/** Around what the page keeps of each run. */
export const INDEX_DATA = {
  from: '<script type="application/json" id="runs-data">',
  to: "</script>",
} as const;

/**
 * The runs of a folder as one HTML file, without a script, whose links lead to the runs' own pages beside it. The same
 * entries give the same bytes.
 *
 * @param entries in any order @param notes what of the folder is not listed, in sentences
 */
export function renderIndex(entries: readonly IndexEntry[], notes: readonly string[]): string {
  const newestFirst = entries.toSorted(
    (a, b) => order(b.startedAt, a.startedAt) || order(a.folder, b.folder),
  );
  const style = STYLE + INDEX_STYLE;
  const hash = createHash("sha256").update(style, "utf8").digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${raw(INDEX_MARK)}
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Runs of klarna-perf</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<div class="shell runs">
<main id="content">
<h1>Runs of klarna-perf</h1>
<p class="lead">${formatCount(newestFirst.length)} in this folder, the newest first. Each run's own page holds the rest.</p>
${notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${trends(newestFirst)}
${runs(newestFirst)}
<footer>Made after each run. A folder that was removed is gone from here after the next.</footer>
</main>
</div>
${raw(INDEX_DATA.from)}${jsonForScript(newestFirst)}${raw(INDEX_DATA.to)}
</body>
</html>
`.markup;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
