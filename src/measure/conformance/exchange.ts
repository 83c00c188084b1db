/**
 * A request that was sent and what came of it, as somebody saw it who may or may not have sent it: this program's own
 * client, or an application's traffic as it passes by. Times are whole microseconds on one clock.
 */
export interface Exchange {
  /** Names it in the evidence. */
  readonly request: number;
  readonly category: string;
  /**
   * The same for requests that were meant to do the same thing once: of one's own client, what is retried; of foreign
   * traffic, the same method, path and body from one sender.
   */
  readonly intent: string;
  /** Not safe to be executed twice. */
  readonly write: boolean;
  /** Of a write: its idempotency key, hashed; null: none, or not known. */
  readonly keyHash: string | null;
  /** When the client meant to send it: its due time, where that is known, else `startUs`. */
  readonly readyUs: number;
  readonly startUs: number;
  readonly endUs: number;
  /** A status; `failed` without an answer; `unfinished` when watching ended before one could come. */
  readonly result: number | "failed" | "unfinished";
  /** As the answer's headers said; null where they did not, or could not be read. */
  readonly limitPerSecond: number | null;
  readonly remaining: number | null;
  readonly resetS: number | null;
}

/** Attempts at one thing, in the order of sending, up to the first that succeeded. */
export type Attempts = readonly [Exchange, ...Exchange[]];

export function isThrottled({ result }: Exchange): boolean {
  return result === 429;
}

export function succeeded({ result }: Exchange): boolean {
  return typeof result === "number" && result < 400;
}

/** When the quota that refused a request has turned, as its answer said; an answer that says nothing is taken as a second. */
export function resetAtUs({ endUs, resetS }: Exchange): number {
  return endUs + (resetS ?? 1) * 1_000_000;
}

export function byStart(exchanges: readonly Exchange[]): Exchange[] {
  return [...exchanges].sort((a, b) => a.startUs - b.startUs);
}

/** What followed a success was meant anew, also where it looks the same. @param ordered by start */
export function attemptsOf(ordered: readonly Exchange[]): Attempts[] {
  const all: [Exchange, ...Exchange[]][] = [];
  const open = new Map<string, [Exchange, ...Exchange[]]>();
  for (const exchange of ordered) {
    const begun = open.get(exchange.intent);
    const last = begun?.at(-1);
    if (begun && last && !succeeded(last)) begun.push(exchange);
    else {
      const attempts: [Exchange, ...Exchange[]] = [exchange];
      open.set(exchange.intent, attempts);
      all.push(attempts);
    }
  }
  return all;
}

/** A further attempt and the one before it. */
export interface Retry {
  readonly before: Exchange;
  readonly again: Exchange;
  /** How many attempts had been made before it, from 1. */
  readonly number: number;
}

export function retriesOf(all: readonly Attempts[]): Retry[] {
  return all.flatMap((attempts) =>
    attempts.slice(1).flatMap((again, i) => {
      const before = attempts[i];
      return before ? [{ before, again, number: i + 1 }] : [];
    }),
  );
}
