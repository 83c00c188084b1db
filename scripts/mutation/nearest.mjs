import { readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";

const OF_THE_LOCK = /^(?:src\/guard|test\/guard-corpus)\/.*\.ts$/;
const OF_THE_WIRE = /^test\/(?:connection|door|lane|quota-steering)\.test\.ts$/;
const IMPORTED = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

/**
 * The tests that hold a module of the lock first of all: those named after it and the corpus's, of those that import it; if
 * none is named after it, all that import it; if none does, those that import what imports it; and so on.
 *
 * @param root the checkout
 * @param files all of its files, from there
 * @param onWire whether tests that open sockets are among those asked
 */
export function nearestTests(root, files, path, onWire) {
  const modules = files.filter((one) => OF_THE_LOCK.test(one) || (onWire && OF_THE_WIRE.test(one)));
  const importsOf = new Map(
    modules.map((one) => {
      const text = readFileSync(join(root, one), "utf8");
      return [one, [...text.matchAll(IMPORTED)].map(([, to]) => posix.join(dirname(one), to))];
    }),
  );
  const isNamedAfter = (test) => basename(test).startsWith(basename(path).replace(/ts$/, ""));
  const seen = new Set([path]);
  for (let near = [path]; near.length > 0; ) {
    const next = modules.filter(
      (one) => !seen.has(one) && importsOf.get(one).some((to) => near.includes(to)),
    );
    const tests = next.filter((one) => one.endsWith(".test.ts"));
    if (tests.some(isNamedAfter)) {
      return tests.filter((test) => isNamedAfter(test) || test.startsWith("test/guard-corpus/"));
    }
    if (tests.length > 0) return tests;
    for (const one of next) seen.add(one);
    near = next;
  }
  return [];
}
