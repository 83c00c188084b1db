// Whole runs on a simulated clock, by the thousand: npm run simulate [-- runs [seed]]
// A failure names the seed that repeats it. Some minutes for 10 000.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const [runs = "5000", seed] = process.argv.slice(2);
if (!/^[1-9]\d{0,6}$/.test(runs)) throw new RangeError("give 1 to 9999999 runs");
if (seed !== undefined && !/^-?\d{1,10}$/.test(seed))
  throw new RangeError("give a whole number as the seed");

const vitest = join(import.meta.dirname, "..", "node_modules", "vitest", "vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--maxWorkers=1", "test/virtual-journeys.prop.test.ts"],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      SIMULATED_RUNS: runs,
      ...(seed === undefined ? {} : { SIMULATED_SEED: seed }),
    },
  },
);
process.exit(status ?? 1);
