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

export default defineConfig({
  test: {
    include: [
      "scripts/mutation/loads.test.mjs",
      "src/guard/**/*.test.ts",
      "test/guard-corpus/**/*.test.ts",
      "test/{connection,door,lane}.test.ts",
    ],
    // Of the built program, in which no mutant is.
    exclude: ["test/guard-corpus/no-connection.test.ts"],
    setupFiles: ["scripts/mutation/seed.mjs"],
    sequence: { sequencer: QuickFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
