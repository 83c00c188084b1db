import { closeSync, constants, fsyncSync, lstatSync, openSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { systemCode, unusable } from "./problems.ts";

/** Windows has no O_NOFOLLOW; there the state directory lies in the user's own profile. */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Makes sure that a plain file of ours is at `path`: an empty one, mode 0600, where there was none.
 *
 * Never opens one that is there. On POSIX, closing any descriptor of a file drops every lock that the process has on
 * it, and these are the files whose locks matter.
 *
 * @throws Refusal `LEDGER_UNUSABLE` for a link, a folder, or another user's file; the file system's errors as they are
 */
export function ensurePlainFile(path: string): void {
  if (isPlainFile(path)) return;
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_WRONLY | NO_FOLLOW, 0o600));
  } catch (error) {
    // Another process was first.
    if (systemCode(error) === "EEXIST" && isPlainFile(path)) return;
    throw error;
  }
  syncFolder(dirname(path));
}

/**
 * @returns whether there is anything
 * @throws Refusal `LEDGER_UNUSABLE` where it is not a plain file of ours
 */
export function isPlainFile(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  refuseForeign(path, stats);
  return true;
}

/** @throws Refusal `LEDGER_UNUSABLE` unless it is a plain file of this user's */
export function refuseForeign(path: string, stats: Stats): void {
  const name = path.slice(dirname(path).length + 1);
  if (stats.isSymbolicLink()) throw unusable(`${name} is a symbolic link`);
  if (!stats.isFile()) throw unusable(`${name} is not a plain file`);
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw unusable(`${name} belongs to another user`);
  }
}

/** Makes a file's name, new or changed, outlive a power cut. Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
