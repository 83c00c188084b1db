// A test runner for vitest that tries each test on every mutant that it reaches, within one process: most mutants end
// here, in milliseconds each, where Stryker starts a worker for each. What it lets live or can't wake (what runs only
// while a module loads) is left to Stryker.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { TestRunner } from "vitest";

/** Tests that take longer are left to Stryker, which runs them once for a mutant that all others let live. */
const TOO_LONG_MS = 1000;
/** Stryker's measure of an endless loop: a mutant that is met so many times as often as its place was without it. */
const TURNS_MAX = 100;
/** A mutant's id on each line. */
const KILLED = process.env.KLARNA_PERF_KILLED;
/** The id of the one on trial: it is still there when that has brought the process down, and then it is Stryker's. */
const ON_TRIAL = `${KILLED}-on-trial`;
const FATAL = `${KILLED}-fatal`;

globalThis.__stryker__ ??= {};
const stryker = globalThis.__stryker__;
const linesOf = (file) => (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []);
for (const id of linesOf(ON_TRIAL)) if (id !== "") appendFileSync(FATAL, `${id}\n`);
writeFileSync(ON_TRIAL, "");
const done = new Set([...linesOf(KILLED), ...linesOf(FATAL)]);

export default class QuickRunner extends TestRunner {
  async runTask(test) {
    const body = TestRunner.getTestFn(test);
    const begun = performance.now();
    const reached = await reachedBy(test.id, body);
    const tookMs = performance.now() - begun;
    const waiting = Object.keys(reached).filter((mutant) => !done.has(mutant));
    if (waiting.length === 0 || tookMs > TOO_LONG_MS) return;
    await runHooks(test, "afterEach");
    const passes = async () => {
      try {
        await runHooks(test, "beforeEach");
        await within(2000 + 5 * tookMs, body());
        return true;
      } catch {
        return false;
      } finally {
        await runHooks(test, "afterEach").catch(() => {});
      }
    };
    for (const mutant of waiting) {
      writeFileSync(ON_TRIAL, mutant);
      stryker.activeMutant = mutant;
      stryker.hitCount = 0;
      stryker.hitLimit = TURNS_MAX * reached[mutant];
      const survived = await passes();
      stryker.activeMutant = stryker.hitCount = undefined;
      writeFileSync(ON_TRIAL, "");
      if (survived) continue;
      // It must pass again without the mutant; a test that does not bear to be run again judges nothing more.
      if (!(await passes())) break;
      done.add(mutant);
      appendFileSync(KILLED, `${mutant}\n`);
    }
    await runHooks(test, "beforeEach");
  }
}

/** Runs a test as it is. @returns how often it met the place of each mutant */
async function reachedBy(id, body) {
  stryker.currentTestId = id;
  try {
    await body();
  } finally {
    stryker.currentTestId = undefined;
  }
  return stryker.mutantCoverage?.perTest[id] ?? {};
}

async function runHooks(test, name) {
  const suites = [];
  for (let { suite } = test; suite; { suite } = suite) suites.unshift(suite);
  if (!suites.includes(test.file)) suites.unshift(test.file);
  if (name === "afterEach") suites.reverse();
  for (const suite of suites) {
    for (const hook of TestRunner.getSuiteHooks(suite)[name]) await hook(test.context, suite);
  }
}

function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
