import { closeSync, constants, openSync, writeFileSync, writeSync } from "node:fs";
import type { Cancel, Clock } from "../base/clock.ts";
import { UsageError } from "../base/errors.ts";
import { type Micros, micros, seconds } from "../base/units.ts";

/** Some 300 MB. Requests beyond it are counted, and not written down. */
const LINES_MOST = 3_000_000;
const BUFFER_CHARACTERS = 65_536;
/** Nothing that has been written down waits longer than this for the file. */
const FLUSH_US = seconds(1);
/** Windows whose greatest number of requests is told. */
const WINDOWS_US = [seconds(0.1), seconds(1)];

/** One request, as the server saw it. Times by the emulator's monotonic clock. */
export interface Access {
  /** When its last byte had been read. */
  readonly at: Micros;
  /** In the order in which they were accepted, from 1. */
  readonly connection: number;
  /** Undefined: no operation takes it. */
  readonly operation: { readonly name: string; readonly category: string } | undefined;
  /** null: it ended without an answer, or without the whole of one. */
  readonly status: number | null;
}

/** What the record adds up to. */
export interface AccessSummary {
  readonly connections: number;
  readonly requests: number;
  /** Lines that are not in the file: there were too many, or it could not be written. */
  readonly omitted: number;
  /** By operation, then by status; `none` for a request without an answer. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The greatest number of requests that came in any window, by category. */
  readonly most: readonly {
    readonly category: string;
    readonly windowS: number;
    readonly requests: number;
  }[];
}

/**
 * What reached the emulator, kept by the emulator itself: a runner is judged by it. One line of JSON for each
 * connection and each request, written when the request has ended:
 *
 *     {"at":1200345,"connection":1}
 *     {"at":1200911,"connection":1,"operation":"payment-request.create","status":201,"end":1221034}
 *
 * Times are microseconds since the zero of the first line, which gives its civil time.
 */
export class AccessRecord {
  readonly #clock: Clock;
  #file: number | undefined;
  readonly #linesMost: number;
  #buffer = "";
  #buffered = 0;
  #broken = false;
  #flush: Cancel | undefined;
  #lines = 0;
  #connections = 0;
  #requests = 0;
  #omitted = 0;
  readonly #open = new Set<() => void>();
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #windows = new Map<string, readonly SlidingWindow[]>();

  constructor(clock: Clock, linesMost = LINES_MOST) {
    this.#clock = clock;
    this.#linesMost = linesMost;
  }

  /** From now on every line goes to a file; without one only the figures are kept. @param file an open file descriptor */
  writeTo(file: number): void {
    this.#file = file;
    const zeroMs = this.#clock.wallMs() - this.#clock.now() / 1000;
    this.#write(`{"zero":"${new Date(zeroMs).toISOString()}","unit":"us"}`);
  }

  /** @returns the connection's number */
  connected(): number {
    const connection = ++this.#connections;
    this.#write(`{"at":${this.#clock.now()},"connection":${connection}}`);
    return connection;
  }

  /** A request has come whole. @returns when */
  arrived(category: string): Micros {
    const at = this.#clock.now();
    this.#requests++;
    let windows = this.#windows.get(category);
    if (!windows) {
      windows = WINDOWS_US.map((us) => new SlidingWindow(us));
      this.#windows.set(category, windows);
    }
    for (const window of windows) window.add(at);
    return at;
  }

  /**
   * A request that has come and not ended.
   * @param settle ends it by what is known of it, should the record be closed first
   * @returns to be called once it has ended by itself
   */
  open(settle: () => void): () => void {
    this.#open.add(settle);
    return () => this.#open.delete(settle);
  }

  /** A request has ended, however it did. */
  ended({ at, connection, operation, status }: Access): void {
    const name = operation?.name ?? "unknown";
    let counts = this.#counts.get(name);
    if (!counts) {
      counts = new Map();
      this.#counts.set(name, counts);
    }
    const result = status === null ? "none" : String(status);
    counts.set(result, (counts.get(result) ?? 0) + 1);
    const end = this.#clock.now();
    // By hand: the names are the catalogue's, and this is on the way of every request.
    this.#write(
      `{"at":${at},"connection":${connection},"operation":"${name}","status":${status},"end":${end}}`,
    );
  }

  summary(): AccessSummary {
    return {
      connections: this.#connections,
      requests: this.#requests,
      omitted: this.#omitted,
      operations: Object.fromEntries(
        [...this.#counts].map(([name, counts]) => [name, Object.fromEntries(counts)]),
      ),
      most: [...this.#windows].flatMap(([category, windows]) =>
        windows.map(({ us, most }) => ({ category, windowS: us / 1_000_000, requests: most })),
      ),
    };
  }

  /** Settles what has not ended, and writes what is left. Nothing may be recorded afterwards. */
  close(): void {
    for (const settle of this.#open) settle();
    this.#open.clear();
    this.#empty();
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #write(line: string): void {
    if (this.#file === undefined) return;
    if (this.#broken || this.#lines >= this.#linesMost) {
      this.#omitted++;
      return;
    }
    this.#lines++;
    this.#buffered++;
    this.#buffer += `${line}\n`;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#empty();
    else this.#flush ??= this.#clock.atCoarse(this.#flushDue(), () => this.#empty());
  }

  #flushDue(): Micros {
    return micros(this.#clock.now() + FLUSH_US);
  }

  #empty(): void {
    this.#flush?.();
    this.#flush = undefined;
    if (this.#file === undefined || this.#buffer === "") return;
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

/** The greatest number of moments in any half-open window of one length. */
class SlidingWindow {
  readonly us: Micros;
  most = 0;
  /** A ring of the moments that still count, the oldest at `#first`. */
  #ring = new Float64Array(64);
  #first = 0;
  #count = 0;

  constructor(us: Micros) {
    this.us = us;
  }

  /** @param at not before the one before */
  add(at: Micros): void {
    while (this.#count > 0 && (this.#ring[this.#first] ?? 0) <= at - this.us) {
      this.#first = (this.#first + 1) % this.#ring.length;
      this.#count--;
    }
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#count) % this.#ring.length] = at;
    this.#count++;
    this.most = Math.max(this.most, this.#count);
  }

  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2);
    for (let i = 0; i < this.#count; i++) {
      larger[i] = this.#ring[(this.#first + i) % this.#ring.length] ?? 0;
    }
    this.#ring = larger;
    this.#first = 0;
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
export function writeSummary(path: string, summary: AccessSummary): void {
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
