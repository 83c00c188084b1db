import { seededRandom } from "../../src/base/random.ts";
import type { Report } from "../../src/report/schema.ts";
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
  type MadeRequest,
  operationsOf,
  requestsOf,
  slowestOf,
  timelineOf,
} from "./synthetic-run.ts";

/** A smoke run that passed: three journeys of four operations, 12 requests in 10 s. */
export function passedReport(): Report {
  const random = seededRandom(1);
  const requests: MadeRequest[] = [0, 3, 6].flatMap((arrivalS) => {
    let dueUs = arrivalS * 1_000_000;
    return OPERATIONS.map(({ operation, category, medianUs, status }) => {
      const startUs = dueUs + 40 + Math.round(random.next() * 60);
      const endUs = startUs + serviceUs(random, medianUs);
      const made: MadeRequest = {
        operation,
        category,
        phase: "steady",
        dueUs,
        startUs,
        endUs,
        end: { kind: "answered", status, expected: true },
        correlationId: uuid(random),
      };
      dueUs = endUs + 1_000_000;
      return made;
    });
  });
  const counts = countsOf(requests);
  const journeyTimes = [0, 4, 8].map((first) => ({
    us: (requests[first + 3]?.endUs ?? 0) - (requests[first]?.dueUs ?? 0),
    censored: false,
  }));
  return {
    schemaVersion: 1,
    ...shell(),
    plan: {
      durationS: 9,
      journeys: 3,
      requests: 12,
      maxInFlight: 2,
      webhooks: 6,
      stages: [{ phase: "steady", fromPerSecond: 1 / 3, toPerSecond: 1 / 3, durationS: 9 }],
      categories: [
        { category: CAPTURE, requests: 3, peakPerSecond: 1, capPerSecond: 1, quotaPerSecond: 12 },
        {
          category: MANAGEMENT,
          requests: 9,
          peakPerSecond: 1,
          capPerSecond: 1,
          quotaPerSecond: 50,
        },
      ],
    },
    totals: {
      ...counts,
      forecast: 12,
      notReached: 0,
      notDue: 0,
      errorRatio: { value: 0, low: 0, high: 0.265 },
      dropRatio: { value: 0, low: 0, high: 0.265 },
    },
    operations: operationsOf(requests),
    journeys: [
      {
        scenario: "create-read-update-cancel",
        started: 3,
        completed: 3,
        responseTime: distributionOf(journeyTimes),
      },
    ],
    waits: {
      capWait: fixedWait(12, random, 0),
      inFlightWait: fixedWait(12, random, 3),
      runnerLag: fixedWait(12, random, 70),
    },
    rateLimits: [
      {
        category: CAPTURE,
        limitPerSecond: 12,
        lowestRemaining: 11,
        throttled: 0,
        peakInOneSecond: 1,
        capPerSecond: 1,
      },
      {
        category: MANAGEMENT,
        limitPerSecond: 50,
        lowestRemaining: 49,
        throttled: 0,
        peakInOneSecond: 1,
        capPerSecond: 1,
      },
    ],
    requests: requestsOf(requests),
    timeline: timelineOf(requests, 10, (second) => (second < 9 ? "steady" : "drain")),
    errors: [],
    slowest: slowestOf(requests, 5),
    thresholds: [
      {
        text: "errorRatio <= 0 %",
        operation: null,
        figure: "errorRatio",
        limit: 0,
        unit: "ratio",
        outcome: "met",
        observed: 0,
        observedCensored: false,
        lower: null,
        upper: null,
        reason: "no request failed or was answered otherwise than expected",
      },
      {
        text: "dropped <= 0",
        operation: null,
        figure: "dropped",
        limit: 0,
        unit: "count",
        outcome: "met",
        observed: 0,
        observedCensored: false,
        lower: null,
        upper: null,
        reason: "every request that became due was sent",
      },
      {
        text: "responseTime.max <= 2 s",
        operation: null,
        figure: "responseTime.max",
        limit: 2_000_000,
        unit: "us",
        outcome: "met",
        observed: Math.max(...requests.map(({ endUs, dueUs }) => endUs - dueUs)),
        observedCensored: false,
        lower: null,
        upper: null,
        reason: "the slowest answer was within the limit",
      },
    ],
    comparison: null,
    verdict: "passed",
    verdictReason: "All 3 thresholds are met.",
    interrupted: false,
    stopReason: null,
    warnings: [],
  };
}
