import { z } from "zod";

/**
 * What a `record/` folder holds:
 * - `manifest.json`: written first; what the run was to be, by the caller, and the units of the rest
 * - `intervals.hlog`: latencies, an HdrHistogram interval log with the tags of `tags.ts`
 * - `counts.jsonl`: counts by interval; lines of one interval add up
 * - `events.jsonl`: the first failures, unexpected answers and drops of each kind, the slowest requests, gaps, the stop
 * - `end.json`: written last; missing after a crash
 *
 * Times are whole microseconds from the run's first due time. All readers of a record go through these shapes.
 */
export const RECORD_VERSION = 1;
export const RECORD_FILES = {
  manifest: "manifest.json",
  intervals: "intervals.hlog",
  counts: "counts.jsonl",
  events: "events.jsonl",
  end: "end.json",
} as const;

const count = z.number().int().nonnegative();
const us = z.number().int();
const tally = z.record(z.string(), count);
const phases = ["warm-up", "ramp", "steady"] as const;

const requestCounts = z.strictObject({
  /** Became due in the interval. */
  planned: count,
  /** Handed to the client in the interval. */
  started: count,
  /** By status. */
  answered: tally,
  /** Answered, but not as expected; part of `answered`. */
  unexpected: count,
  /** By failure code. */
  failed: tally,
  /** By reason. */
  dropped: tally,
  unfinished: count,
});

const journeyCounts = z.strictObject({
  ended: count,
  completed: count,
  notReached: count,
  notDue: count,
});

export const countsLineSchema = z.strictObject({
  /** The interval's number, from 0. */
  interval: count,
  operations: z.record(
    z.string(),
    z.strictObject({
      category: z.string(),
      phases: z.partialRecord(z.enum(phases), requestCounts),
    }),
  ),
  /** By scenario. */
  journeys: z.record(z.string(), z.partialRecord(z.enum(phases), journeyCounts)),
});

const kind = {
  operation: z.string(),
  /** A status, a failure code, or `dropped: reason`. */
  what: z.string(),
  errorCode: z.string().nullable(),
};

export const eventSchema = z.discriminatedUnion("type", [
  /** One request that failed, was answered unexpectedly, was dropped or is unfinished. */
  z.strictObject({
    type: z.literal("request"),
    ...kind,
    atUs: us,
    request: count,
    phase: z.enum(phases),
    errorId: z.string().nullable(),
    correlationId: z.string().nullable(),
  }),
  /** Further ones of the kind that have no line of their own. */
  z.strictObject({ type: z.literal("more"), ...kind, atUs: us, count }),
  /** A candidate for the slowest answers of the run. */
  z.strictObject({
    type: z.literal("slow"),
    operation: z.string(),
    atUs: us,
    request: count,
    responseTimeUs: us,
    serviceTimeUs: us,
    status: z.number().int(),
    correlationId: z.string().nullable(),
  }),
  /** The runner was frozen or starved. */
  z.strictObject({ type: z.literal("gap"), fromUs: us, toUs: us }),
  z.strictObject({
    type: z.literal("stop"),
    atUs: us,
    code: z.string(),
    text: z.string(),
    advice: z.string(),
  }),
]);

export const manifestSchema = z.strictObject({
  recordVersion: z.literal(RECORD_VERSION),
  /** Milliseconds since the Unix epoch at the run's first due time. */
  startedWallMs: z.number(),
  intervalUs: z.number().int().positive(),
  /** The caller's own; this room reads nothing of it. */
  run: z.record(z.string(), z.unknown()),
});

export type RequestCounts = z.infer<typeof requestCounts>;
export type JourneyCounts = z.infer<typeof journeyCounts>;
export type CountsLine = z.infer<typeof countsLineSchema>;
export type RecordEvent = z.infer<typeof eventSchema>;
export type RequestEvent = Extract<RecordEvent, { type: "request" }>;
export type SlowEvent = Extract<RecordEvent, { type: "slow" }>;
export type StopEvent = Extract<RecordEvent, { type: "stop" }>;
export type RecordManifest = z.infer<typeof manifestSchema>;
export type JsonObject = Readonly<Record<string, unknown>>;

/** Where a recorder's lines go. */
export interface RecordSink {
  append(file: "intervals" | "counts" | "events", text: string): void;
  /** Tries again what could not be written. */
  retry(): void;
}
