import { exponential, type Random, seededRandom } from "../../src/base/random.ts";
import type { Report } from "../../src/report/schema.ts";
import { withOtherTimes } from "./other-times.ts";
import {
  CAPTURE,
  fixedWait,
  MANAGEMENT,
  OPERATIONS,
  serviceUs,
  shell,
  uuid,
} from "./report-parts.ts";
import {
  countsOf,
  distributionOf,
  errorsOf,
  type MadeRequest,
  operationsOf,
  proportionOf,
  responseTimesOf,
  slowestOf,
  timelineOf,
} from "./synthetic-run.ts";

/** Seconds of the stressed run in which the target answers nothing. */
const STALL = { fromS: 52, toS: 56 };
const STOPPED_S = 89.4;

/** Arrivals: 10 s at 10/s, 20 s from 10/s to 40/s, then 40/s. */
function stressedArrivals(): number[] {
  const arrivals: number[] = [];
  for (let at = 0; at < STOPPED_S; ) {
    arrivals.push(at);
    const rate = at < 10 ? 10 : at < 30 ? 10 + 1.5 * (at - 10) : 40;
    at += 1 / rate;
  }
  return arrivals;
}

function stressedEnd(random: Random, dueUs: number, medianUs: number, status: number) {
  const atS = dueUs / 1e6;
  const startUs = dueUs + 50 + Math.round(exponential(random) * 250);
  const rising = atS > 70 ? 1 + (atS - 70) / 3 : 1;
  const plainUs = startUs + serviceUs(random, medianUs * rising);
  if (atS >= STALL.fromS && atS < STALL.fromS + 1) {
    return {
      startUs,
      endUs: startUs + 3_000_000,
      end: { kind: "failed", code: "timeout" },
    } as const;
  }
  if (atS >= STALL.fromS + 1 && atS < STALL.fromS + 2.4) {
    return {
      startUs: null,
      endUs: dueUs + 1_000_000,
      end: { kind: "dropped", reason: "in-flight" },
    } as const;
  }
  if (atS >= STALL.fromS && atS < STALL.toS) {
    const late = STALL.toS * 1e6 + Math.round(random.next() * 400_000);
    return {
      startUs: late,
      endUs: late + serviceUs(random, medianUs),
      end: { kind: "answered", status, expected: true },
    } as const;
  }
  if (plainUs > STOPPED_S * 1e6) {
    return { startUs, endUs: STOPPED_S * 1e6, end: { kind: "unfinished" } } as const;
  }
  if (atS > 86 && random.next() < 0.4) {
    return {
      startUs,
      endUs: plainUs,
      end: { kind: "answered", status: 503, expected: false },
      errorCode: "TEMPORARY_UNAVAILABLE",
    } as const;
  }
  return { startUs, endUs: plainUs, end: { kind: "answered", status, expected: true } } as const;
}

