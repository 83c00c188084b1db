// Mutation testing of the lock: npm run mutate [-- files or folders of src/guard, options of Stryker's]
// It works on a copy of the checkout, since Stryker rewrites what it tests; and Stryker is installed there alone, since
// it brings some 145 packages that no other task needs.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inChildren, inProcess } from "./stryker.mjs";

/** The last version that runs on Node 20. */
const STRYKER = "9.6.1";
const SCORE_MIN = 90;
const ROOT = join(import.meta.dirname, "..", "..");
const REPORTS = join(ROOT, "reports", "mutation");

const given = process.argv.slice(2);
const places = given.filter((one) => one.startsWith("src/"));
const options = given.filter((one) => !one.startsWith("src/"));

const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: ROOT });
const files = [...new Set(String(listed).split("\n"))].filter(
  (path) => path !== "" && existsSync(join(ROOT, path)),
);
const mutated = files
  .filter((path) => /^src\/guard\/.*\.ts$/.test(path) && !/\.(?:test|support)\.ts$/.test(path))
  .filter((path) => places.length === 0 || places.some((place) => path.startsWith(place)));
const isTripwire = (path) => /\/tripwire(?:\.ts$|\/)/.test(path);

const copy = mkdtempSync(join(tmpdir(), "klarna-perf-mutation-"));
try {
  for (const path of files) cpSync(join(ROOT, path), join(copy, path));
  npm("ci");
  npm("install", "--no-save", "--no-package-lock", ...stryker("core"), ...stryker("vitest-runner"));
  const outcomes = [
    ...mutate("in-process", inProcess, (path) => !isTripwire(path)),
    ...mutate("in-children", inChildren, isTripwire),
  ];
  process.exitCode = tell(outcomes) ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function stryker(part) {
  return [`@stryker-mutator/${part}@${STRYKER}`];
}

function npm(...args) {
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: copy,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

/** Has Stryker judge the files that are wanted. @returns its findings by file */
function mutate(name, config, wanted) {
  const mutate = mutated.filter(wanted);
  if (mutate.length === 0) return [];
  const json = join(copy, "mutation.json");
  const settings = {
    ...config,
    mutate,
    jsonReporter: { fileName: json },
    htmlReporter: { fileName: join(REPORTS, `${name}.html`) },
  };
  writeFileSync(join(copy, "stryker.config.json"), JSON.stringify(settings));
  rmSync(json, { force: true });
  const bin = join(copy, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  spawnSync(process.execPath, [bin, "run", ...options], { cwd: copy, stdio: "inherit" });
  if (!existsSync(json)) throw new Error("Stryker came to no end; see above");
  cpSync(json, join(REPORTS, `${name}.json`));
  return Object.entries(JSON.parse(readFileSync(json, "utf8")).files);
}

/** Prints each file's score and every survivor that docs/mutants.md does not explain. @returns whether all is well */
function tell(outcomes) {
  const sections = readFileSync(join(ROOT, "docs", "mutants.md"), "utf8").split(/^### /m);
  const all = { caught: 0, judged: 0 };
  const unexplained = [];
  for (const [path, { source, mutants }] of outcomes) {
    const of = (...statuses) => mutants.filter(({ status }) => statuses.includes(status));
    const survivors = of("Survived", "NoCoverage");
    const caught = of("Killed", "Timeout").length;
    const judged = caught + survivors.length;
    all.caught += caught;
    all.judged += judged;
    console.log(line(path, caught, judged));
    const section = sections.find((one) => one.startsWith(`${path}\n`)) ?? "";
    for (const mutant of survivors) {
      const change = changeOf(source, mutant);
      if (!section.includes(change))
        unexplained.push(`${path}:${mutant.location.start.line}\n${change}`);
    }
  }
  console.log(line("in all", all.caught, all.judged));
  for (const one of unexplained)
    console.log(`\nsurvived, and docs/mutants.md does not say why: ${one}`);
  return unexplained.length === 0 && all.caught * 100 >= SCORE_MIN * all.judged;
}

function line(name, caught, judged) {
  const score = judged === 0 ? "-" : ((100 * caught) / judged).toFixed(1);
  return `${name.padEnd(36)} ${score.padStart(6)} %  ${String(caught).padStart(5)} of ${judged}`;
}

/** The lines that a mutant changes, before and after, each on one line: as docs/mutants.md has them. */
function changeOf(source, { location: { start, end }, replacement }) {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const head = lines[0].slice(0, start.column - 1);
  const tail = lines[lines.length - 1].slice(end.column - 1);
  const flat = (text) => text.replace(/\s+/g, " ").trim();
  return `- ${flat(lines.join("\n"))}\n+ ${flat(head + replacement + tail)}`;
}
