// Hands the mutant on trial to a test's child processes, and what they reached back to Stryker, which sees this
// process alone.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, inject } from "vitest";

if (inject("mode") === "mutant") {
  process.env.__STRYKER_ACTIVE_MUTANT__ = inject("activeMutant");
} else {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-reached-"));
  process.env.KLARNA_PERF_REACHED = folder;
  afterEach(() => {
    const stryker = globalThis[inject("globalNamespace")];
    stryker.mutantCoverage ??= { static: {}, perTest: {} };
    const reached = {};
    for (const name of readdirSync(folder)) {
      const child = JSON.parse(readFileSync(join(folder, name), "utf8"));
      // A child loads its modules for one test alone: what is static there is that test's too.
      Object.assign(reached, child.static, ...Object.values(child.perTest));
      rmSync(join(folder, name));
    }
    stryker.mutantCoverage.perTest[stryker.currentTestId] = reached;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}