/** A stress run on the emulator, 90 rows long: a stall, time-outs, drops, a rising error ratio, stopped by the kill switch. */
export function stressedReport(): Report {
  const random = seededRandom(2);
  const requests = stressedArrivals().flatMap((atS): MadeRequest[] => {
    const phase = atS < 10 ? "warm-up" : atS < 30 ? "ramp" : "steady";
    const [create, read] = OPERATIONS;
    const dueUs = Math.round(atS * 1e6);
    const make = (
      { operation, category, medianUs, status }: typeof create | typeof read,
      due: number,
    ): MadeRequest => ({
      operation,
      category,
      phase,
      dueUs: due,
      ...stressedEnd(random, due, medianUs, status),
    });
    const answered = (made: MadeRequest): MadeRequest =>
      made.end.kind === "answered" ? { ...made, correlationId: uuid(random) } : made;
    const first = answered(make(create, dueUs));
    const goesOn =
      first.end.kind === "answered" && first.end.expected && first.endUs < STOPPED_S * 1e6;
    return goesOn ? [first, answered(make(read, first.endUs))] : [first];
  });
  const counts = countsOf(requests);
  const steady = requests.filter(({ phase }) => phase === "steady");
  const steadyCounts = countsOf(steady);
  const operations = withOtherTimes(operationsOf(requests), requests);
  const percentile = (name: string, p: number) =>
    operations
      .find((one) => one.name === name)
      ?.responseTime.percentiles.find((one) => one.p === p);
  const createP95 = percentile("payment-request.create", 95);
  const createP99 = percentile("payment-request.create", 99);
  const readP99 = percentile("payment-request.read", 99);
  const errorRatio = proportionOf(counts.failed + counts.unexpected, counts.sent);
  const steadyErrors = proportionOf(
    steadyCounts.failed + steadyCounts.unexpected,
    steadyCounts.sent,
  );
  const creates = requests.filter(({ operation }) => operation === "payment-request.create");
  const base = shell();
  return {
    schemaVersion: 1,
    run: {
      ...base.run,
      id: "20260827T101500Z-c41e",
      profile: "checkout-stress",
      description: "Create and read with rising load until something gives",
      kind: "stress",
      endedAt: "2026-08-27T10:16:29.612Z",
      seed: 77,
      ci: { name: "GitHub Actions", run: "1842", commit: "4f9c2d7e0b8a" },
      tags: { team: "payments", ticket: "PERF-214" },
      command:
        "klarna-perf run checkout-stress --env emulator --seed 77 --tag team=payments --tag ticket=PERF-214",
    },
    guard: { ...base.guard, connectionsOpened: 187, connectFailures: 0 },
    plan: {
      durationS: 90,
      journeys: 3000,
      requests: 6000,
      maxInFlight: 60,
      webhooks: 3000,
      stages: [
        { phase: "warm-up", fromPerSecond: 10, toPerSecond: 10, durationS: 10 },
        { phase: "ramp", fromPerSecond: 10, toPerSecond: 40, durationS: 20 },
        { phase: "steady", fromPerSecond: 40, toPerSecond: 40, durationS: 60 },
      ],
      categories: [
        {
          category: CAPTURE,
          requests: 3000,
          peakPerSecond: 40,
          capPerSecond: 50,
          quotaPerSecond: 50,
        },
        {
          category: MANAGEMENT,
          requests: 3000,
          peakPerSecond: 40,
          capPerSecond: 50,
          quotaPerSecond: 125,
        },
      ],
    },
    totals: {
      ...counts,
      forecast: 6000,
      notReached: 6000 - counts.planned - 31,
      notDue: 31,
      errorRatio,
      dropRatio: proportionOf(counts.dropped, counts.planned),
    },
    operations,
    journeys: [
      {
        scenario: "create-and-read",
        started: creates.length,
        completed: requests.length - creates.length,
        responseTime: responseTimesOf(steady.filter(({ operation }) => operation.endsWith("read"))),
      },
      { scenario: "read-only", started: 0, completed: 0, responseTime: distributionOf([]) },
    ],
    waits: {
      capWait: fixedWait(counts.sent, random, 900),
      inFlightWait: fixedWait(counts.sent, random, 60_000),
      runnerLag: fixedWait(counts.sent, random, 210),
      steeringWait: fixedWait(900, random, 340_000),
    },
    rateLimits: [
      {
        category: CAPTURE,
        limitPerSecond: 50,
        lowestRemaining: 4,
        throttled: 0,
        peakInOneSecond: 46,
        capPerSecond: 50,
      },
      {
        category: MANAGEMENT,
        limitPerSecond: null,
        lowestRemaining: null,
        throttled: 0,
        peakInOneSecond: 43,
        capPerSecond: 50,
      },
    ],
    requests: [],
    timeline: timelineOf(
      requests,
      90,
      (second) => (second < 10 ? "warm-up" : second < 30 ? "ramp" : "steady"),
      (second) => second === 41,
    ),
    errors: errorsOf(requests),
    slowest: slowestOf(requests, 10),
    thresholds: [
      {
        text: "payment-request.create responseTime.p95 <= 800 ms",
        operation: "payment-request.create",
        figure: "responseTime.p95",
        limit: 800_000,
        unit: "us",
        outcome: "missed",
        observed: createP95?.valueUs ?? null,
        observedCensored: createP95?.censored ?? false,
        lower: createP95?.interval?.lowUs ?? null,
        upper: createP95?.interval?.highUs ?? null,
        reason: "the lower bound is beyond the limit",
      },
      {
        text: "payment-request.create responseTime.p99 <= 3 s",
        operation: "payment-request.create",
        figure: "responseTime.p99",
        limit: 3_000_000,
        unit: "us",
        outcome: "undecided",
        observed: createP99?.valueUs ?? null,
        observedCensored: createP99?.censored ?? false,
        lower: createP99?.interval?.lowUs ?? null,
        upper: null,
        reason:
          "the upper bound falls among censored samples, and the lower one is within the limit",
      },
      {
        text: "payment-request.read responseTime.p99 <= 1 s",
        operation: "payment-request.read",
        figure: "responseTime.p99",
        limit: 1_000_000,
        unit: "us",
        outcome: "met",
        observed: readP99?.valueUs ?? null,
        observedCensored: false,
        lower: readP99?.interval?.lowUs ?? null,
        upper: readP99?.interval?.highUs ?? null,
        reason: "the upper bound is within the limit",
      },
      {
        text: "errorRatio <= 1 %",
        operation: null,
        figure: "errorRatio",
        limit: 0.01,
        unit: "ratio",
        outcome: "missed",
        observed: steadyErrors.value,
        observedCensored: false,
        lower: steadyErrors.low,
        upper: steadyErrors.high,
        reason: "the lower bound is beyond the limit",
      },
      {
        text: "payment-request.cancel responseTime.p95 <= 500 ms",
        operation: "payment-request.cancel",
        figure: "responseTime.p95",
        limit: 500_000,
        unit: "us",
        outcome: "no-data",
        observed: null,
        observedCensored: false,
        lower: null,
        upper: null,
        reason: "no such request was answered in the steady phase",
      },
    ],
    cleanUp: {
      created: 2_480,
      ended: 2_301,
      cancelled: 177,
      left: [
        { operation: "payment-request.cancel", id: "krn:payment:eu1:request:a1", why: "503" },
        { operation: "payment-request.cancel", id: null, why: "not tried" },
      ],
      leftUnlisted: 0,
      unknown: 42,
    },
    comparison: null,
    verdict: "stopped",
    verdictReason:
      "The kill switch stopped the run after 89.4 s: more than half of the last 20 requests failed.",
    interrupted: false,
    stopReason: {
      code: "STOP_ERRORS",
      text: "More than half of the last 20 requests failed or were answered with an error.",
      advice:
        "Look at the errors below before running again; a lower rate in the last stage shows whether load is the cause.",
      atS: STOPPED_S,
    },
    warnings: [
      {
        code: "RUNNER_GAP",
        text: "The runner stood still for 310 ms at 41 s; arrivals due in that time were sent late, and no percentile moved by more than 5 %.",
      },
      {
        code: "CAP_TIGHT",
        text: "The peak in payment-transaction-capture is at 80 % of its cap: after a stall of 4 s it takes 16 s to catch up.",
      },
    ],
  };
}
