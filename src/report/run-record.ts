import * as z from "zod";
import { comparedRun } from "./schema/comparison.ts";
import { gateAnswers } from "./schema/gate.ts";
import { reportSchema } from "./schema.ts";

/**
 * What a run puts into its record beside what it measures, so that the report can be made again from the
 * record alone: `manifest.json` says what the run was to be, `end.json` what became of it.
 */
const { run, plan, guard, rateLimits, warnings, cleanUp } = reportSchema.shape;

export const runManifestSchema = z.strictObject({
  run: run.omit({ startedAt: true, endedAt: true }),
  plan,
  guard: guard.pick({ origin: true, checks: true, permit: true, audit: true }),
  /** The profile's thresholds: `figure` as `parseFigure` reads it, the limit in that figure's unit. */
  thresholds: z.array(
    z.strictObject({
      text: z.string(),
      operation: z.string().nullable(),
      figure: z.string(),
      limit: z.number(),
    }),
  ),
  /** What the run is to be compared with, so that its report says the same when it is made again. */
  comparison: z
    .strictObject({
      baselines: z.array(comparedRun),
      judge: z.array(z.string()),
      unlike: z.boolean(),
      confirm: z.union([
        z.enum(["no", "asked"]),
        z.strictObject({
          run: z.string(),
          beyond: z.array(z.strictObject({ operation: z.string(), figure: z.string() })),
        }),
      ]),
      problems: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** Of an application's requests: who saw them, and what bounded them; null for other runs. */
  gate: z
    .strictObject({
      seenBy: z.enum(["gate", "emulator"]),
      profile: z.string().nullable(),
      holdUs: z.number().int().nonnegative(),
    })
    .nullable()
    .default(null),
  warnings,
});

export const runEndSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  interrupted: z.boolean(),
  /** The kill switch called the run invalid rather than stopped; the reason in words. */
  invalid: z.string().nullable(),
  /** Requests of journeys that never arrived. */
  neverArrived: z.number().int().nonnegative(),
  /** Microseconds from the first due time to the first at which a planned journey could arrive: the set-up came before. */
  arrivalsFromUs: z.number().int().nonnegative().default(0),
  /** Microseconds from the first due time; null without a clean-up. */
  cleanUpFromUs: z.number().int().nonnegative().nullable().default(null),
  cleanUp: cleanUp.unwrap().default(null),
  rateLimits,
  /** Of a gate: what it answered itself; null for other runs. */
  gate: gateAnswers.nullable().default(null),
  guard: guard.pick({
    addresses: true,
    connectionsOpened: true,
    connectFailures: true,
    connectFailureKinds: true,
  }),
  warnings,
  /** What went wrong with the record itself, as the recorder tells. */
  recordWarnings: warnings.default([]),
});

export type RunManifest = z.infer<typeof runManifestSchema>;
export type ComparisonRequest = NonNullable<RunManifest["comparison"]>;
/** As a run writes it; the recorder adds the rest. */
export type RunEndRecord = Omit<z.infer<typeof runEndSchema>, "recordWarnings">;
