import * as z from "zod";
import { count } from "./figures.ts";

/** What the run made on the server's side, and what became of it: created = ended + cancelled + left + leftUnlisted. */
export const cleanUp = z.strictObject({
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
});
