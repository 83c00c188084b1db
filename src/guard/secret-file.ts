import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { codeOf, Refusal, UsageError } from "../base/errors.ts";
import { visible } from "./foreign-text.ts";

const BYTES_MAX = 1_048_576;

export interface SecretText {
  readonly text: string;
  readonly warning: string | undefined;
}

/**
 * Reads a file that holds a secret: one that nobody but this user can read, or that lies on a read-only mount, as
 * secret stores' files do. A link is followed, since they mount their files through links.
 *
 * @param option names the file in messages, such as `--api-key-file`
 * @throws UsageError `KEY_FILE_UNREADABLE`; Refusal `GUARD_KEY_FILE_OPEN` for a file that others can read
 */
export function readSecretFile(path: string, option: string): SecretText {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw unreadable(path, option, cause);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw unreadable(path, option, undefined);
    const open = process.getuid !== undefined && (stat.mode & 0o077) !== 0;
    if (open && !isOnReadOnlyMount(path)) {
      throw new Refusal("GUARD_KEY_FILE_OPEN", `others than you can read \`${visible(path)}\``, {
        hint: "chmod 600 it, and make a new key if others have used this machine",
      });
    }
    const buffer = Buffer.alloc(BYTES_MAX + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length > BYTES_MAX) throw unreadable(path, option, undefined);
    const text = buffer.toString("utf8", 0, length);
    buffer.fill(0);
    return {
      text,
      warning: open
        ? `others can read \`${visible(path)}\`; it lies on a read-only mount, so it was taken`
        : undefined,
    };
  } finally {
    closeSync(descriptor);
  }
}

/** Secret stores mount read-only and often leave the mode open; nobody can change the mode there. */
function isOnReadOnlyMount(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return codeOf(error) === "EROFS";
  }
}

function unreadable(path: string, option: string, cause: unknown): UsageError {
  const code = codeOf(cause) ?? "not a file of 1 MB at most";
  return new UsageError("KEY_FILE_UNREADABLE", `\`${visible(path)}\` can't be read: ${code}`, {
    hint: `give the file that holds the key with ${option}`,
  });
}
