import * as z from "zod";
import { count, distribution, proportion, us } from "./figures.ts";

/** What has to be alike for two runs to be compared. */
const conditions = z.strictObject({
  profile: z.string(),
  profileHash: z.string(),
  environment: z.string(),
  /** By category: what the server said, else what its environment documents. */
  quotas: z.array(
    z.strictObject({
      category: z.string(),
      quotaPerSecond: z.number().nullable(),
      capPerSecond: z.number(),
    }),
  ),
  host: z.strictObject({
    node: z.string(),
    platform: z.string(),
    arch: z.string(),
    cpus: count,
    cpuModel: z.string(),
  }),
});

const OUTCOMES = [
  "difference",
  "regressed",
  "not-regressed",
  "unconfirmed",
  "not-compared",
] as const;

/** As much of a run's report as comparing takes. A run keeps its baseline's in its record, so that its report can be made again. */
export const comparedRun = z.strictObject({
  id: z.string(),
  startedAt: z.string(),
  verdict: z.enum(["stopped", "invalid", "failed", "inconclusive", "passed"]),
  interrupted: z.boolean(),
  /** What came of its own comparison; null without one. */
  compared: z.enum(OUTCOMES).nullable(),
  conditions,
  operations: z.array(
    z.strictObject({
      name: z.string(),
      /** Of the steady phase. */
      errorRatio: proportion,
      responseTime: distribution,
    }),
  ),
});

const shiftPoint = z.strictObject({
  p: z.number().gt(0).lt(100),
  baselineUs: us.nullable(),
  /** True: more than `baselineUs`. */
  baselineCensored: z.boolean(),
  candidateUs: us.nullable(),
  candidateCensored: z.boolean(),
  /** Candidate less baseline; null where one of the two is censored or has no sample. */
  differenceUs: z.number().int().nullable(),
  interval: z
    .strictObject({
      /** null: unbounded, since a percentile falls among censored samples. */
      lowUs: z.number().int().nullable(),
      highUs: z.number().int().nullable(),
    })
    .nullable()
    .describe(
      "95 % confidence interval of the difference between these two runs, at this percentile taken alone",
    ),
  /** Why there is no difference or no interval. */
  reason: z.string().optional(),
});

const judged = z.strictObject({
  operation: z.string(),
  /** `responseTime.p50` or `responseTime.p95`. */
  figure: z.string(),
  /** Of each baseline run, in their order; null where it has none. */
  baselineUs: z.array(us.nullable()),
  candidateUs: us.nullable(),
  /** True: more than `candidateUs`. */
  candidateCensored: z.boolean(),
  /** The geometric mean of the baseline runs; null where nothing could be judged. */
  expectedUs: us.nullable(),
  /** The upper end of the prediction interval for one further run; null likewise. */
  limitUs: us.nullable(),
  outcome: z.enum(["beyond", "within", "undecided"]),
  /** In words: why this outcome. */
  reason: z.string(),
});

export const comparison = z.strictObject({
  /**
   * `difference`: between one run and one run, which tells nothing of how runs differ for no reason; information.
   * `regressed`, `not-regressed`: judged by how five or more baseline runs differ from one another.
   * `unconfirmed`: beyond what such runs have, and a second run, asked for with --confirm, decides.
   * `not-compared`: no baseline, or none that is alike.
   */
  outcome: z.enum(OUTCOMES),
  /** One sentence: why this outcome. */
  reason: z.string(),
  /** The newest last: the one that differences are taken from. */
  baselines: z.array(
    comparedRun.pick({ id: true, startedAt: true, verdict: true }).extend({
      /** Where it is not like the candidate, each side in words. */
      unlike: z.array(
        z.strictObject({ what: z.string(), baseline: z.string(), candidate: z.string() }),
      ),
    }),
  ),
  /** Response times, by operation, of the steady phase: the candidate beside the last of the baselines. */
  operations: z.array(
    z.strictObject({
      name: z.string(),
      /** The baseline's; the candidate's stands among the report's own operations. */
      baseline: distribution,
      errorRatio: z.strictObject({ baseline: proportion, candidate: proportion }),
      shift: z.array(shiftPoint),
    }),
  ),
  /** Operations that one of the two runs has and the other has not. */
  onlyInBaseline: z.array(z.string()),
  onlyInCandidate: z.array(z.string()),
  /** At most three operations' p50 and p95 of response time. Empty with fewer than five comparable baseline runs. */
  judged: z.array(judged),
  /** The run that this one was made to confirm; null for a first one. */
  confirms: z.string().nullable(),
  /** What of the baseline could not be read, by name. */
  problems: z.array(z.string()),
});

export type ComparedRun = z.infer<typeof comparedRun>;
export type Conditions = z.infer<typeof conditions>;
export type JudgedFigure = z.infer<typeof judged>;
export type ShiftPoint = z.infer<typeof shiftPoint>;
