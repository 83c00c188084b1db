import { micros } from "../base/units.ts";
import type { Answered, Due, Failed, FailureCode, Phase, Sent } from "../workload/outcome.ts";
import { logHeader, parseLogLine } from "./interval-log.ts";
import type { RecordContents } from "./read-record.ts";
import { countsLineSchema, eventSchema, type RecordSink } from "./record-format.ts";

/** For tests: keeps a record's lines and reads them back without a file. */
export class MemoryRecord implements RecordSink {
  readonly lines: Record<"intervals" | "counts" | "events", string[]> = {
    intervals: logHeader(0).trimEnd().split("\n"),
    counts: [],
    events: [],
  };
  retries = 0;

  append(file: "intervals" | "counts" | "events", text: string): void {
    this.lines[file].push(...text.trimEnd().split("\n"));
  }

  retry(): void {
    this.retries++;
  }

  contents(intervalUs = 1_000_000): RecordContents {
    const { intervals, counts, events } = this.lines;
    return {
      manifest: { recordVersion: 1, startedWallMs: 0, intervalUs, run: {} },
      end: {},
      counts: counts.map((line) => countsLineSchema.parse(JSON.parse(line))),
      events: events.map((line) => eventSchema.parse(JSON.parse(line))),
      problems: [],
      *intervals() {
        for (const line of intervals) {
          const entry = parseLogLine(line);
          if (entry) yield entry;
        }
      },
    };
  }
}

/** A request that became due; everything not given is of no account. */
export function due(atUs: number, more: Partial<Due> = {}): Due {
  return {
    request: 0,
    journey: 0,
    scenario: "checkout",
    operation: "payment-request.create",
    category: "payment-transaction-capture",
    phase: "steady",
    due: micros(atUs),
    attempt: 1,
    poll: 1,
    ...more,
  };
}

export function sent(of: Due, waitUs = 0, runnerLagUs = 0): Sent {
  const waits = {
    inFlight: micros(0),
    cap: micros(waitUs - runnerLagUs),
    steering: micros(0),
    runnerLag: micros(runnerLagUs),
  };
  return { ...of, start: micros(of.due + waitUs), waits };
}

export function answered(of: Sent, serviceUs: number, status = 200): Answered {
  const end = micros(of.start + serviceUs);
  return { ...of, kind: "answered", end, status, expected: status < 300 };
}

export function failed(of: Sent, serviceUs: number, code: FailureCode): Failed {
  return { ...of, kind: "failed", end: micros(of.start + serviceUs), code };
}

export const PHASES: readonly Phase[] = ["warm-up", "ramp", "steady"];
