import type { ZodType, z } from "zod";
import { UsageError } from "../base/errors.ts";
import { formatMicros } from "../base/units.ts";
import { conformanceReason } from "../measure/conformance/judge.ts";
import { parseFigure } from "../measure/figure.ts";
import { type RecordContents, readRecord } from "../measure/read-record.ts";
import { steadyFigures } from "../measure/steady-figures.ts";
import { type Summary, summarise } from "../measure/summary.ts";
import { decideThreshold, type Threshold } from "../measure/threshold.ts";
import { decideVerdict, invalidReasons, type VerdictFacts } from "../measure/verdict.ts";
import { comparedRunOf } from "./alike.ts";
import { buildReport } from "./build.ts";
import { compareRuns } from "./compare.ts";
import { courseOf } from "./course.ts";
import { drillOf } from "./drill.ts";
import {
  type ComparisonRequest,
  type RunManifest,
  runEndSchema,
  runManifestSchema,
} from "./run-record.ts";
import type { Drill, Report } from "./schema.ts";

/**
 * The report of a finished run, from its record and nothing else: the same record gives the same report.
 *
 * @param dir the record's folder
 * @throws UsageError `RECORD_…` when the folder holds no record that this version can read
 */
export function reportFromRecord(dir: string): Report {
  const record = readRecord(dir);
  const manifest = checked(runManifestSchema, record.manifest.run, `${dir}/manifest.json`);
  const end =
    record.end === null ? crashed(record) : checked(runEndSchema, record.end, `${dir}/end.json`);
  const summary = summarise(record, courseOf(manifest.plan.stages, end));
  const thresholds = manifest.thresholds.map(thresholdOf);
  const figures = steadyFigures(summary);
  const results = thresholds.map((threshold) =>
    decideThreshold(threshold, figures(threshold.operation)),
  );
  const { stop } = summary;
  const drill = drillOf(record.events, {
    plan: manifest.plan,
    timeline: [...summary.timeline],
    sent: summary.totals.sent,
    isApplication: manifest.gate !== null,
    answeredByGate:
      manifest.gate === null
        ? 0
        : summary.totals.drops.cap + summary.totals.drops["quota-steering"],
  });
  const aborted = stop?.code === "STOP_THRESHOLD";
  const facts: VerdictFacts = {
    stopped: stop && !aborted && end.invalid === null ? stop.text : null,
    aborted: stop && aborted ? stop.text : null,
    invalidReasons: [
      ...(end.invalid === null ? [] : [end.invalid]),
      ...invalidReasons({
        thresholds,
        figures,
        figuresWithoutLag: steadyFigures(summary, "without-lag"),
        planned: summary.steady.planned,
        runnerDrops: summary.steady.drops.runner,
        throttled: summary.throttled,
        drill: manifest.run.kind === "rate-limit-drill" || manifest.gate !== null,
      }),
    ],
    thresholds: results,
    client: manifest.gate ? applicationFacts(drill, summary) : drill && clientFacts(drill),
    regression: null,
  };
  const { verdict, reason } = decideVerdict(facts);
  const report = buildReport({
    run: { ...manifest.run, startedAt: end.startedAt, endedAt: end.endedAt },
    plan: manifest.plan,
    guard: { decision: "allowed", ...manifest.guard, ...end.guard },
    rateLimits: end.rateLimits,
    summary: { ...summary, notDue: summary.notDue + end.neverArrived },
    forecast: forecastOf(summary) + end.neverArrived,
    thresholds: results,
    drill,
    gate: manifest.gate && { ...manifest.gate, ...(end.gate ?? NOTHING_ANSWERED) },
    verdict,
    verdictReason: reason,
    interrupted: end.interrupted,
    cleanUp: end.cleanUp,
    warnings: [
      ...manifest.warnings,
      ...end.warnings,
      ...end.recordWarnings,
      ...doubts(summary),
      ...leftWarnings(end.cleanUp),
    ],
  });
  return manifest.comparison === null ? report : compared(report, manifest.comparison, facts);
}

function clientFacts(drill: Drill): VerdictFacts["client"] {
  const { outcome } = drill;
  const reason = conformanceReason(drill);
  return outcome === "conforms" || reason === null ? null : { outcome, reason };
}

