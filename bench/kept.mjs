import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const RESULTS = fileURLToPath(new URL("results.md", import.meta.url));

/** Puts a text between the two marks of its part in results.md; what stands outside of them is kept. */
export function keep(part, text) {
  const [begin, end] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const results = readFileSync(RESULTS, "utf8");
  const [from, to] = [results.indexOf(begin), results.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`results.md has no place for ${part}`);
  writeFileSync(RESULTS, `${results.slice(0, from + begin.length)}\n${text}\n${results.slice(to)}`);
}

/** On what a figure was measured, and when: `2026-11-26, Node 20.20.2, 2 cores of …`. */
export function conditions() {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}`;
}
