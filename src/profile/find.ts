import { readdirSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { UsageError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { PROBE_PROFILE } from "../guard/standing.ts";
import { shownText } from "./messages.ts";
import { PROFILE_BYTES_MAX } from "./read.ts";
import { PROFILE_NAME, PROFILE_NAME_FORM } from "./schema.ts";
import { readTextFile, shownFile } from "./text-file.ts";

export interface Folders {
  /** The working directory, whose `profiles/` comes first. */
  readonly cwd: string;
  /** The folder of the profiles that come with the package. */
  readonly builtInDir: string;
}

export interface FoundProfile {
  /** The absolute path of the folder that it lies in. */
  readonly folder: string;
  /** For messages: relative to the working directory where it lies below it. */
  readonly file: string;
  readonly text: string;
}

export interface ListedProfile {
  readonly name: string;
  /** As in `FoundProfile`; `findProfile(name)` reads this file. */
  readonly file: string;
  readonly source: "working-directory" | "built-in";
}

const EXTENSIONS = [".yaml", ".yml"];

/**
 * The text of a profile. A name is looked for in `profiles/` of the working directory, then among the
 * built-in ones; anything with a slash, or ending in .yaml or .yml, is a path from the working directory.
 * Files in the two folders are not followed through links; a path that the user wrote may be one.
 *
 * @throws UsageError `PROFILE_NAME`, `PROFILE_NOT_FOUND`, `PROFILE_LINK`, `PROFILE_UNREADABLE`,
 * `PROFILE_TOO_LARGE` or `PROFILE_NOT_TEXT`
 */
export function findProfile(nameOrPath: string, folders: Folders): FoundProfile {
  const { cwd } = folders;
  if (isPath(nameOrPath)) {
    const path = resolve(cwd, nameOrPath);
    const file = shownFile(path, cwd);
    const text = readProfile(path, file, true);
    if (text !== undefined) return { folder: dirname(path), file, text };
    throw new UsageError("PROFILE_NOT_FOUND", `there is no file \`${shownText(nameOrPath)}\``, {
      hint: `give the path of a profile, or the name of one: ${namesOf(folders).join(", ")}`,
    });
  }
  const names = namesOf(folders);
  const near = nearest(nameOrPath, names);
  const known = `${near ? `did you mean \`${near}\`? ` : ""}the profiles here are ${names.join(", ")}`;
  if (!PROFILE_NAME.test(nameOrPath)) {
    throw new UsageError("PROFILE_NAME", `\`${shownText(nameOrPath)}\` can't be a profile's name`, {
      hint: `${known}; names are ${PROFILE_NAME_FORM}, and a path ends in .yaml`,
    });
  }
  for (const folder of searched(folders)) {
    for (const extension of EXTENSIONS) {
      const path = join(folder, nameOrPath + extension);
      const file = shownFile(path, cwd);
      const text = readProfile(path, file, false);
      if (text !== undefined) return { folder, file, text };
    }
  }
  throw new UsageError("PROFILE_NOT_FOUND", `no profile is named \`${nameOrPath}\``, {
    hint: known,
  });
}

/**
 * The profiles that have a name here, sorted by it; one in the working directory hides a built-in one. What
 * `doctor --probe` runs comes with the package and is no one's to choose, so it is left out.
 */
export function listProfiles(folders: Folders): ListedProfile[] {
  const found = new Map<string, ListedProfile>();
  for (const folder of searched(folders)) {
    // The checkout's own folder is both: its profiles are the built-in ones.
    const source = folder === resolve(folders.builtInDir) ? "built-in" : "working-directory";
    for (const extension of EXTENSIONS) {
      for (const name of namesIn(folder, extension)) {
        if (found.has(name) || (source === "built-in" && name === PROBE_PROFILE)) continue;
        found.set(name, {
          name,
          file: shownFile(join(folder, name + extension), folders.cwd),
          source,
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function searched({ cwd, builtInDir }: Folders): readonly string[] {
  return [...new Set([resolve(cwd, "profiles"), resolve(builtInDir)])];
}

function namesOf(folders: Folders): string[] {
  return listProfiles(folders).map(({ name }) => name);
}

function namesIn(folder: string, extension: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
      .map((entry) => entry.name.slice(0, -extension.length))
      .filter((name) => PROFILE_NAME.test(name));
  } catch {
    // No such folder: most projects have none.
    return [];
  }
}

function isPath(nameOrPath: string): boolean {
  return (
    nameOrPath.includes("/") ||
    nameOrPath.includes(sep) ||
    EXTENSIONS.some((extension) => nameOrPath.endsWith(extension))
  );
}

/** @returns `undefined` when there is no such file */
function readProfile(path: string, file: string, followsLink: boolean): string | undefined {
  const read = readTextFile(path, { bytesMax: PROFILE_BYTES_MAX, followsLink });
  switch (read.kind) {
    case "text":
      return read.text;
    case "absent":
      return undefined;
    case "link":
      throw new UsageError("PROFILE_LINK", `\`${file}\` is a link`, {
        hint: "put the file itself there, or give its path",
      });
    case "too-large":
      throw new UsageError("PROFILE_TOO_LARGE", `more than ${PROFILE_BYTES_MAX / 1024} KB`, {
        place: { file },
        hint: "this does not look like a profile",
      });
    case "not-text":
      throw new UsageError("PROFILE_NOT_TEXT", "not a text file in UTF-8", {
        place: { file },
        hint: "save it as UTF-8",
        cause: read.cause,
      });
    case "unreadable":
      throw new UsageError("PROFILE_UNREADABLE", `\`${file}\` can't be read: ${read.reason}`, {
        hint: "check the path and who may read it",
        cause: read.cause,
      });
  }
}
