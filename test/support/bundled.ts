import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./cli.ts";

export interface Bundled {
  /** To be run by Node. */
  readonly script: string;
  remove(): void;
}

/** A program in TypeScript in this folder, with what it imports of ours in one file. */
export async function bundled(name: string): Promise<Bundled> {
  // Within the repository, where the program finds its packages and its own files.
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "klarna-perf-"));
  const script = join(folder, "bundled.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile: script,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return { script, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