/** An application need not meet its quota; one that never came has shown nothing at all. */
function applicationFacts(drill: Drill | null, { totals }: Summary): VerdictFacts["client"] {
  if (totals.sent === 0) {
    return { outcome: "untold", reason: "no request of an application was passed on" };
  }
  const facts = drill && clientFacts(drill);
  return facts?.outcome === "fails" ? facts : null;
}

const NOTHING_ANSWERED = { refused: [], liveKeys: [], unkeyedRepeats: 0 };

/** Compared as a report that was read would be, so that `klarna-perf compare` says the same. */
function compared(report: Report, request: ComparisonRequest, facts: VerdictFacts): Report {
  const { baselines, ...options } = request;
  const comparison = compareRuns(baselines, comparedRunOf(report), options);
  const regression = comparison.outcome === "regressed" ? comparison.reason : null;
  const { verdict, reason: verdictReason } = decideVerdict({ ...facts, regression });
  return { ...report, comparison, verdict, verdictReason };
}

/**
 * Each step once, whether it was reached or not: retries, further polls and the clean-up are no part of a plan that
 * succeeds.
 */
function forecastOf({ totals, cleanUpRequests, notReached, notDue }: Summary): number {
  const { planned, retries, polls } = totals;
  return planned - retries - polls - cleanUpRequests + notReached + notDue;
}

function thresholdOf({ figure: text, ...rest }: RunManifest["thresholds"][number]): Threshold {
  const figure = parseFigure(text);
  if (!figure) throw foreign(`the figure \`${text}\` is not one of this version's`);
  return { ...rest, figure };
}

/** The end of a run that left none: as far as its last line goes, and never a verdict on the target. */
function crashed({ manifest, counts }: RecordContents): z.infer<typeof runEndSchema> {
  const intervals = counts.reduce((most, { interval }) => Math.max(most, interval + 1), 0);
  const startedMs = manifest.startedWallMs;
  return {
    startedAt: new Date(startedMs).toISOString(),
    endedAt: new Date(startedMs + (intervals * manifest.intervalUs) / 1000).toISOString(),
    interrupted: false,
    invalid: "the run ended without closing its record",
    neverArrived: 0,
    arrivalsFromUs: 0,
    cleanUpFromUs: null,
    cleanUp: null,
    rateLimits: [],
    gate: null,
    guard: { addresses: [], connectionsOpened: 0, connectFailures: 0 },
    warnings: [],
    recordWarnings: [],
  };
}

/** What a reader should know before trusting the figures. */
function doubts({ gaps, totals, waits }: Summary): Report["warnings"] {
  const found: Report["warnings"] = [];
  const { count, maxUs } = waits.steeringWait.times;
  const dropped = totals.drops["quota-steering"];
  if (count > 0 || dropped > 0) {
    const held = `${count} steady ${count === 1 ? "request was" : "requests were"} held back, ${formatMicros(maxUs ?? 0)} at most`;
    found.push({
      code: "QUOTA_STEERED",
      text: `the target's quota was nearly or wholly used up: ${held}, and ${dropped} dropped; the pace was the quota's, not the plan's`,
    });
  }
  if (gaps.length > 0) {
    const lost = gaps.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0) / 1e6;
    found.push({
      code: "RUNNER_GAP",
      text: `the runner stood still ${gaps.length === 1 ? "once" : `${gaps.length} times`}, ${lost.toFixed(1)} s in all${totals.drops.runner > 0 ? ": what arrived meanwhile was dropped" : ""}`,
    });
  }
  return found;
}

function leftWarnings(cleanUp: Report["cleanUp"]): Report["warnings"] {
  if (!cleanUp) return [];
  const left = cleanUp.left.length + cleanUp.leftUnlisted;
  const texts = [
    left > 0 &&
      `${left} of ${cleanUp.created} things that the run made were not cancelled: cancel them by hand`,
    cleanUp.unknown > 0 &&
      `${cleanUp.unknown} ${cleanUp.unknown === 1 ? "request" : "requests"} may have made something that no answer named`,
  ];
  return texts.flatMap((text) => (text === false ? [] : [{ code: "LEFT_BEHIND", text }]));
}

function checked<T>(schema: ZodType<T>, value: unknown, file: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw foreign(
    `\`${file}\` at ${issue?.path.join(".") || "its top"}: ${issue?.message ?? "not as expected"}`,
  );
}

function foreign(what: string): UsageError {
  return new UsageError("RECORD_FOREIGN", `this is not a record of this version's: ${what}`, {
    hint: "name the folder of a finished run, as `klarna-perf run` made it",
  });
}
