import * as z from "zod";
import { CUSTOMER_OUTCOMES } from "../../guard/emulated.ts";
import { count } from "./figures.ts";

/** The part of report.json that says what was to happen. */
export const plan = z.strictObject({
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
      customer: z.enum(CUSTOMER_OUTCOMES).optional(),
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
});
