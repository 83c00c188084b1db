import type { ExchangePhase } from "../../workload/outcome.ts";
import type { RecordEvent } from "../record-format.ts";

const CORRELATION_IDS = 10;

export interface ErrorSummary {
  readonly operation: string;
  /** A status, a failure code, or `dropped: reason`. */
  readonly what: string;
  readonly errorCode: string | null;
  /** How far the exchange of a failed request had come. */
  readonly during: ExchangePhase | null;
  count: number;
  firstAtUs: number;
  readonly correlationIds: string[];
}

export function groupErrors(events: readonly RecordEvent[]): ErrorSummary[] {
  const groups = new Map<string, ErrorSummary>();
  for (const event of events) {
    if (event.type !== "request" && event.type !== "more") continue;
    const { operation, what, errorCode, during, atUs } = event;
    const key = `${operation}\n${what}\n${errorCode ?? ""}\n${during ?? ""}`;
    let group = groups.get(key);
    if (!group) {
      const same = { operation, what, errorCode, during };
      group = { ...same, count: 0, firstAtUs: atUs, correlationIds: [] };
      groups.set(key, group);
    }
    group.count += event.type === "more" ? event.count : 1;
    group.firstAtUs = Math.min(group.firstAtUs, atUs);
    if (event.type === "request" && event.correlationId !== null) {
      if (group.correlationIds.length < CORRELATION_IDS) {
        group.correlationIds.push(event.correlationId);
      }
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
