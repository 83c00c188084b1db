/**
 * The page's style sheet. Colours are chosen for contrast (text 4.5:1 at least on its ground) and to stay apart
 * for colour-blind readers; a shape, a width or a word always says the same as the colour.
 */

const LIGHT = `
  --ground: #fff; --panel: #f6f7f8; --line: #e0e3e7; --rule: #b9c0c8; --text: #16191d; --muted: #59616b; --link: #0b5cad;
  --good: #00694d; --good-ground: #e9f5f0; --bad: #ad1f16; --bad-ground: #fcedeb;
  --doubt: #7a4d00; --doubt-ground: #fbf3e1; --halt: #8a1559; --halt-ground: #fbecf4;
  --c-p50: #0b62a8; --c-p50-pale: #b5d3ec; --c-p95: #00795a; --c-p99: #b45f06; --c-p99-pale: #f3d3ae; --c-max: #59616b;
  --c-planned-pale: #d3d8de; --c-bad: #ad1f16; --c-drop: #8a1559; --c-band: #f1f3f5; --c-gap: #f7dfec; --c-late: #7a4d00;
  --c-o1: #0b62a8; --c-o2: #b45f06; --c-o3: #00795a; --c-o4: #8a1559; --c-o5: #177f96; --c-o6: #6b5b00;
  --c-o1-pale: #b5d3ec; --c-o2-pale: #f3d3ae; --c-o3-pale: #b3dccf; --c-o4-pale: #e6bcd3; --c-o5-pale: #bfe3ea; --c-o6-pale: #dcd6ad;`;

const DARK = `
  --ground: #14171a; --panel: #1c2024; --line: #2c3238; --rule: #4b545d; --text: #e7eaed; --muted: #a0a9b3; --link: #7cb8f2;
  --good: #5fcfa8; --good-ground: #14291f; --bad: #ff9d92; --bad-ground: #351a18;
  --doubt: #eebe5f; --doubt-ground: #2e2411; --halt: #f59acb; --halt-ground: #33182a;
  --c-p50: #6cb4f0; --c-p50-pale: #24486a; --c-p95: #4ecb9f; --c-p99: #f0a24a; --c-p99-pale: #6a431a; --c-max: #a0a9b3;
  --c-planned-pale: #3b434c; --c-bad: #ff9d92; --c-drop: #f59acb; --c-band: #1c2024; --c-gap: #43233a; --c-late: #eebe5f;
  --c-o1: #6cb4f0; --c-o2: #f0a24a; --c-o3: #4ecb9f; --c-o4: #f59acb; --c-o5: #7fd6e6; --c-o6: #d8cf6a;
  --c-o1-pale: #24486a; --c-o2-pale: #6a431a; --c-o3-pale: #1f5443; --c-o4-pale: #66304d; --c-o5-pale: #2a5660; --c-o6-pale: #57521f;`;

export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root:not([data-print]) { ${DARK} } }
* { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; overflow-wrap: anywhere; background: var(--ground); color: var(--text); font-variant-numeric: tabular-nums lining-nums; }
code, .code { font: 0.9em/1.45 ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--ground); padding: 0.5rem 1rem; z-index: 2; }
.skip:focus { top: 0.5rem; }
.shell { max-width: 88rem; margin: 0 auto; padding: 0 1rem 4rem; }
nav { display: flex; gap: 1.25rem; align-items: baseline; }
nav ul { list-style: none; margin: 0; padding: 0 0 0.2rem; display: flex; gap: 0.1rem 1rem; overflow-x: auto; white-space: nowrap; }
nav a { display: block; padding: 0.3rem 0; color: var(--muted); text-decoration: none; font-size: 0.9rem; }
nav a:hover { color: var(--text); text-decoration: underline; }
nav { border-bottom: 1px solid var(--line); padding: 0.5rem 0; margin-bottom: 1rem; }
main { min-width: 0; }
section { margin-top: 3rem; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -0.01em; margin: 0; text-wrap: balance; }
h1 { font-size: 2.1rem; font-weight: 650; }
h2 { font-size: 1.25rem; font-weight: 620; margin-bottom: 0.35rem; }
h3 { font-size: 1rem; font-weight: 620; margin: 1.5rem 0 0.35rem; }
h2 a { color: inherit; text-decoration: none; }
h2 a:hover { text-decoration: underline; text-decoration-color: var(--rule); }
p { margin: 0.35rem 0; max-width: 74ch; overflow-wrap: anywhere; }
.lead, .notes { color: var(--muted); }
.brand { font-weight: 650; margin: 0; white-space: nowrap; letter-spacing: -0.01em; }
.notes { font-size: 0.87rem; margin: 0.6rem 0 0; padding: 0; list-style: none; }
.notes li { margin: 0.1rem 0; max-width: 90ch; overflow-wrap: anywhere; }
sup { font-size: 0.72em; line-height: 0; color: var(--muted); padding-left: 0.15em; }
.nil { color: var(--muted); }

