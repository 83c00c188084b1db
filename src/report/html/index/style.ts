/** What the list of runs adds to the report page's style sheet. */
export const INDEX_STYLE = `
.shell.runs { padding-top: 2rem; }
.trends { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 3rem; margin-top: 1rem; }
.trend { min-width: 0; border-top: 1px solid var(--rule); }
.trend h3 { margin: 0.6rem 0 0.2rem; }
.trend h3 small { color: var(--muted); font-weight: 400; font-size: 0.87rem; }
.tr-verdicts { display: flex; flex-wrap: wrap; gap: 0.1rem 0.2rem; margin: 0 0 0.4rem; }
.tr-name { font-size: 0.87rem; margin: 0.4rem 0 0; }
.tr-row { display: grid; grid-template-columns: minmax(0, 1fr) 6rem; gap: 0.5rem; }
.tr { display: block; width: 100%; overflow: visible; }
.tr g line, .tr-key path { stroke-width: 2; fill: none; }
.tr g line { stroke: inherit; }
.tr g circle { stroke: none; }
.tr .iv-grid { stroke: var(--line); }
.tr-break { stroke: var(--muted); stroke-dasharray: 1 4; }
.tr-now { font-size: 0.87rem; align-self: center; font-weight: 600; line-height: 1.35; }
.tr-now small { color: var(--muted); font-weight: 400; }
.t-c-p95 { color: var(--c-p95); } .t-c-p50 { color: var(--c-p50); } .t-c-bad { color: var(--c-bad); }
.iv-key .tr-key { width: 1.7rem; }
.iv-key .tr-key path { stroke: inherit; }
.trends { font-variant-numeric: tabular-nums; }
.tr-ops { list-style: none; margin: 0; padding: 0; }
.tr-ops li { white-space: nowrap; }
.runs .whole small { white-space: nowrap; }
.runs .tr-ops small { display: inline; }
.runs .wide { min-width: 18rem; }
.tr-ops small, td small { color: var(--muted); }
`;
