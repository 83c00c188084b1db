import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/**
 * The tests of the tripwire, which try it in child processes. One at a time, so that what a child reached is known to
 * be its test's.
 */
const oneAtATime = {
  name: "one-at-a-time",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("/test/tripwire/") ? code.replaceAll("describe.concurrent", "describe") : undefined,
};

/** It reaches most of the tripwire in a second. */
class InTurnFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => Number(!moduleId.includes("in-turn"));
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  plugins: [oneAtATime],
  test: {
    include: ["test/tripwire/*.test.ts"],
    // The same ways as `in-turn.test.ts` tries in one process, each in two of its own: too slow for each mutant.
    exclude: ["test/tripwire/ways.test.ts"],
    sequence: { sequencer: InTurnFirst },
    setupFiles: ["scripts/mutation/children.mjs"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
