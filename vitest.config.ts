import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Half a minute and more each: begun last, one of them would go on alone for as long. */
const LONGEST = [
  "walk.test.ts",
  "package.test.ts",
  "kill-switch-wire.test.ts",
  "own-client.test.ts",
  "bench.test.ts",
  "ways.test.ts",
  "cap-wire.test.ts",
  "compare.test.ts",
  "klarna-run.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const named = (name: string) => sorted.filter(({ moduleId }) => basename(moduleId) === name);
    return [...new Set([...LONGEST.flatMap(named), ...sorted])];
  }
}

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