.verdict { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.25rem 1.1rem; padding: 1rem 1.4rem 1.1rem;
  border-left: 6px solid var(--tone); background: var(--tone-ground); margin-top: 1.25rem; }
.verdict .icon { width: 3.2rem; height: 3.2rem; align-self: center; }
.verdict .of { margin: 0; color: var(--text); font-size: 0.95rem; }
.verdict h1, .verdict .icon { color: var(--tone); }
.verdict .why { grid-column: 2; font-size: 1.05rem; margin: 0.2rem 0 0; max-width: 90ch; }
.verdict .stop { font-size: 0.95rem; }
.gist { grid-column: 1 / -1; margin: 0.5rem 0 0; font-size: 0.93rem; }
.gist div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: 0 0.5rem; padding: 0.1rem 0; }
.gist dd { margin: 0; }
.good { --tone: var(--good); --tone-ground: var(--good-ground); }
.bad { --tone: var(--bad); --tone-ground: var(--bad-ground); }
.doubt { --tone: var(--doubt); --tone-ground: var(--doubt-ground); }
.halt { --tone: var(--halt); --tone-ground: var(--halt-ground); }
.plain { --tone: var(--link); --tone-ground: var(--panel); }
.icon { display: inline-block; flex: none; width: 1.15em; height: 1.15em; vertical-align: -0.2em; }
.icon { fill: currentColor; }
.icon .ink { fill: none; stroke: var(--ground); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
.outcome { color: var(--tone); font-weight: 600; white-space: nowrap; display: inline-flex; gap: 0.4em; align-items: center; }
.note { border-left: 3px solid var(--tone); background: var(--tone-ground); padding: 0.6rem 1rem; margin: 0.6rem 0; max-width: none; }
.note code { color: var(--muted); }

.pair { display: grid; gap: 0 3rem; grid-template-columns: minmax(0, 1fr); }
.pair > section { margin-top: 1.3rem; }
.pair + section { margin-top: 1.8rem; }
.facts { display: grid; grid-template-columns: minmax(6.5rem, max-content) minmax(0, 1fr); margin: 0.4rem 0 0; }
.scroll + .facts { margin-top: 1.2rem; }
.facts > div { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; gap: 0 1.25rem;
  border-top: 1px solid var(--line); padding: 0.2rem 0; }
.facts dt { color: var(--muted); overflow-wrap: normal; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts ul { margin: 0; padding: 0; list-style: none; }
.sum { margin: 0.4rem 0 0; }
.sum th, .sum td { padding: 0.2rem 0; }
.sum th { font-weight: 400; text-align: left; }
.sum .in1 th { padding-left: 1.4rem; }
.sum .in2 th { padding-left: 2.8rem; }
.sum tr.strong th, .sum tr.strong td.num { font-weight: 620; }
.swatch { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.5rem; }
.bar { display: block; width: 100%; height: 0.8rem; margin: 0.75rem 0 0.5rem; }
.f-good { fill: var(--c-p50); } .f-unexpected { fill: var(--c-p99); } .f-failed { fill: var(--c-bad); }
.f-unfinished { fill: var(--c-max); } .f-dropped { fill: var(--c-drop); } .f-rest { fill: var(--line); } .f-used { fill: var(--c-p50); }
.f-over { fill: var(--c-bad); }

.scroll, .drawn, section { position: relative; }
.scroll { overflow-x: auto; margin: 0.6rem 0 0; max-width: 100%; background:
  linear-gradient(to right, var(--ground) 1.5rem, transparent) left / 3rem 100% local,
  linear-gradient(to left, var(--ground) 1.5rem, transparent) right / 3rem 100% local,
  linear-gradient(to right, var(--line), transparent) left / 0.7rem 100% scroll,
  linear-gradient(to left, var(--line), transparent) right / 0.7rem 100% scroll; background-repeat: no-repeat; }
.scroll:focus-visible { outline-offset: 0; }
table { overflow-wrap: normal; border-collapse: collapse; width: 100%; font-size: 0.93rem; }
caption { text-align: left; color: var(--muted); font-size: 0.87rem; padding: 0 0 0.35rem; caption-side: top; }
th, td { padding: 0.42rem 0.9rem 0.42rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 500; color: var(--muted); font-size: 0.87rem; border-top: 0; border-bottom: 1px solid var(--rule);
  vertical-align: bottom; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
.stack tbody th, .stack .reason, .sum th { white-space: normal; overflow-wrap: anywhere; }
tbody th small, .sum small { display: block; color: var(--muted); font-weight: 400; font-size: 0.85rem; white-space: normal; min-width: 11rem; }
td > code { white-space: nowrap; }
tbody + tbody tr:first-child > * { border-top-color: var(--rule); }
.num { text-align: right; white-space: nowrap; }
.num small { display: block; color: var(--muted); font-size: 0.8rem; }
.wide { min-width: 11rem; max-width: 32rem; overflow-wrap: break-word; }
.bounds, .whole { white-space: nowrap; }
.whole small { display: block; white-space: normal; color: var(--muted); font-size: 0.85rem; }
.ids { display: flex; flex-wrap: wrap; gap: 0 0.9rem; margin: 0; padding: 0; list-style: none; }
.meter { display: block; width: 100%; min-width: 6rem; height: 0.5rem; margin-top: 0.45rem; }

figure { margin: 0.75rem 0 0; }
.drawn[hidden] { display: none; }
.plot { min-height: 240px; overflow: hidden; }
.u-select { background: var(--link); opacity: 0.15; }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right: 1px solid var(--rule); }
.u-hz .u-cursor-y, .u-vt .u-cursor-x { border: 0; }
.keys { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); align-items: center; gap: 0 0.5rem;
  margin: 0.2rem 0; font-size: 0.87rem; }
.key { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 3px; padding: 0.1rem 0.4rem;
  margin-left: -0.4rem; text-align: left; display: flex; align-items: center; gap: 0.45rem; }
button.key { cursor: pointer; }
button.key:hover { border-color: var(--rule); }
.key[aria-pressed="false"] { color: var(--muted); text-decoration: line-through; }
.key[aria-pressed="false"] svg { opacity: 0.3; }
.key .now { font-weight: 600; white-space: nowrap; }
.key svg { width: 1.7rem; height: 0.8rem; flex: none; }
.at { color: var(--muted); font-size: 0.87rem; min-height: 1.5em; margin: 0.8rem 0 0; max-width: none; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
${[
  "c-p50",
  "c-p50-pale",
  "c-p95",
  "c-p99",
  "c-p99-pale",
  "c-max",
  "c-planned-pale",
  "c-bad",
  "c-drop",
  ...[1, 2, 3, 4, 5, 6].flatMap((i) => [`c-o${i}`, `c-o${i}-pale`]),
]
  .map((color) => `.s-${color} { stroke: var(--${color}); } .p-${color} { fill: var(--${color}); }`)
  .join("\n")}
.intervals { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: 0 1rem; align-items: center; margin: 1rem 0 1.4rem;
  font-size: 0.87rem; }
.iv-name { overflow-wrap: anywhere; }
.iv-name small, .means small { color: var(--muted); }
.iv { display: block; width: 100%; height: 30px; overflow: visible; border-bottom: 1px solid var(--line); }
.iv-axis { height: 18px; border: 0; }
.iv text { fill: var(--muted); font-size: 12px; }
.iv line { stroke: currentColor; stroke-width: 2; }
.iv .iv-grid { stroke: var(--line); stroke-width: 1; }
.iv path, .iv circle, .iv-key path, .iv-key circle:not([class]) { fill: currentColor; stroke: currentColor; }
.iv-p50 { color: var(--c-p50); } .iv-p95 { color: var(--c-p95); } .iv-p99 { color: var(--c-p99); }
.iv .iv-more path, .iv .iv-more circle { fill: var(--ground); }
.iv-key { grid-column: 1 / -1; color: var(--muted); display: flex; flex-wrap: wrap; gap: 0 1.2rem; max-width: none; }
.iv-key svg { width: 0.8rem; height: 0.8rem; margin-right: 0.35rem; vertical-align: -0.08em; }
.means { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: 0.5rem 1rem; align-items: center; margin: 1rem 0;
  font-size: 0.87rem; }
.means small { display: block; }
.share { display: block; width: 100%; height: 0.8rem; }
.found .outcome { margin-right: 0.5rem; vertical-align: bottom; }
.shifts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1rem 2.5rem; margin: 0.8rem 0; font-size: 0.87rem; }
.shift p { margin: 0 0 0.2rem; }
.sh-grid { display: grid; grid-template-columns: max(4.2rem, 62px) minmax(0, 1fr); gap: 0 0.5rem; }
.sh-name { color: var(--muted); font-size: 12px; text-align: right; }
.shifts + .iv-key { font-size: 0.87rem; }
.sh-grid svg { display: block; width: 100%; overflow: visible; }
.sh-grid text { fill: var(--muted); font-size: 12px; }
.sh line { stroke: currentColor; stroke-width: 2; }
.sh .iv-grid { stroke: var(--line); stroke-width: 1; }
.sh .sh-zero { stroke: var(--muted); }
.sh g path, .sh g circle, .iv-key [class^="sh-"] path, .iv-key [class^="sh-"] circle { fill: currentColor; stroke: currentColor; }
.sh-slower { color: var(--c-bad); } .sh-faster { color: var(--c-p95); } .sh-either { color: var(--c-max); }
details { margin-top: 0.5rem; }
.how summary { color: var(--muted); font-size: 0.87rem; }
.how p { color: var(--muted); font-size: 0.87rem; max-width: 90ch; }
summary { cursor: pointer; color: var(--link); font-size: 0.93rem; padding: 0.25rem 0; width: max-content; max-width: 100%; }
details[open] .scroll { max-height: 28rem; overflow-y: auto; }
details thead th { position: sticky; top: 0; background: var(--ground); }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); font-size: 0.87rem; }

