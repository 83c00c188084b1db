import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { shownText } from "./messages.ts";

/** What came of reading a file that should be text in UTF-8. */
export type TextFile =
  | { readonly kind: "text"; readonly text: string; readonly bytes: Buffer }
  | { readonly kind: "absent" | "link" | "too-large" }
  | { readonly kind: "not-text"; readonly cause: unknown }
  | { readonly kind: "unreadable"; readonly reason: string; readonly cause: unknown };

/**
 * Reads a regular file of at most `bytesMax` bytes. A byte order mark is left out of the text.
 *
 * @param followsLink whether the path may be a link itself; links on the way to it are always followed
 */
export function readTextFile(
  path: string,
  { bytesMax, followsLink }: { readonly bytesMax: number; readonly followsLink: boolean },
): TextFile {
  let descriptor: number;
  try {
    // Not blocking, since opening a named pipe would otherwise wait for a writer. Windows has neither flag.
    const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
    descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW));
  } catch (cause) {
    const reason = codeOf(cause);
    if (reason === "ENOENT" || reason === "ENOTDIR") return { kind: "absent" };
    if (reason === "ELOOP") return { kind: "link" };
    return { kind: "unreadable", reason, cause };
  }
  try {
    if (!fstatSync(descriptor).isFile()) {
      return { kind: "unreadable", reason: "not a file", cause: undefined };
    }
    const bytes = readUpTo(descriptor, bytesMax + 1);
    return bytes.length > bytesMax ? { kind: "too-large" } : decoded(bytes);
  } catch (cause) {
    return { kind: "unreadable", reason: codeOf(cause), cause };
  } finally {
    closeSync(descriptor);
  }
}

function decoded(bytes: Buffer): TextFile {
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), bytes };
  } catch (cause) {
    return { kind: "not-text", cause };
  }
}

function readUpTo(descriptor: number, max: number): Buffer {
  const buffer = Buffer.alloc(max);
  let length = 0;
  while (length < max) {
    const read = readSync(descriptor, buffer, length, max - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

/** A path as messages name it: relative to the working directory where it lies below it. */
export function shownFile(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return shownText(below.startsWith("..") || isAbsolute(below) ? path : below);
}
