import type { ExchangeEvent } from "../record-format.ts";
import { type Exchange, succeeded } from "./exchange.ts";

/**
 * What an application sends before it can have seen a 429 is not sent against it: its answer has to reach whichever of its
 * threads asks next. Longer than for a client in the same process, and still a small part of the second that a reset is told in.
 */
export const APPLICATION_ON_ITS_WAY_US = 100_000;

/**
 * The exchanges of an application's own requests, as they passed by. When it sent one is when that had come, however long
 * it was held back then.
 *
 * What a request is meant to achieve is not told, so it is read off: the same method, path and body. But shoppers with the
 * same cart send the same body too. One that succeeded under two keys, or twice without any, was meant more than once; of
 * such a body only requests with the same key are attempts at the same thing, and nothing is said of the others.
 */
export function applicationExchanges(events: readonly ExchangeEvent[]): Exchange[] {
  const exchanges = events.filter(({ what }) => what !== "not-sent").map(exchangeOf);
  const meant = new Map<string, Set<string>>();
  for (const one of exchanges) {
    if (!one.write || !succeeded(one)) continue;
    const times = meant.get(one.intent) ?? new Set();
    meant.set(one.intent, times.add(keyOf(one)));
  }
  return exchanges.map((one) =>
    one.write && (meant.get(one.intent)?.size ?? 0) > 1
      ? { ...one, intent: `${one.intent} ${keyOf(one)}` }
      : one,
  );
}

/** Two requests without a key have nothing that says that they are the same. */
function keyOf({ keyHash, request }: Exchange): string {
  return keyHash ?? `request ${request}`;
}

function exchangeOf(event: ExchangeEvent): Exchange {
  const { request, category, intent, write, keyHash, dueUs, endUs, what } = event;
  const { limitPerSecond, remaining, resetS } = event;
  return {
    request,
    category,
    intent: intent ?? `request ${request}`,
    write: write ?? keyHash !== null,
    keyHash,
    readyUs: dueUs,
    startUs: dueUs,
    endUs,
    result: typeof what === "number" ? what : what === "unfinished" ? what : "failed",
    limitPerSecond,
    remaining,
    resetS,
  };
}
