import { closeSync, constants, openSync, writeFileSync, writeSync } from "node:fs";
import type { Cancel, Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { micros, seconds } from "../base/units.ts";

const BUFFER_CHARACTERS = 65_536;
/** Nothing that has been written down waits longer than this for the file. */
const FLUSH_US = seconds(1);

/** A file that lines are added to, a bounded number of them. */
export class LinesFile {
  readonly #clock: Clock;
  readonly #file: number;
  readonly #most: number;
  #buffer = "";
  #buffered = 0;
  #broken = false;
  #flush: Cancel | undefined;
  #lines = 0;
  #omitted = 0;

  /** @param file an open file descriptor @param most lines; those beyond are counted, and not written down */
  constructor(clock: Clock, file: number, most: number) {
    this.#clock = clock;
    this.#file = file;
    this.#most = most;
  }

  /** Lines that are not in the file: there were too many, or it could not be written. */
  get omitted(): number {
    return this.#omitted;
  }

  add(line: string): void {
    if (this.#broken || this.#lines >= this.#most) {
      this.#omitted++;
      return;
    }
    this.#lines++;
    this.#buffered++;
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#empty();
    else {
      this.#flush ??= this.#clock.atCoarse(micros(this.#clock.now() + FLUSH_US), () =>
        this.#empty(),
      );
    }
  }

  /** Writes what is left, and closes the file. */
  close(): void {
    this.#empty();
    closeSync(this.#file);
  }

  #empty(): void {
    this.#flush?.();
    this.#flush = undefined;
    if (this.#buffer === "") return;
    const bytes = Buffer.from(this.#buffer);
    try {
      // The whole of it, though the system may take less at a time.
      for (let from = 0; from < bytes.length; ) from += writeSync(this.#file, bytes, from);
    } catch {
      // A full disk is no reason to fail whoever is being recorded; the figures go on, and say it.
      this.#broken = true;
      this.#omitted += this.#buffered;
    }
    this.#buffer = "";
    this.#buffered = 0;
  }
}

/** Never through a link, never over an existing file. */
const CREATE =
  constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/** @throws UsageError EMULATOR_RECORD when the file can't be made, such as one that is there already */
export function openRecordFile(path: string): number {
  try {
    return openSync(path, CREATE, 0o644);
  } catch (cause) {
    throw recordError(path, cause);
  }
}

/** @throws UsageError EMULATOR_RECORD, as `openRecordFile` does */
export function writeSummary(path: string, summary: object): void {
  try {
    writeFileSync(path, `${JSON.stringify(summary, undefined, 2)}\n`, { flag: "wx" });
  } catch (cause) {
    throw recordError(path, cause);
  }
}

function recordError(path: string, cause: unknown): UsageError {
  const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
  const why = exists
    ? "it is there already"
    : cause instanceof Error
      ? cause.message
      : String(cause);
  return new UsageError(
    "EMULATOR_RECORD",
    `the access record can't be written to \`${path}\`: ${why}`,
    {
      hint: "name a file that does not exist yet, in a folder that does",
      cause,
    },
  );
}
