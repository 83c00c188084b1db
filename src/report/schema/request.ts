import * as z from "zod";
import { count, us } from "./figures.ts";

/** The parts of report.json that tell of single requests: each of a small run, those that failed, the slowest. */

export const request = z.strictObject({
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

/** Failures, unexpected answers and drops of one kind. */
export const error = z.strictObject({
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
});

export const slow = z.strictObject({
  operation: z.string(),
  atS: z.number(),
  responseTimeUs: us,
  serviceTimeUs: us,
  status: z.number().int(),
  correlationId: z.string().nullable(),
});
