import * as z from "zod";

export const threshold = z.strictObject({
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
