import { seededRandom } from "../../src/base/random.ts";
import { comparedRunOf } from "../../src/report/alike.ts";
import { runOf, timesOf } from "../../src/report/compare.support.ts";
import { compareRuns } from "../../src/report/compare.ts";
import type { Report } from "../../src/report/schema.ts";
import { stressedReport } from "./stressed-report.ts";

/** The stressed run beside six earlier ones, which were faster in one operation: a regression. */
export function comparedReport(): Report {
  const report = stressedReport();
  const random = seededRandom(6);
  const { conditions } = comparedRunOf(report);
  const baselines = [1, 2, 3, 4, 5, 6].map((day) =>
    runOf(
      day,
      {
        "payment-request.create": timesOf(random, 30_000, 400),
        "payment-request.read": timesOf(random, 15_000, 400),
      },
      { conditions },
    ),
  );
  // The fixture's own histograms are whole, and its intervals rough: what they come to is what the page has to show.
  const candidate = comparedRunOf({
    ...report,
    verdict: "failed",
    operations: report.operations.map((one) => ({
      ...one,
      responseTime: { ...one.responseTime, effectiveCount: 300 },
    })),
  });
  const options = { judge: [], unlike: false, confirm: "no", problems: [] } as const;
  return {
    ...report,
    verdict: "failed",
    stopReason: null,
    comparison: compareRuns(baselines, candidate, options),
  };
}
