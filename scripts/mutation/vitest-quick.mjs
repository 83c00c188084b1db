import config from "./vitest.mjs";

config.test.runner = "scripts/mutation/quick-runner.mjs";
config.test.pool = "threads";
config.test.reporters = [];
// A test's time is now that of all its trials.
config.test.testTimeout = config.test.hookTimeout = 3_600_000;

export default config;
