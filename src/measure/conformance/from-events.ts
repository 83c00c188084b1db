import type { ExchangeEvent } from "../record-format.ts";
import type { Exchange } from "./exchange.ts";

/**
 * The exchanges of this program's own client. A retry follows its first attempt in its journey, which makes one request
 * at a time, so the journey tells what a retry is of.
 */
export function exchangesOf(events: readonly ExchangeEvent[]): Exchange[] {
  const firsts = new Map<string, number>();
  return [...events]
    .sort((a, b) => a.request - b.request)
    .filter(({ what }) => what !== "not-sent")
    .map((event) => {
      const journey = `${event.phase} ${event.journey}`;
      if (event.attempt === 1) firsts.set(journey, event.request);
      const { request, category, keyHash, dueUs, startUs, endUs, what } = event;
      const { limitPerSecond, remaining, resetS } = event;
      return {
        request,
        category,
        intent: String(firsts.get(journey) ?? request),
        write: keyHash !== null,
        keyHash,
        readyUs: dueUs,
        startUs,
        endUs,
        result: typeof what === "number" ? what : what === "unfinished" ? what : "failed",
        limitPerSecond,
        remaining,
        resetS,
      };
    });
}
