import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/** A mutant's first failing test ends its trial, so those that take long come last: properties, then sockets. */
class QuickFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) =>
      Number(moduleId.includes(".prop.")) + 2 * Number(moduleId.includes("/test/"));
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

/** What opens sockets. Only the modules that do so need them: all others are held by tests of their own. */
const OF_THE_WIRE = ["test/{connection,door,lane,quota-steering}.test.ts"];

/** What Stryker asks about one module, by `nearestTests`; all of them are asked in the first step. */
const { KLARNA_PERF_TESTS: nearest, KLARNA_PERF_MUTATES_WIRE: onWire } = process.env;
const ALL = ["src/guard/**/*.test.ts", "test/guard-corpus/**/*.test.ts"];

export default defineConfig({
  test: {
    include: [
      "scripts/mutation/loads.test.mjs",
      ...(nearest ? nearest.split(",") : [...ALL, ...(onWire ? OF_THE_WIRE : [])]),
    ],
    // Of the built program, in which no mutant is.
    exclude: ["test/guard-corpus/no-connection.test.ts"],
    setupFiles: ["scripts/mutation/seed.mjs"],
    sequence: { sequencer: QuickFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
