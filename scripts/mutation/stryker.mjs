// How the lock is mutated: docs/mutants.md. Only scripts/mutation/run.mjs uses it, in a copy of the checkout.
const shared = {
  // Stryker would have TypeScript rewrite the paths in a tsconfig; TypeScript 7 has no such API, and no path needs it.
  tsconfigFile: "none",
  disableTypeChecks: false,
  inPlace: true,
  plugins: ["@stryker-mutator/vitest-runner"],
  // An endless loop is told by its turns; this is for what waits, on a machine that others use too.
  timeoutMS: 20_000,
  reporters: ["dots", "json"],
  warnings: { slow: false },
};

/** By the tests of one process, each mutant by the tests that reach it. */
export const inProcess = {
  ...shared,
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest.mjs" },
  coverageAnalysis: "perTest",
};

/**
 * The tripwire arms itself in child processes alone. So its mutants are judged by the trials in those, one at a time:
 * `children.mjs` hands the mutant on to a child, and `reached.mjs` tells which mutants a child reached.
 */
export const inChildren = {
  ...shared,
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest-children.mjs", related: false },
  coverageAnalysis: "perTest",
};
