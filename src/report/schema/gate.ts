import * as z from "zod";
import { count, distribution, us } from "./figures.ts";

/** What a gate answered itself, and passed on to nobody. */
export const gateAnswers = z.strictObject({
  /** By code, in the order of their first time. None of them is among the planned requests. */
  refused: z.array(
    z.strictObject({
      code: z.string(),
      /** What was wrong with the first of them. */
      text: z.string(),
      count,
    }),
  ),
  /** Live credentials that the application sent, by fingerprint. */
  /** Writes without an idempotency key that were sent again when the first may have been executed: each may have been twice. */
  unkeyedRepeats: count,
  liveKeys: z.array(z.strictObject({ fingerprint: z.string(), count })),
});

/** An application's own requests. */
export const gate = gateAnswers.extend({
  /** Who saw them: a gate that passed them on, or the emulator that they were sent to. */
  seenBy: z.enum(["gate", "emulator"]),
  /** The profile that bounded it; null: the environment alone did. */
  profile: z.string().nullable(),
  /** So long was a request held for the cap before the gate answered it with a 429 of its own. */
  holdUs: us,
  /** What the gate itself added to each answered request, both ways; the waits for cap and connection are apart. */
  added: distribution,
});
