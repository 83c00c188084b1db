import { errorsOf, type Counts as MeasuredCounts } from "../measure/counts.ts";
import { figureText, figureUnit } from "../measure/figure.ts";
import { percentileInterval } from "../measure/intervals.ts";
import { proportionInterval } from "../measure/proportion.ts";
import type { EachEvent } from "../measure/record-format.ts";
import type { Sample } from "../measure/samples.ts";
import type { OperationSummary, PhaseSummary } from "../measure/summary/operations.ts";
import type { Summary } from "../measure/summary.ts";
import type { ThresholdResult } from "../measure/threshold.ts";
import type { Verdict } from "../measure/verdict.ts";
import {
  type Distribution,
  type Gate,
  type Percentile,
  type Phases,
  REPORT_SCHEMA_VERSION,
  type Report,
  type RequestReport,
  type ThresholdReport,
} from "./schema.ts";

/** The percentiles that every distribution states, each with its interval or why there is none. */
export const REPORTED_PERCENTILES: readonly number[] = [50, 75, 90, 95, 99, 99.9];

/** What a report holds beside what was measured. */
export interface ReportParts
  extends Pick<Report, "run" | "plan" | "guard" | "rateLimits" | "cleanUp" | "drill"> {
  readonly summary: Summary;
  /** null: not a gate's. */
  readonly gate: Omit<Gate, "added"> | null;
  /** Requests that the plan would make if every step succeeded. */
  readonly forecast: number;
  readonly thresholds: readonly ThresholdResult[];
  readonly verdict: Verdict;
  readonly verdictReason: string;
  readonly interrupted: boolean;
  readonly warnings: Report["warnings"];
}

/** A view of a record: no file, clock or randomness, the same parts give the same report. */
export function buildReport(parts: ReportParts): Report {
  const { summary } = parts;
  const { totals } = summary;
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    run: parts.run,
    plan: parts.plan,
    guard: parts.guard,
    totals: {
      ...totals,
      forecast: parts.forecast,
      notReached: summary.notReached,
      notDue: summary.notDue,
      errorRatio: errorRatio(totals),
      dropRatio: proportionInterval(totals.dropped, totals.planned),
    },
    operations: summary.operations.map(operationReport),
    journeys: summary.journeys.map(({ scenario, started, completed, responseTime }) => ({
      scenario,
      started,
      completed,
      responseTime: distribution(responseTime),
    })),
    waits: {
      capWait: distribution(summary.waits.capWait),
      inFlightWait: distribution(summary.waits.inFlightWait),
      runnerLag: distribution(summary.waits.runnerLag),
      ...(summary.waits.steeringWait.times.count > 0 && {
        steeringWait: distribution(summary.waits.steeringWait),
      }),
    },
    rateLimits: parts.rateLimits,
    timeline: [...summary.timeline],
    requests: summary.requests.map(requestReport),
    cleanUp: parts.cleanUp,
    errors: summary.errors.map(({ firstAtUs, ...error }) => ({
      ...error,
      firstAtS: firstAtUs / 1e6,
    })),
    slowest: summary.slowest.map((slow) => ({
      operation: slow.operation,
      atS: slow.atUs / 1e6,
      responseTimeUs: slow.responseTimeUs,
      serviceTimeUs: slow.serviceTimeUs,
      status: slow.status,
      correlationId: slow.correlationId,
    })),
    thresholds: parts.thresholds.map(thresholdReport),
    drill: parts.drill,
    gate: parts.gate && { ...parts.gate, added: distribution(summary.relay) },
    comparison: null,
    verdict: parts.verdict,
    verdictReason: parts.verdictReason,
    interrupted: parts.interrupted,
    stopReason: summary.stop && {
      code: summary.stop.code,
      text: summary.stop.text,
      advice: summary.stop.advice,
      atS: summary.stop.atUs / 1e6,
    },
    warnings: [
      ...parts.warnings,
      ...summary.problems.map((text) => ({ code: "RECORD_INCOMPLETE", text })),
    ],
  };
}

function operationReport(operation: OperationSummary): Report["operations"][number] {
  return {
    name: operation.name,
    category: operation.category,
    counts: operation.counts,
    steady: operation.steady,
    errorRatio: errorRatio(operation.steady),
    serviceTime: distribution(operation.serviceTime),
    responseTime: distribution(operation.responseTime),
    ...otherTimes(operation),
    phases: phasesReport(operation.phases),
    results: operation.results,
  };
}

/** Of the classes that percentiles leave out, those that occurred. */
function otherTimes({ failedServiceTime, unexpectedServiceTime }: OperationSummary) {
  return {
    ...(failedServiceTime.times.count > 0 && {
      failedServiceTime: distribution(failedServiceTime),
    }),
    ...(unexpectedServiceTime.times.count > 0 && {
      unexpectedServiceTime: distribution(unexpectedServiceTime),
    }),
  };
}

function phasesReport(phases: PhaseSummary): Phases | null {
  const { firstByte, body, dns, connect, tls, newConnections, reusedConnections } = phases;
  if (newConnections + reusedConnections === 0) return null;
  return {
    firstByte: distribution(firstByte),
    body: distribution(body),
    dns: distribution(dns),
    connect: distribution(connect),
    tls: distribution(tls),
    newConnections,
    reusedConnections,
  };
}

function requestReport(each: EachEvent): RequestReport {
  const { operation, phase, kind, what, expected, attempt, poll, dueUs, startUs, endUs } = each;
  return {
    operation,
    phase,
    outcome: kind,
    what,
    expected,
    attempt,
    poll,
    dueS: dueUs / 1e6,
    responseTimeUs: Math.max(0, endUs - dueUs),
    serviceTimeUs: startUs === null ? null : Math.max(0, endUs - startUs),
  };
}

function errorRatio(counts: MeasuredCounts) {
  return proportionInterval(errorsOf(counts), counts.sent);
}

function distribution(sample: Sample): Distribution {
  const { times: h, effective } = sample;
  return {
    count: h.count,
    effectiveCount: effective.count,
    ...(effective.count === null && { effectiveCountReason: effective.reason }),
    censored: h.censoredCount,
    minUs: h.minUs,
    meanUs: h.meanUs,
    maxUs: h.maxUs,
    percentiles: REPORTED_PERCENTILES.map((p) => percentileReport(sample, p)),
    ...h.encode(),
  };
}

function percentileReport(sample: Sample, p: number): Percentile {
  const { valueUs, censored } = sample.times.percentile(p);
  const { interval, reason } = percentileInterval(sample, p);
  return {
    p,
    valueUs,
    censored,
    interval: interval && { ...interval },
    ...(reason !== undefined && { reason }),
  };
}

function thresholdReport(result: ThresholdResult): ThresholdReport {
  const { threshold, outcome, observed, observedCensored, lower, upper, reason } = result;
  return {
    text: threshold.text,
    operation: threshold.operation,
    figure: figureText(threshold.figure),
    limit: threshold.limit,
    unit: figureUnit(threshold.figure),
    outcome,
    observed,
    observedCensored,
    lower,
    upper,
    reason,
  };
}
