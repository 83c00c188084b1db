import * as z from "zod";
import { distribution, proportion } from "./schema/figures.ts";

/** What the list of runs keeps of each report, small enough for hundreds of them on one page. */

/** Operations of a run that the list has room for: those with the most samples. */
const OPERATIONS_MOST = 6;
const TEXT_MAX = 200;

const text = z.string().max(TEXT_MAX);
const us = z.number().int().nonnegative().nullable();
const verdict = z.enum(["stopped", "invalid", "failed", "inconclusive", "passed"]);

const figure = z.strictObject({
  /** null: no sample. */
  valueUs: us,
  /** True: more than `valueUs`. */
  censored: z.boolean(),
});

export const indexEntry = z.strictObject({
  /** The name of the run's folder. */
  folder: z.string().max(TEXT_MAX),
  /** Of its report.json, which is read again when either has changed. */
  changedMs: z.number(),
  bytes: z.number().int().nonnegative(),
  id: text,
  profile: text,
  kind: text,
  environment: text,
  profileHash: text,
  startedAt: z.iso.datetime(),
  verdict,
  interrupted: z.boolean(),
  reason: text,
  sent: z.number().int().nonnegative(),
  errorRatio: z.number().min(0).max(1).nullable(),
  /** Response times of the steady phase. */
  operations: z
    .array(z.strictObject({ name: text, p50: figure, p95: figure }))
    .max(OPERATIONS_MOST),
});

export type IndexEntry = z.infer<typeof indexEntry>;

/** As much of a report.json as that takes; what else it holds, and whatever version wrote it, is no matter. */
const outline = z.object({
  run: z.object({
    id: z.string(),
    profile: z.string(),
    kind: z.string(),
    environment: z.string(),
    profileHash: z.string(),
    startedAt: z.iso.datetime(),
  }),
  verdict,
  verdictReason: z.string(),
  interrupted: z.boolean().default(false),
  totals: z.object({
    sent: z.number().int().nonnegative(),
    errorRatio: proportion.pick({ value: true }).loose(),
  }),
  operations: z.array(
    z.object({
      name: z.string(),
      responseTime: z.object({
        count: z.number(),
        percentiles: z.array(distribution.shape.percentiles.element.loose()),
      }),
    }),
  ),
});

/**
 * @param report a parsed report.json, whoever wrote it
 * @returns undefined for what is no report
 */
export function indexEntryOf(
  report: unknown,
  file: Pick<IndexEntry, "folder" | "changedMs" | "bytes">,
): IndexEntry | undefined {
  const read = outline.safeParse(report);
  if (!read.success) return undefined;
  const { run, totals, operations, verdictReason, ...rest } = read.data;
  const cut = (value: string): string => value.slice(0, TEXT_MAX);
  return {
    ...file,
    id: cut(run.id),
    profile: cut(run.profile),
    kind: cut(run.kind),
    environment: cut(run.environment),
    profileHash: cut(run.profileHash),
    startedAt: run.startedAt,
    verdict: rest.verdict,
    interrupted: rest.interrupted,
    reason: cut(verdictReason),
    sent: totals.sent,
    errorRatio: totals.errorRatio.value,
    operations: operations
      .toSorted((a, b) => b.responseTime.count - a.responseTime.count)
      .slice(0, OPERATIONS_MOST)
      .map(({ name, responseTime: { percentiles } }) => {
        const at = (wanted: number): z.infer<typeof figure> => {
          const { valueUs = null, censored = false } =
            percentiles.find(({ p }) => p === wanted) ?? {};
          return { valueUs, censored };
        };
        return { name: cut(name), p50: at(50), p95: at(95) };
      }),
  };
}
