import { defineConfig } from "vitest/config";

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

export default defineConfig({
  plugins: [oneAtATime],
  test: {
    include: ["test/tripwire/*.test.ts"],
    setupFiles: ["scripts/mutation/children.mjs"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
