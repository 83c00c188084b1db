import type { Clock } from "../base/clock.ts";
import { type Micros, seconds } from "../base/units.ts";
import type { Likeness } from "../klarna/idempotency.ts";
import { Forgotten } from "./forgotten.ts";
import { LinesFile } from "./record-files.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** Some 300 MB. Requests beyond it are counted, and not written down. */
const LINES_MOST = 3_000_000;
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
  /** What tells how its client does at a rate limit; absent: nobody asks. */
  readonly client?: ClientNotes | undefined;
}

/** A request as its client is judged by it: nothing of what it said, but whether it said the same before. */
export interface ClientNotes extends Likeness {
  /** Of the quota, as the answer's headers say. */
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly reset: number | undefined;
}

/** What the record adds up to. */
export interface AccessSummary {
  readonly connections: number;
  readonly requests: number;
  /** Lines that are not in the file: there were too many, or it could not be written. */
  readonly omitted: number;
  /** Resources that the emulator no longer knows, by kind: it holds a bounded number of each. */
  readonly forgotten: Readonly<Record<string, number>>;
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
 *     {"at":1200911,"connection":1,"operation":"payment-request.create","status":201,"end":1221034,"client":{…}}
 *
 * Times are microseconds since the zero of the first line, which gives its civil time.
 */
export class AccessRecord {
  readonly #clock: Clock;
  readonly #forgotten: Forgotten;
  readonly #linesMost: number;
  #lines: LinesFile | undefined;
  #connections = 0;
  #requests = 0;
  readonly #open = new Set<() => void>();
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #windows = new Map<string, readonly SlidingWindow[]>();

  constructor(clock: Clock, { forgotten = new Forgotten(), linesMost = LINES_MOST } = {}) {
    this.#clock = clock;
    this.#forgotten = forgotten;
    this.#linesMost = linesMost;
  }

  /** From now on every line goes to a file; without one only the figures are kept. @param file an open file descriptor */
  writeTo(file: number): void {
    this.#lines = new LinesFile(this.#clock, file, this.#linesMost);
    const zeroMs = this.#clock.wallMs() - this.#clock.now() / 1000;
    this.#lines.add(`{"zero":"${new Date(zeroMs).toISOString()}","unit":"us"}`);
  }

  /** @returns the connection's number */
  connected(): number {
    const connection = ++this.#connections;
    this.#lines?.add(`{"at":${this.#clock.now()},"connection":${connection}}`);
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
  ended({ at, connection, operation, status, client }: Access): void {
    const name = operation?.name ?? "unknown";
    let counts = this.#counts.get(name);
    if (!counts) {
      counts = new Map();
      this.#counts.set(name, counts);
    }
    const result = status === null ? "none" : String(status);
    counts.set(result, (counts.get(result) ?? 0) + 1);
    // By hand: the names are the catalogue's, and this is on the way of every request.
    this.#lines?.add(
      `{"at":${at},"connection":${connection},"operation":"${name}","status":${status},"end":${this.#clock.now()}${noted(client)}}`,
    );
  }

  summary(): AccessSummary {
    return {
      connections: this.#connections,
      requests: this.#requests,
      omitted: this.#lines?.omitted ?? 0,
      forgotten: this.#forgotten.counts(),
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
    this.#lines?.close();
  }
}

function noted(client: ClientNotes | undefined): string {
  if (client === undefined) return "";
  const { intent, write, keyHash, limit, remaining, reset } = client;
  return `,"client":${JSON.stringify({ intent, write, keyHash, limit, remaining, reset })}`;
}
