import type { ExchangeEvent } from "../record-format.ts";
import { byStart, type Exchange } from "./exchange.ts";

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
 * same cart send the same body too. Where that shows, only requests with the same key are attempts at the same thing, and
 * nothing is said of the others.
 */
export function applicationExchanges(events: readonly ExchangeEvent[]): Exchange[] {
  const exchanges = events.filter(({ what }) => what !== "not-sent").map(exchangeOf);
  const several = meantSeveralTimes(exchanges);
  return exchanges.map((one) =>
    one.write && several.has(one.intent) ? { ...one, intent: `${one.intent} ${keyOf(one)}` } : one,
  );
}

/**
 * Writes that look the same and were meant more than once: answered for good under two keys, or twice without any, since
 * nobody repeats what is settled; or asked for under another key before the answer was there.
 */
function meantSeveralTimes(exchanges: readonly Exchange[]): ReadonlySet<string> {
  const several = new Set<string>();
  const settled = new Map<string, string>();
  const last = new Map<string, Exchange>();
  for (const one of byStart(exchanges)) {
    if (!one.write) continue;
    const key = keyOf(one);
    const before = last.get(one.intent);
    if (before && keyOf(before) !== key && one.startUs < before.endUs) several.add(one.intent);
    if (!before || one.endUs >= before.endUs) last.set(one.intent, one);
    if (!isSettled(one)) continue;
    if ((settled.get(one.intent) ?? key) !== key) several.add(one.intent);
    settled.set(one.intent, key);
  }
  return several;
}

/** Whether a client has no reason to send it again: it is done, or will never be. */
function isSettled({ result }: Exchange): boolean {
  return typeof result === "number" && result < 500 && result !== 429;
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
