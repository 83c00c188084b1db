import { expect, it } from "vitest";

// Stryker sees tests that fail, and not a test file that can't be loaded: without this, a mutant that no module survives
// being loaded with would count as unnoticed.
const modules = import.meta.glob(["../../src/guard/**/*.ts", "!**/*.test.ts", "!**/*.support.ts"]);

it.each(Object.entries(modules))("%s loads", async (_, load) => {
  expect(await load()).toBeTypeOf("object");
});
