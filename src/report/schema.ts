import { z } from "zod";
import { comparison } from "./comparison-schema.ts";
import { count, distribution, type percentile, proportion, us } from "./distribution-schema.ts";
import { drill } from "./drill-schema.ts";
import { gate } from "./gate-schema.ts";

/**
 * The shape of report.json, and the only list of what a report may hold: reports are built from these fields
 * and no others. Latencies are whole microseconds (`…Us`), ratios 0 to 1, rates per second, times ISO 8601 in UTC.
 * Fields are added in later versions, never renamed or given another meaning.
 */
export const REPORT_SCHEMA_VERSION = 1;

const drops = z.strictObject({
  "in-flight": count,
  cap: count,
  "quota-steering": count,
  runner: count,
  "run-ended": count,
});

const counts = z.strictObject({
  planned: count,
  sent: count,
  answered: count,
  failed: count,
  unfinished: count,
  dropped: count,
  drops,
  /** Answered, but not as expected; part of `answered`. */
  unexpected: count,
  /** Of `planned`: further attempts at what did not succeed, each a request of its own. Absent in older reports. */
  retries: count.optional(),
  /** Of `planned`: further polls of steps that ask again, retries of them aside. Absent in older reports. */
  polls: count.optional(),
});

const threshold = z.strictObject({
  /** As the profile wrote it, for example `payment-request.create responseTime.p95 <= 800 ms`. */
  text: z.string(),
  operation: z.string().nullable(),
  figure: z.string(),
  limit: z.number(),
  unit: z.enum(["us", "ratio", "count"]),
  outcome: z.enum(["met", "missed", "undecided", "no-data"]),
  /** The figure as observed; null without data. */
  observed: z.number().nullable(),
  /** True: more than `observed`. */
  observedCensored: z.boolean(),
  /** One-sided 95 % bounds that the decision used; null for observed figures, and where none exists at this size. */
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** In words: why this outcome. */
  reason: z.string(),
});

const phases = z.strictObject({
  /** Of expected answers of the steady phase: from the request's writing to the answer's first byte. */
  firstByte: distribution,
  /** Of the same answers: from the first byte to the last. */
  body: distribution,
  /**
   * What opening each connection took, whole run, told by its first answered request. No part of service time, and of
   * response time only where a request waited for it. A run resolves its target's name once, if at all.
   */
  dns: distribution,
  connect: distribution,
  tls: distribution,
  /** Answers to the first request on its connection, and to later ones, whole run. */
  newConnections: count,
  reusedConnections: count,
});

const request = z.strictObject({
  operation: z.string(),
  phase: z.enum(["set-up", "warm-up", "ramp", "steady", "clean-up"]),
  outcome: z.enum(["answered", "failed", "dropped", "unfinished"]),
  /** A status, a failure code, why it was dropped, or `unfinished`. */
  what: z.string(),
  /** Answered, and as the step expects. */
  expected: z.boolean(),
  /** From 1; above 1 for a retry, and for a further poll. Absent in older reports. */
  attempt: count.optional(),
  poll: count.optional(),
  /** Seconds from the first due time. */
  dueS: z.number().nonnegative(),
  /** end - due; of a request without an answer, how long it had lasted. */
  responseTimeUs: us,
  /** end - start; null: never sent. */
  serviceTimeUs: us.nullable(),
});

const timelineRow = z.strictObject({
  /** Seconds from the first due time to the start of the interval. */
  atS: z.number(),
  lengthS: z.number().positive(),
  phase: z.enum(["set-up", "warm-up", "ramp", "steady", "drain", "clean-up"]),
  /** Requests whose due time fell in the interval. */
  planned: count,
  /** Requests handed to the client in the interval. */
  started: count,
  answered: count,
  unexpected: count,
  failed: count,
  dropped: count,
  /** Response times (end − due) of expected answers that ended in the interval; null without any. */
  responseP50Us: us.nullable(),
  responseP95Us: us.nullable(),
  responseP99Us: us.nullable(),
  responseMaxUs: us.nullable(),
  /** Service time (end − start), likewise. */
  serviceP50Us: us.nullable(),
  serviceP99Us: us.nullable(),
  /** The runner was frozen or starved in this interval for more than 250 ms. */
  gap: z.boolean(),
});

