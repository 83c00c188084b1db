import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { codeOf, readTextFile, shownFile } from "../text-file.ts";

/** As much as is checked cell by cell in a second or so. */
export const DATA_BYTES_MAX = 2 * 1024 * 1024;

export interface DataFile {
  /** For messages: relative to the working directory where it lies below it. */
  readonly file: string;
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** Reads a file that a profile names. @throws UsageError `PROFILE_DATA_…` */
export type DataReader = (file: string) => DataFile;

/**
 * Reads files below a profile's folder and nowhere else, whatever links there are: a profile that came from somebody
 * else must not be able to send what lies elsewhere on this machine.
 *
 * @param folder the profile's own
 * @param cwd for how messages name the file
 */
export function dataReader(folder: string, cwd: string): DataReader {
  return (file) => {
    const path = join(folder, file);
    const shown = shownFile(path, cwd);
    const real = realPath(path, shown);
    if (!real.startsWith(realPath(folder, shown) + sep)) throw outside(shown);
    const read = readTextFile(real, { bytesMax: DATA_BYTES_MAX, followsLink: false });
    switch (read.kind) {
      case "text":
        return { file: shown, text: read.text, bytes: read.bytes };
      case "absent":
        throw notFound(shown);
      case "link":
        throw outside(shown);
      case "too-large":
        throw new UsageError(
          "PROFILE_DATA_TOO_LARGE",
          `\`${shown}\` is larger than ${DATA_BYTES_MAX / 1024 / 1024} MB`,
          { hint: "leave rows or columns out: rows are used again once all were" },
        );
      case "not-text":
        throw new UsageError("PROFILE_DATA_NOT_TEXT", `\`${shown}\` is not a text file in UTF-8`, {
          hint: "save it as CSV in UTF-8",
          cause: read.cause,
        });
      case "unreadable":
        throw unreadable(shown, read.reason, read.cause);
    }
  };
}

/** Stands in where there is no folder to read from. */
export const noDataFiles: DataReader = (file) => {
  throw unreadable(file, "this profile has no folder", undefined);
};

function realPath(path: string, shown: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    const code = codeOf(cause);
    throw code === "ENOENT" || code === "ENOTDIR"
      ? notFound(shown)
      : unreadable(shown, code, cause);
  }
}

function notFound(shown: string): UsageError {
  return new UsageError("PROFILE_DATA_NOT_FOUND", `there is no file \`${shown}\``, {
    hint: "name a file by its path from the profile's folder",
  });
}

function outside(shown: string): UsageError {
  return new UsageError("PROFILE_DATA_OUTSIDE", `\`${shown}\` leads out of the profile's folder`, {
    hint: "put the file itself into the profile's folder, or into one below it",
  });
}

function unreadable(shown: string, reason: string, cause: unknown): UsageError {
  return new UsageError("PROFILE_DATA_UNREADABLE", `\`${shown}\` can't be read: ${reason}`, {
    hint: "check the path and who may read it",
    cause,
  });
}
