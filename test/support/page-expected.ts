import type { Distribution, Percentile, Report } from "../../src/report/schema.ts";
import { coarse } from "./page-stretches.ts";

/** What the page's tables have to say, taken from the report without the code that formats it. */

/**
 * A text as it is (empty: anything); a number to three digits; null: a dash; a lower bound: the number after `>` or `≥`; a
 * moment: its seconds to the tenth; a difference: with its sign.
 */
export type Expected =
  | string
  | number
  | null
  | { readonly beyond: number }
  | { readonly atS: number }
  | { readonly difference: number };

export interface ExpectedTable {
  /** What its caption begins with. */
  readonly caption: string;
  readonly rows: readonly (readonly Expected[])[];
}

export function expectedTables(report: Report): ExpectedTable[] {
  const { operations, journeys, waits, totals, plan } = report;
  const expectedAnswers = totals.answered - totals.unexpected;
  return [
    {
      caption: "Requests by outcome",
      rows: [
        ["planned", totals.planned],
        ["sent", totals.sent],
        ["answered as expected", expectedAnswers],
        ["answered otherwise", totals.unexpected],
        ["failed", totals.failed],
        ["unfinished", totals.unfinished],
        ["dropped", totals.dropped],
      ],
    },
    {
      caption: "Latency by operation",
      rows: operations.flatMap((one) => [
        [one.name, "response", ...distribution(one.responseTime)],
        [one.name, "service", ...distribution(one.serviceTime)],
        ...others(one).map(([name, times]) => [one.name, name, ...distribution(times)]),
      ]),
    },
    {
      caption: "Requests by operation",
      rows: operations.map(({ name, counts, errorRatio }) => [
        name,
        counts.planned,
        counts.sent,
        counts.answered,
        counts.failed,
        counts.unfinished,
        counts.dropped,
        errorRatio.value,
      ]),
    },
    {
      caption: "Journeys",
      rows: journeys.map((one) => [
        one.scenario,
        one.started,
        one.completed,
        ...distribution(one.responseTime),
      ]),
    },
    {
      caption: "Waits between due and start",
      rows: [
        ["cap", ...distribution(waits.capWait)],
        ["in flight", ...distribution(waits.inFlightWait)],
        ["runner lag", ...distribution(waits.runnerLag)],
        ...(waits.steeringWait ? [["quota", ...distribution(waits.steeringWait)]] : []),
      ],
    },
    ...phases(report),
    ...comparison(report),
    ...(report.cleanUp && report.cleanUp.left.length > 0
      ? [
          {
            caption: "Left open",
            rows: report.cleanUp.left.map((one) => [one.id, one.operation, one.why]),
          },
        ]
      : []),
    {
      caption: "Rate limits by category",
      rows: report.rateLimits.map((row) => {
        const quota = plan.categories.find(({ category }) => category === row.category);
        return [
          row.category,
          row.peakInOneSecond,
          "",
          row.capPerSecond,
          quota?.quotaPerSecond ?? null,
          row.limitPerSecond,
          row.lowestRemaining,
          row.throttled,
        ];
      }),
    },
    ...(report.errors.length === 0
      ? []
      : [
          {
            caption: "Errors by kind",
            rows: report.errors.map((error) => [
              error.operation,
              error.what,
              error.errorCode,
              error.count,
              { atS: error.firstAtS },
              error.correlationIds.join("") || null,
            ]),
          },
        ]),
    {
      caption: "Slowest answers",
      rows: report.slowest.map((one) => [
        one.operation,
        one.responseTimeUs,
        one.serviceTimeUs,
        { atS: one.atS },
        one.status,
        one.correlationId,
      ]),
    },
    {
      caption: "Checks that were made and passed",
      rows: report.guard.checks.map(({ code, text }) => [code, text]),
    },
    {
      caption: "Stages",
      rows: plan.stages.map((one) => [
        one.phase,
        one.fromPerSecond,
        one.toPerSecond,
        one.durationS * 1e6,
      ]),
    },
    {
      caption: "Requests by rate-limit category",
      rows: plan.categories.map((one) => [
        one.category,
        one.requests,
        one.peakPerSecond,
        one.capPerSecond,
        one.quotaPerSecond,
      ]),
    },
    ...(report.requests.length > 0
      ? [
          {
            caption: "Every request",
            rows: [...report.requests]
              .sort((a, b) => a.dueS - b.dueS)
              .map((one) => [
                { atS: one.dueS },
                one.operation,
                one.phase,
                "",
                one.what,
                one.outcome === "answered" ? one.responseTimeUs : { beyond: one.responseTimeUs },
                one.serviceTimeUs,
              ]),
          },
        ]
      : [
          {
            caption: "Latency by interval",
            rows: coarse(report.timeline).map((row) => [
              "",
              "",
              row.answered,
              row.responseP50Us,
              row.responseP95Us,
              row.responseP99Us,
              row.responseMaxUs,
              row.serviceP50Us,
              row.serviceP99Us,
            ]),
          },
        ]),
    {
      caption: "Requests by interval",
      rows: coarse(report.timeline).map((row) => [
        "",
        "",
        row.planned,
        row.started,
        row.answered,
        row.unexpected,
        row.failed,
        row.dropped,
      ]),
    },
  ];
}

