import * as z from "zod";
import { POINT_TEXTS } from "../../measure/conformance/point.ts";
import { count, us } from "./figures.ts";

const codes = Object.keys(POINT_TEXTS) as (keyof typeof POINT_TEXTS)[];

/** How the client behaved at the limit, judged point by point from the record of its exchanges. */
export const drill = z.strictObject({
  /** `fails`: a point failed; `untold`: nothing was throttled, so that nothing was shown. */
  outcome: z.enum(["conforms", "fails", "untold"]),
  /** The category that was throttled first, or else that most was sent in, of which all else here tells; null: nothing was sent. */
  category: z.string().nullable(),
  /** As documented, or else as the answers named it; null where neither is known. */
  quotaPerSecond: z.number().nullable(),
  sent: count,
  throttled: count,
  /** Of each burst, from its first 429 until all that it refused was through or given up; null: never. */
  recoveriesUs: z.array(us.nullable()),
  /** Intended requests of which no attempt succeeded. */
  shopperErrors: count,
  /** Requests that were sent and have no line in the record, which is bounded: nothing here tells of them. */
  unrecorded: count,
  points: z.array(
    z.strictObject({
      code: z.enum(codes),
      text: z.string(),
      /** `untold`: what was seen does not tell. */
      outcome: z.enum(["pass", "fail", "untold"]),
      /** What was seen, and why that decides it or does not. */
      evidence: z.string(),
      /** Requests that show it, a few: their numbers in the record, and when they were sent, in seconds from the first due time. */
      shownBy: z.array(z.strictObject({ request: count, atS: z.number() })),
    }),
  ),
  /** The intervals of the report's own timeline. */
  timeline: z.array(
    z.strictObject({
      atS: z.number(),
      lengthS: z.number().positive(),
      sent: count,
      /** Of these. */
      throttled: count,
      /** The lowest that an answer of the interval named; null without one. */
      remaining: count.nullable(),
    }),
  ),
});
