import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Writes all of Stryker's mutants into files of a copy of the checkout, each asleep until it is named.
 * @returns the mutants, with the id that wakes each
 */
export async function instrument(copy, paths) {
  const load = (name, from) => import(pathToFileURL(createRequire(from).resolve(name)).href);
  const core = join(copy, "node_modules", "@stryker-mutator", "core", "package.json");
  const { createInstrumenter } = await load("@stryker-mutator/instrumenter", core);
  const { createInjector } = await load("typed-inject", core);
  const silent = new Proxy({}, { get: () => () => false });
  const instrumenter = createInjector()
    .provideValue("options", { mutator: { excludedMutations: [] }, plugins: [] })
    .provideValue("logger", silent)
    .provideValue("getLogger", () => silent)
    .injectFunction(createInstrumenter);
  const { files, mutants } = await instrumenter.instrument(
    paths.map((path) => ({
      name: path,
      content: readFileSync(join(copy, path), "utf8"),
      mutate: true,
    })),
    { ignorers: [], excludedMutations: [], mutationRanges: [], plugins: null },
  );
  for (const { name, content } of files) writeFileSync(join(copy, name), content);
  return mutants.map(({ id, fileName, location, replacement, mutatorName }) => ({
    id,
    path: fileName,
    // Counted from 1, as in Stryker's reports.
    location: {
      start: { line: location.start.line + 1, column: location.start.column + 1 },
      end: { line: location.end.line + 1, column: location.end.column + 1 },
    },
    replacement,
    mutatorName,
  }));
}
