// Mutation testing of the lock: npm run mutate [-- files or folders of src/guard, --copy=<folder>, options of Stryker's]
// It works on a copy of the checkout, since Stryker rewrites what it tests; and Stryker is installed there alone, since
// it brings some 145 packages that no other task needs. With --copy the copy and its packages are kept for the next run.
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instrument } from "./instrument.mjs";
import { nearestTests } from "./nearest.mjs";
import { inChildren, inProcess } from "./stryker.mjs";

/** The last version that runs on Node 20. */
const STRYKER = "9.6.1";
const SCORE_MIN = 90;
const ROOT = join(import.meta.dirname, "..", "..");
const REPORTS = join(ROOT, "reports", "mutation");
const PROBE = "test/tripwire/probe.mjs";

const given = process.argv.slice(2);
const places = given.filter((one) => one.startsWith("src/"));
const kept = given.find((one) => one.startsWith("--copy="))?.slice("--copy=".length);
const options = given.filter((one) => !one.startsWith("src/") && !one.startsWith("--copy="));

const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: ROOT });
const files = [...new Set(String(listed).split("\n"))].filter(
  (path) => path !== "" && existsSync(join(ROOT, path)),
);
const mutated = files
  .filter((path) => /^src\/guard\/.*\.ts$/.test(path) && !/\.(?:test|support)\.ts$/.test(path))
  .filter((path) => places.length === 0 || places.some((place) => path.startsWith(place)));
/** What takes effect in child processes alone: the parts of the tripwire that have no tests beside them. */
const isInChildren = (path) =>
  /\/tripwire(?:\.ts$|\/)/.test(path) && !files.includes(path.replace(/\.ts$/, ".test.ts"));

/** What speaks to sockets, and is tried on them. */
const isOfTheWire = (path) =>
  /\/guard\/(?:connection|door|lane|opening|plain-connect)\.ts$/.test(path);

const copy = kept ?? mkdtempSync(join(tmpdir(), "klarna-perf-mutation-"));
const run = (script, ...args) =>
  spawnSync(process.execPath, ["--no-warnings", join(copy, "node_modules", script), ...args], {
    cwd: copy,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, KLARNA_PERF_KILLED: join(copy, "killed") },
  });
try {
  mkdirSync(copy, { recursive: true });
  for (const folder of ["src", "test"])
    rmSync(join(copy, folder), { recursive: true, force: true });
  for (const path of files) cpSync(join(ROOT, path), join(copy, path));
  const probe = readFileSync(join(copy, PROBE), "utf8");
  writeFileSync(join(copy, PROBE), `import "../../scripts/mutation/reached.mjs";\n${probe}`);
  if (!existsSync(join(copy, "node_modules", "@stryker-mutator"))) {
    npm("ci");
    npm("install", "--no-save", "--no-package-lock", stryker("core"), stryker("vitest-runner"));
  }
  const outcomes = [
    ...(await judge(inProcess, (path) => !isInChildren(path) && !isOfTheWire(path), quickly)),
    ...(await withWire(() => judge(inProcess, isOfTheWire, quickly))),
    ...(await judge(inChildren, isInChildren, () => new Set())),
  ];
  process.exitCode = tell(outcomes) ? 0 : 1;
} finally {
  if (kept === undefined) rmSync(copy, { recursive: true, force: true });
}

function stryker(part) {
  return `@stryker-mutator/${part}@${STRYKER}`;
}

function npm(...args) {
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: copy,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

/**
 * Judges the files that are wanted: what `first` leaves alive, Stryker tries.
 * @returns the source and the mutants of each file, each mutant with its status in Stryker's words
 */
async function judge(config, wanted, first) {
  const paths = mutated.filter(wanted);
  if (paths.length === 0) return [];
  const sources = paths.map((path) => [path, readFileSync(join(copy, path), "utf8")]);
  const mutants = await instrument(copy, paths);
  const killed = first(paths);
  for (const [path, source] of sources) writeFileSync(join(copy, path), source);
  const left = mutants.filter(({ id }) => !killed.has(id));
  const parts =
    config === inProcess ? paths.map((path) => left.filter((one) => one.path === path)) : [left];
  const tried = new Map(
    parts.flatMap((part) => tryWithStryker(config, part)).map((one) => [keyOf(one), one.status]),
  );
  return sources.map(([path, source]) => ({
    path,
    source,
    mutants: mutants
      .filter((mutant) => mutant.path === path)
      .map((one) => ({ ...one, status: killed.has(one.id) ? "Killed" : tried.get(keyOf(one)) })),
  }));
}

/** Has the tests that open sockets take part. */
async function withWire(judging) {
  process.env.KLARNA_PERF_MUTATES_WIRE = "1";
  const outcomes = await judging();
  delete process.env.KLARNA_PERF_MUTATES_WIRE;
  return outcomes;
}

/** Tries every test on every mutant that it reaches. @returns the ids of the mutants that this has killed */
function quickly(paths) {
  const list = join(copy, "killed");
  for (const end of ["", "-on-trial", "-fatal"]) rmSync(list + end, { force: true });
  const config = ["--config", "scripts/mutation/vitest-quick.mjs", "--maxWorkers=1"];
  // A mutant may bring the process down; the next one goes on without it.
  do run("vitest/vitest.mjs", "related", "--run", ...config, ...paths);
  while (readFileSync(`${list}-on-trial`, "utf8") !== "");
  return new Set(existsSync(list) ? readFileSync(list, "utf8").split("\n") : []);
}

/** @returns the mutants again, with what became of each */
function tryWithStryker(config, mutants) {
  if (mutants.length === 0) return [];
  const [{ path }] = mutants;
  const json = join(copy, "mutation.json");
  const ranges = mutants.map(({ path, location: { start, end } }) =>
    [path, start.line, `${start.column - 1}-${end.line}`, end.column - 1].join(":"),
  );
  const settings = { ...config, mutate: [...new Set(ranges)], jsonReporter: { fileName: json } };
  writeFileSync(join(copy, "stryker.config.json"), JSON.stringify(settings));
  rmSync(json, { force: true });
  process.env.KLARNA_PERF_TESTS = nearestTests(ROOT, files, path, isOfTheWire(path)).join(",");
  run("@stryker-mutator/core/bin/stryker.js", "run", ...options);
  delete process.env.KLARNA_PERF_TESTS;
  if (!existsSync(json)) throw new Error("Stryker came to no end; see above");
  const report = JSON.parse(readFileSync(json, "utf8"));
  return Object.entries(report.files).flatMap(([path, { mutants }]) =>
    mutants.map((mutant) => ({ ...mutant, path })),
  );
}

function keyOf({ path, location: { start, end }, replacement }) {
  return [path, start.line, start.column, end.line, end.column, replacement].join(" ");
}

/** Prints each file's score and every survivor that docs/mutants.md does not explain. @returns whether all is well */
function tell(outcomes) {
  const sections = readFileSync(join(ROOT, "docs", "mutants.md"), "utf8").split(/^### /m);
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(join(REPORTS, "judged.json"), JSON.stringify(outcomes));
  const all = { caught: 0, judged: 0 };
  const unexplained = [];
  for (const { path, source, mutants } of outcomes) {
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
