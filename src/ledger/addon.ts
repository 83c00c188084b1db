import { createRequire } from "node:module";

/** Of the add-on's packages (`@libsql/linux-x64-gnu`): all that one platform and processor may have side by side. */
const ABIS = ["", "-gnu", "-musl", "-msvc", "-gnueabihf", "-musleabihf"];

/**
 * Where the embedded database's native add-on lies, for the tripwire's list: absolute paths, links resolved, as
 * `process.dlopen` is given them. Loads nothing and starts nothing. Imports Node's built-ins only, since it is asked before the
 * tripwire is armed.
 *
 * @param from the URL of the module that asks, from which the package is looked up
 * @returns none where the add-on is not installed for this machine; both where a package manager has installed two
 */
export function ledgerAddons(from: string): string[] {
  const found = resolved(createRequire(from), "libsql");
  if (found === undefined) return [];
  const require = createRequire(found);
  return ABIS.flatMap((abi) => {
    const path = resolved(require, `@libsql/${process.platform}-${process.arch}${abi}`);
    return path === undefined ? [] : [path];
  });
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
