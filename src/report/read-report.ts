import * as z from "zod";
import { UsageError } from "../base/errors.ts";
import { CensoredHistogram } from "../measure/censored.ts";
import { comparedRunOf } from "./alike.ts";
import { type ComparedRun, comparedRun } from "./schema/comparison.ts";
import { distribution } from "./schema/figures.ts";
import { REPORT_SCHEMA_VERSION, type Report, reportSchema } from "./schema.ts";

/** As much of a report.json as comparing takes, and what of it could not be read. */
export interface ReadReport {
  readonly run: ComparedRun;
  /** By name, for people; empty for a report that is whole and ours. */
  readonly problems: readonly string[];
}

/** Of a report with parts that this version can't read: what has to be there to tell which run it was. */
const outline = z.object({
  run: z.object({
    id: z.string(),
    startedAt: z.string(),
    profile: z.string(),
    profileHash: z.string(),
    environment: z.string(),
    host: z.object(comparedRun.shape.conditions.shape.host.shape),
  }),
  plan: z.object({
    categories: z.array(
      z.object({
        category: z.string(),
        quotaPerSecond: z.number().nullable(),
        capPerSecond: z.number(),
      }),
    ),
  }),
  verdict: comparedRun.shape.verdict,
  interrupted: z.boolean().default(false),
  comparison: z.object({ outcome: comparedRun.shape.compared }).nullable().catch(null),
  operations: z.array(z.unknown()),
});
const operation = z.object({
  name: z.string(),
  errorRatio: comparedRun.shape.operations.element.shape.errorRatio,
  responseTime: z.object(distribution.shape),
});

/**
 * A report.json, whole or not: an operation that can't be read, or whose figures are not those of its histogram, is left
 * out and named.
 *
 * @param text the file's @param file its name, for messages
 * @throws UsageError `REPORT_UNREADABLE`, `REPORT_FOREIGN` or `REPORT_NEWER` where nothing of it can be compared
 */
export function readReport(text: string, file: string): ReadReport {
  const value = parsed(text, file);
  const whole = reportSchema.safeParse(value);
  const { run, problems } = whole.success
    ? { run: comparedRunOf(whole.data), problems: [] }
    : outlineOf(value, whole.error, file);
  return withSoundHistograms(run, problems, file);
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError("REPORT_UNREADABLE", "it is not JSON, or not all of it is there", {
      place: { file },
      hint: "make it again with `klarna-perf report <run directory>`: the record beside it holds everything that was measured",
      cause,
    });
  }
}

function outlineOf(value: unknown, whole: z.ZodError, file: string): ReadReport {
  const version = z.object({ schemaVersion: z.number() }).safeParse(value).data?.schemaVersion;
  if (version === undefined) throw foreign(whole, file);
  const newer = version > REPORT_SCHEMA_VERSION;
  const read = outline.safeParse(value);
  if (!read.success) {
    if (!newer) throw foreign(read.error, file);
    throw new UsageError(
      "REPORT_NEWER",
      `it is of version ${version}, and this klarna-perf reads version ${REPORT_SCHEMA_VERSION}`,
      { place: { file }, hint: "use the version of klarna-perf that wrote it, or a later one" },
    );
  }
  const { run, plan, verdict, interrupted, comparison } = read.data;
  const problems = [
    newer
      ? `it is of version ${version}: what this klarna-perf, which knows version ${REPORT_SCHEMA_VERSION}, does not know of it is left out`
      : `not as klarna-perf wrote it: ${issueText(whole)}`,
  ];
  const operations: ComparedRun["operations"] = [];
  read.data.operations.forEach((one, i) => {
    const found = operation.safeParse(one);
    if (found.success) operations.push(found.data);
    else problems.push(`operations.${i} can't be read: ${issueText(found.error)}`);
  });
  return {
    run: {
      id: run.id,
      startedAt: run.startedAt,
      verdict,
      interrupted,
      compared: comparison?.outcome ?? null,
      conditions: {
        profile: run.profile,
        profileHash: run.profileHash,
        environment: run.environment,
        quotas: plan.categories,
        host: run.host,
      },
      operations,
    },
    problems,
  };
}

function withSoundHistograms(run: ComparedRun, found: readonly string[], file: string): ReadReport {
  const problems = [...found];
  const operations = run.operations.filter((one) => {
    const problem = histogramProblem(one.responseTime);
    if (problem === undefined) return true;
    problems.push(`${one.name}: ${problem}`);
    return false;
  });
  if (run.operations.length > 0 && operations.length === 0) {
    throw new UsageError("REPORT_UNREADABLE", `nothing in it can be compared: ${problems[0]}`, {
      place: { file },
      hint: "make it again with `klarna-perf report <run directory>`",
    });
  }
  return { run: { ...run, operations }, problems };
}

/** Why a distribution can't be compared; `undefined` where it can. */
function histogramProblem(given: Report["operations"][number]["responseTime"]): string | undefined {
  let times: CensoredHistogram;
  try {
    times = CensoredHistogram.decode(given);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
  const { count, censored, effectiveCount, percentiles } = given;
  if (times.count !== count || times.censoredCount !== censored) {
    return `it says ${count} samples, ${censored} of them censored, and its histograms hold ${times.count} and ${times.censoredCount}`;
  }
  if (typeof effectiveCount === "number" && effectiveCount > count) {
    return `it says that ${count} samples are worth ${effectiveCount}`;
  }
  const other = percentiles.find(({ p, valueUs }) => {
    const own = times.percentile(p).valueUs;
    return own !== valueUs && !sameBucket(own, valueUs);
  });
  return (
    other &&
    `it says ${other.valueUs} µs for p${other.p}, and its histogram ${times.percentile(other.p).valueUs} µs`
  );
}

/** The largest value is known exactly where it was measured, and to its bucket afterwards. */
function sameBucket(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return false;
  return Math.abs(a - b) <= Math.max(1, a / 1000);
}

function foreign(error: z.ZodError, file: string): UsageError {
  return new UsageError("REPORT_FOREIGN", `it is no report of klarna-perf's: ${issueText(error)}`, {
    place: { file },
    hint: "give a run's report.json, or the folder that holds it",
    cause: error,
  });
}

function issueText({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".") || "at its top"}: ${issue?.message ?? "not as expected"}`;
}
