import { createHash } from "node:crypto";
import { type AuditEntry, type AuditHead, beginningOf, checkedEntry } from "./audit-entry.ts";

/**
 * The chain of `audit.log`, apart from any file. A line is JSON with its number, counted from 1, and the SHA-256 of the
 * line before it (of its bytes without the line feed), so that a line can't be changed, moved, added or taken out without
 * the next one showing it. The last one is held by whoever keeps the head: the ledger, and each report.
 */
export const BEGINNING: AuditHead = { lines: 0, hash: "0".repeat(64) };

/** No line of ours is longer, in bytes. */
export const LINE_BYTES_MAX = 4096;

const LINE_FEED = 0x0a;

/** @returns the next line's bytes with their line feed, and the head that it makes */
export function nextLine(
  head: AuditHead,
  atMs: number,
  entry: AuditEntry,
): { readonly bytes: Buffer; readonly head: AuditHead } {
  const text = `${linkTo(head)}"at":"${new Date(atMs).toISOString()}",${JSON.stringify(checkedEntry(entry)).slice(1)}`;
  return { bytes: Buffer.from(`${text}\n`), head: { lines: head.lines + 1, hash: sha256(text) } };
}

/** How the line that follows `head` begins, to the byte. */
function linkTo({ lines, hash }: AuditHead): string {
  return `{"n":${lines + 1},"prev":"${hash}",`;
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The head after a line that follows `head`; `undefined` if it does not follow. @param line without its line feed */
export function follow(head: AuditHead, line: Buffer): AuditHead | undefined {
  const link = Buffer.from(linkTo(head));
  if (line.length > LINE_BYTES_MAX || !line.subarray(0, link.length).equals(link)) return undefined;
  return { lines: head.lines + 1, hash: sha256(line) };
}

/**
 * Whether bytes after the last line are what a crash leaves of the line that was being written: some of its first bytes,
 * or none, then zeros where the file system had made room and written nothing.
 */
export function isTorn(head: AuditHead, tail: Buffer): boolean {
  let end = tail.length;
  while (end > 0 && tail[end - 1] === 0) end--;
  const link = Buffer.from(linkTo(head));
  const length = Math.min(end, link.length);
  return (
    end <= LINE_BYTES_MAX &&
    !tail.includes(LINE_FEED) &&
    tail.subarray(0, length).equals(link.subarray(0, length))
  );
}

/** What a log turned out to be. Lines count from 1. */
export type AuditCheck =
  | { readonly kind: "absent" }
  | ({ readonly kind: "intact" } & WholeLog)
  /** A line was being written when its process died. It was never part of the log; the next run cuts it off. */
  | ({ readonly kind: "torn-last-line"; readonly tornBytes: number } & WholeLog)
  | { readonly kind: "tampered"; readonly line: number; readonly what: string };

interface WholeLog {
  readonly lines: number;
  readonly head: AuditHead;
  /** What the log's end was held against. With neither, a change to the last line, or a cut, can't be seen. */
  readonly against: readonly ("ledger" | "report")[];
  /** Where the log before this one ended, if this one was begun because that one had been taken away. */
  readonly after: AuditHead | null;
}

/** What is known of a log from elsewhere. */
export interface KnownHeads {
  /** The head that the ledger committed last. */
  readonly ledger?: AuditHead | undefined;
  /** A head that some report carries. */
  readonly report?: AuditHead | undefined;
}

/** @param chunks the log's bytes in order, cut anywhere */
export function checkChain(chunks: Iterable<Buffer>, known: KnownHeads): AuditCheck {
  let head = BEGINNING;
  let after: AuditHead | null = null;
  let tail: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    tail = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    for (let end = tail.indexOf(LINE_FEED); end >= 0; end = tail.indexOf(LINE_FEED)) {
      const line = tail.subarray(0, end);
      tail = tail.subarray(end + 1);
      const next = follow(head, line);
      if (next === undefined) return tampered(head.lines + 1, misfit(head, line));
      if (next.lines === 1) {
        const beginning = beginningOf(line.toString("utf8"));
        if (beginning === undefined) return tampered(1, "it is not the beginning of a log");
        after = beginning.after;
      }
      head = next;
      const denied = denial(head, known, after);
      if (denied !== undefined) return denied;
    }
    if (tail.length > LINE_BYTES_MAX) break;
  }
  return ending(head, tail, known, after);
}

/** Whether a head that is known says otherwise of the line just read. */
function denial(head: AuditHead, known: KnownHeads, after: AuditHead | null) {
  const { ledger, report } = known;
  if (report?.lines === head.lines && report.hash !== head.hash) {
    const anew = after === null ? "" : `; this log was begun after line ${after.lines} of another`;
    return tampered(head.lines, `it is not the line that the report was written after${anew}`);
  }
  if (ledger?.lines === head.lines && ledger.hash !== head.hash) {
    return tampered(head.lines, "it is not the line that the ledger wrote");
  }
  return undefined;
}

function ending(
  head: AuditHead,
  tail: Buffer,
  { ledger, report }: KnownHeads,
  after: AuditHead | null,
): AuditCheck {
  const { lines } = head;
  const due = Math.max(ledger?.lines ?? 0, report?.lines ?? 0);
  if (lines < due) {
    return tampered(lines + 1, `the log ends after line ${lines}, and ${due} were written`);
  }
  // One line may lie beyond the ledger's head: written, but not committed when its process died. Nothing follows it.
  const beyond = ledger === undefined ? 0 : lines - ledger.lines;
  if (beyond > 1 || (beyond === 1 && tail.length > 0)) {
    return tampered((ledger?.lines ?? 0) + 1, "the ledger wrote nothing from here on");
  }
  const against: ("ledger" | "report")[] = [];
  if (ledger !== undefined) against.push("ledger");
  if (report !== undefined) against.push("report");
  const whole = { lines, head, against, after };
  if (tail.length === 0) {
    return lines === 0
      ? tampered(1, "the log is empty: its first line is gone")
      : { kind: "intact", ...whole };
  }
  if (!isTorn(head, tail)) return tampered(lines + 1, misfit(head, tail));
  return { kind: "torn-last-line", tornBytes: tail.length, ...whole };
}

function tampered(line: number, what: string): AuditCheck {
  return { kind: "tampered", line, what };
}

/** Why a line does not follow, for a person who looks for what was done. */
function misfit({ lines, hash }: AuditHead, line: Buffer): string {
  const start = line.subarray(0, 128).toString("latin1");
  const [, n, prev] = /^\{"n":(\d+),"prev":"([0-9a-f]{64})",/.exec(start) ?? [];
  if (n === undefined) return "it does not begin as a line of this log does";
  if (Number(n) !== lines + 1) {
    return `it is numbered ${n}: a line was taken out, put in or moved`;
  }
  return prev === hash ? "it is too long" : `line ${lines} was changed, or this one was`;
}
