import type { Distribution, Report } from "../../src/report/schema.ts";
import { comparedReport } from "./compared-report.ts";
import { stressedReport } from "./stressed-report.ts";

/** Foreign text that would do harm in one view or another if it were not encoded. */
export const HOSTILE =
  "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='alert(3)\n::error::planted ##[error]planted\r\u001b[31mred\u001b]8;;https://evil.example\u0007 \u202egnp.exe\u2066 ]]><!-- `|@klarna [x](https://evil.example) www.evil.example \u0000\ufffe\ud800 &amp; [[ATTACHMENT|/etc/passwd]]";

/** The stressed run with hostile text in every field that a server, a profile or the environment can choose. */
export function hostileReport(): Report {
  const report = stressedReport();
  return {
    ...report,
    run: {
      ...report.run,
      id: HOSTILE,
      profile: HOSTILE,
      description: HOSTILE,
      kind: HOSTILE,
      environment: HOSTILE,
      tool: { name: "klarna-perf", version: HOSTILE },
      host: {
        ...report.run.host,
        node: HOSTILE,
        platform: HOSTILE,
        arch: HOSTILE,
        cpuModel: HOSTILE,
      },
      ci: { name: HOSTILE, run: HOSTILE, commit: HOSTILE },
      profileHash: HOSTILE,
      tags: { [HOSTILE]: HOSTILE, "::error::key": "::error::value" },
      command: HOSTILE,
    },
    plan: {
      ...report.plan,
      categories: report.plan.categories.map((one) => ({ ...one, category: HOSTILE })),
    },
    guard: {
      ...report.guard,
      origin: HOSTILE,
      permit: HOSTILE,
      addresses: [HOSTILE, "::1"],
      checks: [{ code: HOSTILE, text: HOSTILE }],
    },
    operations: report.operations.map((one) => ({
      ...one,
      name: HOSTILE,
      category: HOSTILE,
      results: { [HOSTILE]: 1 },
      responseTime: withReason(one.responseTime),
    })),
    journeys: report.journeys.map((one) => ({ ...one, scenario: HOSTILE })),
    rateLimits: report.rateLimits.map((one) => ({ ...one, category: HOSTILE })),
    errors: [
      {
        operation: HOSTILE,
        what: HOSTILE,
        errorCode: HOSTILE,
        count: 3,
        firstAtS: 1,
        correlationIds: [HOSTILE, HOSTILE],
      },
      {
        operation: "::error::x",
        what: "::error::x",
        errorCode: null,
        count: 1,
        firstAtS: 2,
        correlationIds: [],
      },
    ],
    slowest: report.slowest.map((one) => ({ ...one, operation: HOSTILE, correlationId: HOSTILE })),
    thresholds: report.thresholds.map((one) => ({
      ...one,
      text: HOSTILE,
      operation: HOSTILE,
      figure: HOSTILE,
      reason: HOSTILE,
    })),
    cleanUp: {
      created: 1,
      ended: 0,
      cancelled: 0,
      left: [{ operation: HOSTILE, id: HOSTILE, why: HOSTILE }],
      leftUnlisted: 0,
      unknown: 0,
    },
    comparison: hostileComparison(),
    verdictReason: HOSTILE,
    stopReason: { code: HOSTILE, text: HOSTILE, advice: HOSTILE, atS: 89.4 },
    warnings: [
      { code: HOSTILE, text: HOSTILE },
      { code: "::error::x", text: "::error::x ##[error]x" },
    ],
  };
}

function withReason(distribution: Distribution): Distribution {
  return {
    ...distribution,
    percentiles: distribution.percentiles.map((one) => ({
      ...one,
      valueUs: null,
      interval: null,
      reason: HOSTILE,
    })),
  };
}

/** Hostile text wherever another run's report, or this one's, can put any. */
function hostileComparison(): Report["comparison"] {
  const { comparison } = comparedReport();
  if (!comparison) throw new Error("the fixture has a comparison");
  return {
    ...comparison,
    reason: HOSTILE,
    baselines: comparison.baselines.map((one) => ({
      ...one,
      id: HOSTILE,
      startedAt: HOSTILE,
      unlike: [{ what: HOSTILE, baseline: HOSTILE, candidate: HOSTILE }],
    })),
    operations: comparison.operations.map((one) => ({
      ...one,
      name: HOSTILE,
      shift: one.shift.map((point) => ({ ...point, reason: HOSTILE })),
    })),
    judged: comparison.judged.map((one) => ({
      ...one,
      operation: HOSTILE,
      figure: HOSTILE,
      reason: HOSTILE,
    })),
    onlyInBaseline: [HOSTILE],
    onlyInCandidate: [HOSTILE],
    confirms: HOSTILE,
    problems: [HOSTILE],
  };
}
