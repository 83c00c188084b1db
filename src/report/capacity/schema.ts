import * as z from "zod";

/** The shape of `capacity.json`. Fields are added to, never renamed. */
export const CAPACITY_SCHEMA_VERSION = 1;

const perSecond = z.number().nonnegative();
const share = z.number().min(0).max(1);

const bound = z.strictObject({
  /** Journeys a second: the least of all categories'. */
  journeysPerSecond: perSecond,
  category: z.string(),
  categories: z.array(
    z.strictObject({
      category: z.string(),
      requestsPerJourney: z.number().positive(),
      quotaPerSecond: perSecond,
      journeysPerSecond: perSecond,
    }),
  ),
});

const limit = z.strictObject({
  mean: perSecond,
  /** Two-sided, at 95 %, over the seeds; the lower end is lowered until other seeds agree with it. */
  low: perSecond,
  high: perSecond,
  each: z.array(perSecond),
  /** The search ended before any rate was too high. */
  isLowerBound: z.boolean(),
});

const confirmation = z.strictObject({
  perSecond,
  seeds: z.number().int().positive(),
  throttledShare: share,
  thresholdsMet: z.number().int().nonnegative(),
  /** The share is within the criteria, and more than half of the seeds met the thresholds. */
  agrees: z.boolean(),
});

const found = z.strictObject({
  /** The share of journeys that may meet a 429. */
  throttledShare: share,
  /** null: no rate is within it and the thresholds. */
  limit: limit.nullable(),
  /** In one sentence. */
  binds: z.string(),
  probes: z.number().int().positive(),
  confirmation: confirmation.nullable(),
});

const checkedCase = z.strictObject({
  name: z.enum(["as given", "half the quota", "twice the latency"]),
  quotaFactor: z.number().positive(),
  latencyFactor: z.number().positive(),
  bound,
  found: z.array(found),
});

const realRun = z.strictObject({
  perSecond,
  /** Whether this machine kept the pace. */
  kept: z.boolean(),
  sent: z.number().int().nonnegative(),
  throttled: z.number().int().nonnegative(),
  runnerDrops: z.number().int().nonnegative(),
  /** null: too few samples. */
  runnerLagP99Us: z.number().nonnegative().nullable(),
  /** Its folder, below this one. */
  folder: z.string(),
});

export const capacitySchema = z.strictObject({
  schemaVersion: z.literal(CAPACITY_SCHEMA_VERSION),
  check: z.strictObject({
    id: z.string(),
    profile: z.string(),
    profileHash: z.string(),
    startedAt: z.string(),
    endedAt: z.string(),
    seed: z.number().int().nonnegative(),
    tool: z.strictObject({ name: z.literal("klarna-perf"), version: z.string() }),
    /** Makes the same again. */
    command: z.string(),
  }),
  asked: z.strictObject({
    quotas: z.enum(["test", "live"]),
    level: z.string(),
    forAccount: z.boolean(),
    arrivals: z.enum(["uniform", "poisson"]),
    /** In words. */
    latency: z.string(),
    thresholds: z.array(z.string()),
    maxInFlight: z.number().int().positive(),
    /** Of each probe, in virtual time. */
    probeS: z.number().positive(),
    seeds: z.number().int().min(2),
    targetPerSecond: perSecond.nullable(),
  }),
  /** The first is as given. */
  cases: z.array(checkedCase).min(1),
  /** Runs in real time on the embedded emulator; empty, with the reason, where there were none. */
  real: z.strictObject({ runs: z.array(realRun), notRun: z.string().nullable() }),
  /** Against the first case, at the first share; null without a target. */
  headroom: z
    .strictObject({
      targetPerSecond: perSecond,
      /** Mean limit over target, less 1; null without a limit. */
      ratio: z.number().nullable(),
      low: z.number().nullable(),
      /** Null also where the limit is a lower bound: there is no upper end. */
      high: z.number().nullable(),
    })
    .nullable(),
  outcome: z.enum(["no-target", "met", "not-met", "undecided", "no-capacity"]),
  reason: z.string(),
  /** What binds, in one sentence. */
  binds: z.string(),
  warnings: z.array(z.strictObject({ code: z.string(), text: z.string() })),
});
export type CapacityReport = z.infer<typeof capacitySchema>;
