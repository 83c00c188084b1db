import * as z from "zod";
import { count, us } from "./figures.ts";

export const timelineRow = z.strictObject({
  /** Seconds from the first due time to the start of the interval. */
  atS: z.number(),
  lengthS: z.number().positive(),
  phase: z.enum(["set-up", "warm-up", "ramp", "steady", "drain", "clean-up"]),
  /** Requests whose due time fell in the interval. */
  planned: count,
  /** Requests that started in the interval. */
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
