/**
 * Loads TypeScript for a Node that does not, with the library that newer ones have built in: types are blanked out, so
 * that every line and column stays, and what is no mere type (`enum`, `namespace` with values, parameter properties) is
 * refused. So a module means the same on each Node. Runs in the loader's thread, before the user's code.
 */
import { readFileSync } from "node:fs";
import type { LoadHook } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

type Format = "module" | "commonjs";

export const load: LoadHook = async (url, context, nextLoad) => {
  const { protocol, pathname } = new URL(url);
  const [, kind] = /\.([cm]?)ts$/.exec(pathname) ?? [];
  if (protocol !== "file:" || kind === undefined) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const format = kind === "m" ? "module" : kind === "c" ? "commonjs" : formatOf(dirname(path));
  const source = await withoutTypes(readFileSync(path, "utf8"), path, format);
  return { format, source, shortCircuit: true };
};

/** As the nearest package.json says; without a word from it, the syntax that functions are exported with. */
function formatOf(folder: string): Format {
  for (let at = folder; ; at = dirname(at)) {
    const text = read(join(at, "package.json"));
    if (text !== undefined) return /"type"\s*:\s*"commonjs"/.test(text) ? "commonjs" : "module";
    if (at === dirname(at)) return "module";
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @throws SyntaxError for what can't be read, or is more than types */
async function withoutTypes(text: string, filename: string, format: Format): Promise<string> {
  // Some megabytes, which a client in JavaScript does without.
  const { transformSync } = await import("@swc/wasm-typescript");
  try {
    const options = { filename, mode: "strip-only", module: format === "module" } as const;
    return transformSync(text, { ...options, deprecatedTsModuleAsError: true }).code;
  } catch (error) {
    // What it throws is an object of its own, with the line shown among several.
    throw new SyntaxError(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  const isObject = typeof error === "object" && error !== null;
  return isObject && "message" in error ? String(error.message) : String(error);
}