export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
    run: z.strictObject({
      id: z.string(),
      profile: z.string(),
      description: z.string(),
      kind: z.string(),
      environment: z.string(),
      startedAt: z.iso.datetime(),
      endedAt: z.iso.datetime(),
      seed: z.number().int(),
      tool: z.strictObject({ name: z.literal("klarna-perf"), version: z.string() }),
      host: z.strictObject({
        node: z.string(),
        platform: z.string(),
        arch: z.string(),
        cpus: count,
        cpuModel: z.string(),
        memoryMb: count,
      }),
      /** The CI system's name and the run's number there, as its documented variables give them; null elsewhere. */
      ci: z.strictObject({ name: z.string(), run: z.string(), commit: z.string() }).nullable(),
      /** SHA-256 of the profile as it was run: overrides applied, keys sorted. */
      profileHash: z.string(),
      tags: z.record(z.string(), z.string()),
      /** The command that runs the same again. */
      command: z.string(),
    }),
    plan: z.strictObject({
      durationS: z.number(),
      journeys: count,
      requests: count,
      /** With every retry, every poll and the whole clean-up: what the ceilings were held against. Absent in older reports. */
      requestsAtMost: count.optional(),
      maxInFlight: count,
      webhooks: count,
      stages: z.array(
        z.strictObject({
          phase: z.enum(["warm-up", "ramp", "steady"]),
          fromPerSecond: z.number(),
          toPerSecond: z.number(),
          durationS: z.number(),
        }),
      ),
      categories: z.array(
        z.strictObject({
          category: z.string(),
          requests: count,
          /** Outside bursts, as the cap. */
          peakPerSecond: z.number(),
          capPerSecond: z.number(),
          /** Where a rate-limit drill goes above that; seconds from the first due time. Absent: nowhere. */
          bursts: z
            .strictObject({
              peakPerSecond: z.number(),
              capPerSecond: z.number(),
              windows: z.array(z.strictObject({ fromS: z.number(), toS: z.number() })),
            })
            .optional(),
          /** The quota that the environment documents (or the emulator enforces); null where none is known. */
          quotaPerSecond: z.number().nullable(),
        }),
      ),
      /** How due times were kept; absent: precisely. */
      pacing: z.literal("relaxed").optional(),
      /** What the profile asked of the run's own emulator, in its own words; absent: nothing. */
      emulator: z
        .strictObject({
          customer: z.enum(["approve", "decline", "abandon"]).optional(),
          customerDelay: z.string().optional(),
          quotas: z.enum(["test", "live"]).optional(),
          latency: z.string().optional(),
          protection: z.string().optional(),
          faults: z.array(z.string()).optional(),
        })
        .optional(),
      /** The tables that fill its requests; absent: none. */
      data: z
        .array(
          z.strictObject({
            name: z.string(),
            file: z.string(),
            rows: count,
            order: z.enum(["sequential", "random", "shuffled"]),
            /** Of the file's bytes. */
            sha256: z.string(),
          }),
        )
        .optional(),
    }),
    guard: z.strictObject({
      decision: z.enum(["allowed", "refused"]),
      origin: z.string(),
      /** Each check that was made and passed, in words. */
      checks: z.array(z.strictObject({ code: z.string(), text: z.string() })),
      permit: z.string().nullable(),
      /** The audit log's head with this run in it: a log that was cut afterwards no longer holds it. null without a ledger. */
      audit: z.strictObject({ lines: count, hash: z.string() }).nullable(),
      addresses: z.array(z.string()),
      connectionsOpened: count,
      connectFailures: count,
      /** The same by how they failed: `{"refused": 2, "timeout": 1}`. */
      connectFailureKinds: z.record(z.string(), count).optional(),
    }),
    totals: counts.extend({
      /** Requests that the plan would make if every step succeeded. */
      forecast: count,
      notReached: count,
      notDue: count,
      /** (failed + unexpected) / sent. */
      errorRatio: proportion,
      /** dropped / planned. */
      dropRatio: proportion,
    }),
    /** Steady phase only, but for `counts`, which covers the whole run. */
    operations: z.array(
      z.strictObject({
        name: z.string(),
        category: z.string(),
        counts,
        steady: counts,
        errorRatio: proportion,
        serviceTime: distribution,
        responseTime: distribution,
        /** What answers' time went on; null where the record does not say. */
        phases: phases.nullable(),
        /** Answers by status, failures by code: `{"200": 12, "timeout": 1}`, whole run. */
        results: z.record(z.string(), count),
      }),
    ),
    journeys: z.array(
      z.strictObject({
        scenario: z.string(),
        started: count,
        completed: count,
        /** From arrival to last answer, of completed steady journeys. */
        responseTime: distribution,
      }),
    ),
    waits: z.strictObject({
      capWait: distribution,
      inFlightWait: distribution,
      runnerLag: distribution,
      /** Of the requests that were held back because the quota was nearly or wholly used up; absent: none was. */
      steeringWait: distribution.optional(),
    }),
    rateLimits: z.array(
      z.strictObject({
        category: z.string(),
        /** As the last answer's header gave it; null where none was seen. */
        limitPerSecond: z.number().nullable(),
        lowestRemaining: z.number().nullable(),
        throttled: count,
        /** The most requests of the category written in any 1 s window. */
        peakInOneSecond: count,
        /** The highest that was ever in force: a drill's in its bursts. */
        capPerSecond: z.number(),
      }),
    ),
    timeline: z.array(timelineRow),
    /** Every request of a run that made at most 300, in the order of becoming due; else empty. */
    requests: z.array(request),
    /** Failures, unexpected answers and drops, the first of each kind; to quote to Klarna. */
    errors: z.array(
      z.strictObject({
        operation: z.string(),
        /** A status, a failure code, or `dropped: reason`. */
        what: z.string(),
        errorCode: z.string().nullable(),
        /** Where in its exchange a request failed: not wholly written, no byte of the answer seen, or some of it; null for other trouble. */
        during: z.enum(["writing", "waiting", "body"]).nullable().optional(),
        count,
        /** Seconds from the first due time. */
        firstAtS: z.number(),
        correlationIds: z.array(z.string()),
      }),
    ),
    /**
     * What the run made on the server's side, and what became of it: created = ended + cancelled + left + leftUnlisted.
     * null for a run that kept no account; absent in older reports.
     */
    cleanUp: z
      .strictObject({
        created: count,
        /** By the journeys themselves. */
        ended: count,
        /** By the run's clean-up. */
        cancelled: count,
        /** Still there, as far as the run knows: to be cancelled by hand. */
        left: z.array(
          z.strictObject({
            /** The operation that would end it. */
            operation: z.string(),
            /** null for one that may not stand in a report. */
            id: z.string().nullable(),
            /** What the attempt came to: a status, a failure code, why it was dropped; or `not tried`. */
            why: z.string(),
          }),
        ),
        leftUnlisted: count,
        /** Requests whose answer never said whether they made something. */
        unknown: count,
      })
      .nullable()
      .optional(),
    /** The slowest answers of the run by response time. */
    slowest: z.array(
      z.strictObject({
        operation: z.string(),
        atS: z.number(),
        responseTimeUs: us,
        serviceTimeUs: us,
        status: z.number().int(),
        correlationId: z.string().nullable(),
      }),
    ),
    thresholds: z.array(threshold),
    /** Of a rate-limit drill; null for other kinds, absent in older reports. */
    drill: drill.nullable().optional(),
    /** Of `klarna-perf gate`, whose client was the user's own application; null for other runs, absent in older reports. */
    gate: gate.nullable().optional(),
    /** With another run or several, where the run was given any; null elsewhere. */
    comparison: comparison.nullable(),
    verdict: z.enum(["stopped", "invalid", "failed", "inconclusive", "passed"]),
    /** One sentence: why this verdict. */
    verdictReason: z.string(),
    interrupted: z.boolean(),
    stopReason: z
      .strictObject({
        code: z.string(),
        text: z.string(),
        advice: z.string(),
        atS: z.number(),
      })
      .nullable(),
    warnings: z.array(z.strictObject({ code: z.string(), text: z.string() })),
  })
  .meta({
    title: "klarna-perf report",
    description:
      "One run of klarna-perf. Latencies are whole microseconds, ratios 0 to 1, rates per second.",
  });

export type Report = z.infer<typeof reportSchema>;
export type Comparison = z.infer<typeof comparison>;
export type Drill = z.infer<typeof drill>;
export type Gate = z.infer<typeof gate>;
export type Distribution = z.infer<typeof distribution>;
export type Percentile = z.infer<typeof percentile>;
export type Counts = z.infer<typeof counts>;
export type Proportion = z.infer<typeof proportion>;
export type ThresholdReport = z.infer<typeof threshold>;
export type Phases = z.infer<typeof phases>;
export type RequestReport = z.infer<typeof request>;
export type TimelineRow = z.infer<typeof timelineRow>;
