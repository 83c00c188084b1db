import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../base/errors.ts";
import { type Registration, registrationSchema } from "../guard/registration.ts";

export interface Registered {
  readonly path: string;
  /** Takes the registration back; does nothing the second time. Never throws. */
  remove(): void;
}

/**
 * Writes the file by which a running emulator proves itself, `<registryDir>/<pid>-<port>.json`, mode 0600: whole
 * under another name, then renamed.
 * @param registryDir made with mode 0700 if missing
 * @throws UsageError EMULATOR_REGISTRY when the folder is a link, not ours, open to others, or can't be written
 */
export function register(registryDir: string, registration: Required<Registration>): Registered {
  const name = `${registration.pid}-${new URL(registration.url).port}.json`;
  const path = join(registryDir, name);
  const unfinished = join(registryDir, `.${name}.unfinished`);
  try {
    mkdirSync(registryDir, { recursive: true, mode: 0o700 });
    refuseOpenFolder(registryDir);
    rmSync(unfinished, { force: true });
    // `wx`: what somebody else has put there, a link even, is not written through.
    writeFileSync(unfinished, JSON.stringify(registrationSchema.parse(registration)), {
      flag: "wx",
      mode: 0o600,
    });
    renameSync(unfinished, path);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw unusable(registryDir, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return {
    path,
    remove: () => {
      try {
        rmSync(path, { force: true });
      } catch {
        // The folder went away or became read-only: whoever reads the file finds nobody at its address.
      }
    },
  };
}

function refuseOpenFolder(registryDir: string): void {
  const stat = lstatSync(registryDir);
  if (stat.isSymbolicLink()) throw unusable(registryDir, "it is a symbolic link");
  if (!stat.isDirectory()) throw unusable(registryDir, "it is not a folder");
  // Windows has neither: its folders under the user's profile are the user's own.
  if (process.getuid === undefined) return;
  if (stat.uid !== process.getuid()) throw unusable(registryDir, "it belongs to another user");
  if ((stat.mode & 0o077) !== 0) {
    throw unusable(registryDir, "others can reach it (its mode must be 0700)");
  }
}

function unusable(registryDir: string, why: string, cause?: unknown): UsageError {
  return new UsageError(
    "EMULATOR_REGISTRY",
    `the emulator can't register in \`${registryDir}\`: ${why}`,
    { hint: "name a folder of your own with mode 0700, or one that does not exist yet", cause },
  );
}
