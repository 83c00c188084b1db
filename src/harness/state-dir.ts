import { accessSync, constants, lstatSync, mkdtempSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Where this user's state is kept between runs. */
export interface StateDir {
  readonly path: string;
  /** Why it can't be used; `undefined` when it can. Runs on the emulator go on without it, runs against Klarna don't. */
  readonly problem: string | undefined;
}

/**
 * The state directory: `KLARNA_PERF_STATE`, or the place that the system has for such things. Made with mode
 * 0700 if it is not there; one that is a link, another user's or open to others is not used.
 */
export function openStateDir(env: Readonly<Record<string, string | undefined>>): StateDir {
  const path = stateDirPath(env);
  return { path, problem: problemOf(path) };
}

/** A folder of ours for one run's emulator when the state directory can't be used. */
export function temporaryRegistry(): string {
  return mkdtempSync(join(tmpdir(), "klarna-perf-"));
}

function stateDirPath(env: Readonly<Record<string, string | undefined>>): string {
  // A slash at the end would have the link followed that is looked for below.
  if (env.KLARNA_PERF_STATE) return env.KLARNA_PERF_STATE.replace(/(?<=.)[/\\]+$/, "");
  const home = homedir();
  if (process.platform === "win32") {
    return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "klarna-perf");
  }
  if (process.platform === "darwin") {
    return join(home, "Library", "Application Support", "klarna-perf");
  }
  return join(env.XDG_STATE_HOME || join(home, ".local", "state"), "klarna-perf");
}

function problemOf(path: string): string | undefined {
  if (!isAbsolute(path)) return "it is not an absolute path";
  try {
    makeFolder(path, 0o700);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return "it is a symbolic link";
    if (!stat.isDirectory()) return "it is not a folder";
    if (process.getuid !== undefined) {
      if (stat.uid !== process.getuid()) return "it belongs to another user";
      if ((stat.mode & 0o077) !== 0) return "others can reach it: its mode must be 0700";
    }
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "it can't be opened";
  }
}