function comparison({ comparison }: Report): ExpectedTable[] {
  if (!comparison) return [];
  const { judged, operations, baselines } = comparison;
  const points = (shown: readonly number[] | null): Expected[][] =>
    operations.flatMap(({ name, shift }) =>
      shift
        .filter(({ p }) => shown === null || shown.includes(p))
        .map((one) => [
          name,
          `p${one.p}`,
          side(one.baselineUs, one.baselineCensored),
          side(one.candidateUs, one.candidateCensored),
          one.differenceUs === null ? null : { difference: one.differenceUs },
        ]),
    );
  return [
    {
      caption: "Figures judged",
      rows: judged.map((one) => [
        one.outcome,
        one.operation,
        one.figure,
        one.expectedUs,
        one.limitUs,
        side(one.candidateUs, one.candidateCensored),
        one.reason,
      ]),
    },
    { caption: "Response time beside", rows: points([50, 90, 95, 99]) },
    { caption: "Every percentile beside", rows: points(null) },
    {
      caption: "Error ratio of the steady phase beside",
      rows: operations.map(({ name }) => [name]),
    },
    { caption: "Baseline runs", rows: baselines.map(({ id, verdict }) => [id, "", verdict]) },
  ];
}

/** Of what response and service time leave out, where there was any. */
export function others(operation: Report["operations"][number]): [string, Distribution][] {
  const { failedServiceTime, unexpectedServiceTime } = operation;
  return [
    ...(failedServiceTime
      ? [["service, failed", failedServiceTime] satisfies [string, Distribution]]
      : []),
    ...(unexpectedServiceTime
      ? [["service, unexpected", unexpectedServiceTime] satisfies [string, Distribution]]
      : []),
  ];
}

function side(us: number | null, censored: boolean): Expected {
  return censored && us !== null ? { beyond: us } : us;
}

function phases({ operations }: Report): ExpectedTable[] {
  const known = operations.flatMap(({ name, phases }) => (phases ? [{ name, ...phases }] : []));
  if (known.length === 0) return [];
  return [
    {
      caption: "Service time by operation, split",
      rows: known.flatMap(({ name, firstByte, body }) => [
        [name, "first byte", ...distribution(firstByte)],
        [name, "body", ...distribution(body)],
      ]),
    },
    {
      caption: "Answers by connection",
      rows: known.map((one) => [one.name, one.newConnections, one.reusedConnections]),
    },
    {
      caption: "Opening connections",
      rows: known.flatMap(({ name, dns, connect, tls }) => [
        ...(dns.count > 0 ? [[name, "DNS", ...distribution(dns)]] : []),
        [name, "connect", ...distribution(connect)],
        [name, "TLS", ...distribution(tls)],
      ]),
    },
  ];
}

function distribution({ count, percentiles, maxUs, censored }: Distribution): Expected[] {
  const most = Math.max(maxUs ?? 0, ...percentiles.map(({ valueUs }) => valueUs ?? 0));
  return [
    count,
    ...percentiles.map(({ valueUs, censored }) =>
      censored && valueUs !== null ? { beyond: valueUs } : valueUs,
    ),
    maxUs !== null && censored > 0 ? { beyond: most } : maxUs,
  ];
}

/** What stands in small print below a percentile: nothing without an interval. */
export function intervalOf({ interval }: Percentile): readonly number[] {
  if (!interval) return [];
  return interval.highUs === null ? [interval.lowUs] : [interval.lowUs, interval.highUs];
}
