import * as z from "zod";
import { count } from "./figures.ts";

/** The part of report.json that says which run it is, and on what it was made. */
export const run = z.strictObject({
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
});

/** What was checked before anything was sent, and where it went. */
export const guard = z.strictObject({
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
});