@media (min-width: 44rem) {
  .shell { padding: 0 2rem 5rem; }
}
@media (min-width: 60rem) {
  .gist { display: none; }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (min-width: 78rem) {
  .shell:has(> nav) { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: 0 3rem; }
  nav { position: sticky; top: 0; align-self: start; border: 0; padding: 1.4rem 0; margin: 0; max-height: 100vh; overflow-y: auto; }
  nav { flex-direction: column; gap: 0.5rem; }
  nav ul { flex-direction: column; overflow-x: visible; }
}
@media screen and (max-width: 43.99rem) {
  h1 { font-size: 1.75rem; }
  section { margin-top: 2.4rem; }
  .verdict { padding: 1rem; gap: 0.25rem 0.8rem; margin-left: -1rem; margin-right: -1rem; }
  .verdict .icon { width: 2.2rem; height: 2.2rem; }
  .verdict .why { grid-column: 1 / -1; }
  .facts { grid-template-columns: fit-content(8rem) minmax(0, 1fr); }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack, .stack tbody, .stack tr, .stack th, .stack td { display: block; text-align: left; white-space: normal; }
  .stack tr { border-top: 1px solid var(--line); padding: 0.6rem 0; }
  .stack th, .stack td { border: 0; padding: 0.1rem 0; min-width: 0; }
  .stack td[data-head]::before { content: attr(data-head) " "; color: var(--muted); }
  .keys { grid-template-columns: repeat(auto-fill, minmax(9.4rem, 1fr)); }
  .key svg { width: 1.2rem; }
  .sh-tight { display: none; }
  .intervals, .means { grid-template-columns: minmax(0, 1fr); gap: 0.2rem; }
}
@media print {
  html { font-size: 10pt; }
  nav, .skip, summary, .gist, .hint { display: none; }
  .scroll { background: none; }
  .shell { display: block; max-width: none; padding: 0; }
  section { margin-top: 1.6rem; }
  .scroll, details[open] .scroll { overflow: visible; max-height: none; }
  /* A page as wide as its widest table would be shrunk to fit the paper, all of it. */
  table { font-size: 0.87rem; }
  th, td { padding-right: 0.5rem; }
  thead th { white-space: normal; overflow-wrap: normal; }
  tbody th, td > code { white-space: normal; overflow-wrap: anywhere; }
  tbody th small { min-width: 5rem; }
  .wide { min-width: 8rem; }
  tr, tbody:not(:only-of-type), figure, .lead, .note, .verdict, .intervals, .means, .facts, .shift { break-inside: avoid; }
  h2, h3, .lead, .keys, caption, thead { break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  a { color: inherit; text-decoration: none; }
  .verdict, .note, .bar, .key svg, .iv, .share { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
