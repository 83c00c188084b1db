import * as z from "zod";

/**
 * What a `record/` folder holds:
 * - `manifest.json`: written first; what the run was to be, by the caller, and the units of the rest
 * - `intervals.hlog`: latencies, an HdrHistogram interval log with the tags of `tags.ts`
 * - `counts.jsonl`: counts by interval; lines of one interval add up
 * - `events.jsonl`: the first failures, unexpected answers and drops of each kind, the slowest requests, gaps, the stop;
 *   and each of the first requests to end; of a rate-limit drill and of a gate, each exchange with what it says of the limit
 * - `end.json`: written last; missing after a crash
 *
 * Times are whole microseconds from the run's first due time. All readers of a record go through these shapes.
 *
 * Version 2 added what an answer's time went on (`first-byte`, `body`, `dns`, `connect`, `tls` in the log, and the
 * counts of connections), where in its exchange a request failed (`during`), and `each` among the events. A record of version 1 is read too; it says nothing of these.
 */
export const RECORD_VERSION = 2;
const READ_VERSIONS = [1, 2] as const;
/** So many requests have a line of their own, whatever came of them: enough for every one of a small run. */
export const REQUESTS_KEPT = 300;
/** So many exchanges of a drill are written down: more than Klarna's environments allow one, thirty times over. */
export const EXCHANGES_KEPT = 15_000;
export const RECORD_FILES = {
  manifest: "manifest.json",
  intervals: "intervals.hlog",
  counts: "counts.jsonl",
  events: "events.jsonl",
  end: "end.json",
} as const;

const count = z.number().int().nonnegative();
const us = z.number().int().nonnegative();
const tally = z.record(z.string(), count);
const phases = ["set-up", "warm-up", "ramp", "steady", "clean-up"] as const;

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
  /** Of `planned`: further attempts at what did not succeed. */
  retries: count.default(0),
  /** Of `planned`: further polls of steps that ask again, retries of them aside. */
  polls: count.default(0),
  /** Answers to the first request on its connection, and to later ones. */
  newConnections: count.default(0),
  reusedConnections: count.default(0),
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

/** From 1. */
const attempt = count.default(1);
const poll = count.default(1);

const kind = {
  operation: z.string(),
  /** A status, a failure code, or `dropped: reason`. */
  what: z.string(),
  errorCode: z.string().nullable(),
  /** How far the exchange of a failed request had come; null for what else went wrong. */
  during: z.enum(["writing", "waiting", "body"]).nullable().default(null),
};

export const eventSchema = z.discriminatedUnion("type", [
  /** One request that failed, was answered unexpectedly, was dropped or is unfinished. */
  z.strictObject({
    type: z.literal("request"),
    ...kind,
    atUs: us,
    request: count,
    attempt,
    poll,
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
  /** A request, whatever came of it: the first of the run to end, `REQUESTS_KEPT` at most. */
  z.strictObject({
    type: z.literal("each"),
    operation: z.string(),
    request: count,
    attempt,
    poll,
    phase: z.enum(phases),
    kind: z.enum(["answered", "failed", "dropped", "unfinished"]),
    /** A status, a failure code, why it was dropped, or `unfinished`. */
    what: z.string(),
    /** Answered, and as the step expects. */
    expected: z.boolean(),
    dueUs: us,
    /** null: never sent. */
    startUs: us.nullable(),
    endUs: us,
  }),
  /** A request of a drill that was sent, for judging how the client behaves at the limit: `EXCHANGES_KEPT` at most. */
  z.strictObject({
    type: z.literal("exchange"),
    operation: z.string(),
    category: z.string(),
    request: count,
    journey: count,
    attempt,
    phase: z.enum(phases),
    dueUs: us,
    startUs: us,
    endUs: us,
    /** A status, a failure code, or `unfinished`. */
    what: z.union([z.number().int(), z.string()]),
    /** Of a write: its idempotency key, hashed; null for a read, and for what is unfinished. */
    keyHash: z.string().nullable(),
    /** Of an application's request: the same for those of the same method, path and body; and whether it is a write. */
    intent: z.string().optional(),
    write: z.boolean().optional(),
    /** As the answer's headers said; null where they did not, or could not be read. */
    limitPerSecond: z.number().nonnegative().nullable(),
    remaining: count.nullable(),
    resetS: count.nullable(),
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
  recordVersion: z.literal(READ_VERSIONS),
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
export type EachEvent = Extract<RecordEvent, { type: "each" }>;
export type ExchangeEvent = Extract<RecordEvent, { type: "exchange" }>;
export type StopEvent = Extract<RecordEvent, { type: "stop" }>;
export type RecordManifest = z.infer<typeof manifestSchema>;
export type JsonObject = Readonly<Record<string, unknown>>;

/** Where a recorder's lines go. */
export interface RecordSink {
  append(file: "intervals" | "counts" | "events", text: string): void;
  /** Tries again what could not be written. */
  retry(): void;
}
