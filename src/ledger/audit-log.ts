import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { BEGINNING, follow, isTorn, LINE_BYTES_MAX, nextLine } from "./audit-chain.ts";
import { type AuditEntry, type AuditHead, beginningOf } from "./audit-entry.ts";
import { isPlainFile, NO_FOLLOW, refuseForeign, syncFolder } from "./files.ts";
import { auditBroken } from "./problems.ts";

export const AUDIT_FILE = "audit.log";

/** The head as the ledger commits it, with the bytes of all lines up to it. */
export interface CommittedHead extends AuditHead {
  readonly bytes: number;
}

/**
 * The file `audit.log`. Every call is made inside the ledger's write transaction, which commits the head that it
 * returns: so two processes never write at once, and what a crash leaves can be told from what somebody did.
 */
export class AuditLog {
  readonly #dir: string;
  readonly #path: string;

  constructor(stateDir: string) {
    this.#dir = stateDir;
    this.#path = join(stateDir, AUDIT_FILE);
  }

  /**
   * Begins a log. It comes into being whole, by being renamed, so that a crash leaves a first line or no file.
   * @param after where the log before it ended, if that one was taken away
   */
  begin(atMs: number, after: AuditHead | null): CommittedHead {
    const chain = randomBytes(16).toString("hex");
    const { bytes, head } = nextLine(BEGINNING, atMs, { event: "log-began", chain, after });
    const draft = `${this.#path}.new`;
    rmSync(draft, { force: true });
    const { O_CREAT, O_EXCL, O_WRONLY } = constants;
    const file = openSync(draft, O_CREAT | O_EXCL | O_WRONLY | NO_FOLLOW, 0o600);
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.#path);
    syncFolder(this.#dir);
    return { ...head, bytes: bytes.length };
  }

  /** The head of a log of one line, such as `begin` leaves when its transaction was not committed; `undefined` for any other. */
  adoptBeginning(after: AuditHead | null): CommittedHead | undefined {
    if (!isPlainFile(this.#path)) return undefined;
    return this.#withFile((file, size) => {
      if (size > LINE_BYTES_MAX) return undefined;
      const text = read(file, 0, size);
      const line = text.subarray(0, -1);
      const head = text.indexOf("\n") === size - 1 ? follow(BEGINNING, line) : undefined;
      const beginning = beginningOf(line.toString("utf8"));
      if (head === undefined || beginning === undefined) return undefined;
      const same = beginning.after?.hash === after?.hash && beginning.after?.lines === after?.lines;
      return same ? { ...head, bytes: size } : undefined;
    });
  }

  get isThere(): boolean {
    return isPlainFile(this.#path);
  }

  /**
   * Brings file and committed head together after a crash: a whole line beyond the head is taken in, since it says what
   * was about to be done; a torn one is cut off.
   * @returns the same object where nothing had happened
   * @throws Refusal `LEDGER_AUDIT_BROKEN` for anything that no crash leaves
   */
  settle(committed: CommittedHead): CommittedHead {
    if (!this.isThere) throw auditBroken("it is gone");
    const begunAnew = this.adoptBeginning(plain(committed));
    if (begunAnew !== undefined) return begunAnew;
    return this.#withFile((file, size) => {
      const { bytes } = committed;
      if (size < bytes) throw auditBroken("it was cut");
      this.#requireLastLine(file, committed);
      if (size === bytes) return committed;
      const tail = read(file, bytes, Math.min(size - bytes, LINE_BYTES_MAX + 2));
      const whole = tail.indexOf("\n") === tail.length - 1;
      const next = whole ? follow(committed, tail.subarray(0, -1)) : undefined;
      if (next !== undefined) return { ...next, bytes: size };
      if (!isTorn(committed, tail)) throw auditBroken("something else was written to its end");
      ftruncateSync(file, bytes);
      fsyncSync(file);
      return committed;
    });
  }

  /**
   * @param committed the head that `settle` returned unchanged in this same transaction
   * @throws the file system's errors as they are, the log then as it was before
   */
  append(committed: CommittedHead, atMs: number, entry: AuditEntry): CommittedHead {
    const { bytes, head } = nextLine(committed, atMs, entry);
    return this.#withFile((file) => {
      try {
        writeAll(file, bytes);
        fsyncSync(file);
      } catch (error) {
        // On a full disk, a part of the line may have been written.
        ftruncateSync(file, committed.bytes);
        throw error;
      }
      return { ...head, bytes: committed.bytes + bytes.length };
    });
  }

  #requireLastLine(file: number, committed: CommittedHead): void {
    const start = Math.max(0, committed.bytes - LINE_BYTES_MAX - 2);
    const end = read(file, start, committed.bytes - start);
    const line = end.subarray(end.lastIndexOf("\n", -2) + 1, -1);
    const before = { lines: committed.lines - 1, hash: previousHash(line) };
    const head = end.at(-1) === 0x0a ? follow(before, line) : undefined;
    if (head?.hash !== committed.hash) throw auditBroken("its last line was changed");
  }

  #withFile<T>(work: (file: number, size: number) => T): T {
    const file = openSync(this.#path, constants.O_RDWR | constants.O_APPEND | NO_FOLLOW);
    try {
      const stats = fstatSync(file);
      refuseForeign(this.#path, stats);
      return work(file, stats.size);
    } finally {
      closeSync(file);
    }
  }
}

function plain({ lines, hash }: AuditHead): AuditHead {
  return { lines, hash };
}

/** The hash that a line says it follows; its own hash covers it, so it need not be believed. */
function previousHash(line: Buffer): string {
  return /"prev":"([0-9a-f]{64})"/.exec(line.subarray(0, 128).toString("latin1"))?.[1] ?? "";
}

function read(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const count = readSync(file, bytes, at, length - at, from + at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

function writeAll(file: number, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at);
}
