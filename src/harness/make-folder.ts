import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and what is missing above it, as `mkdir -p` does. Node's own `recursive` never returns where
 * a file system denies a name though the folder above is there, as /proc does.
 *
 * @param path absolute; what is there already is left as it is, a file even
 * @returns the folders that were made, the outermost first
 * @throws what the file system says
 */
export function makeFolder(path: string, mode = 0o777): string[] {
  if (existsSync(path)) return [];
  const above = makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, mode);
    return [...above, path];
  } catch (error) {
    // Somebody else was quicker, or a link is in the way, which whoever uses the folder finds out.
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return above;
    throw error;
  }
}
