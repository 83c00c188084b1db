import * as z from "zod";
import { cleanUp } from "./schema/clean-up.ts";
import { comparison } from "./schema/comparison.ts";
import { drill } from "./schema/drill.ts";
import { count, counts, type distribution, type percentile, proportion } from "./schema/figures.ts";
import { gate } from "./schema/gate.ts";
import { journey, operation, type phases, waits } from "./schema/operation.ts";
import { plan } from "./schema/plan.ts";
import { error, request, slow } from "./schema/request.ts";
import { guard, run } from "./schema/run.ts";
import { threshold } from "./schema/threshold.ts";
import { timelineRow } from "./schema/timeline.ts";

/**
 * The shape of report.json, and the only list of what a report may hold: reports are built from these fields
 * and no others. Latencies are whole microseconds (`…Us`), ratios 0 to 1, rates per second, times ISO 8601 in UTC.
 * Fields are added in later versions, never renamed or given another meaning.
 */
export const REPORT_SCHEMA_VERSION = 1;

export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
    run,
    plan,
    guard,
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
    operations: z.array(operation),
    journeys: z.array(journey),
    waits,
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
    errors: z.array(error),
    /**
     * What the run made on the server's side, and what became of it: created = ended + cancelled + left + leftUnlisted.
     * null for a run that kept no account; absent in older reports.
     */
    cleanUp: cleanUp.nullable().optional(),
    /** The slowest answers of the run by response time. */
    slowest: z.array(slow),
    thresholds: z.array(threshold),
    /** Of a rate-limit drill; null for other kinds, absent in older reports. */
    drill: drill.nullable().optional(),
    /** Of `klarna-perf gate` and `klarna-perf emulator`, whose client was the user's own application; null for other runs, absent in older reports. */
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
