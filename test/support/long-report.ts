import { seededRandom } from "../../src/base/random.ts";
import type { Report } from "../../src/report/schema.ts";
import { stressedReport } from "./stressed-report.ts";

const ROWS = 1800;
const OPERATIONS = 12;

/** Half an hour at 1 000/s, as large as such a report gets: no two seconds alike, errors in each, a dozen operations. */
export function longReport(): Report {
  const report = stressedReport();
  const random = seededRandom(30);
  const [operation] = report.operations;
  if (!operation) throw new Error("the fixture has operations");
  const around = (middle: number): number => Math.round(middle * (0.5 + random.next()));
  return {
    ...report,
    verdict: "passed",
    stopReason: null,
    timeline: Array.from({ length: ROWS }, (_, i) => ({
      atS: i,
      lengthS: 1,
      phase: i < 60 ? "warm-up" : "steady",
      planned: around(1_000),
      started: around(1_000),
      answered: around(1_000),
      unexpected: around(4),
      failed: around(3),
      dropped: around(2),
      responseP50Us: around(40_000),
      responseP95Us: around(110_000),
      responseP99Us: around(300_000),
      responseMaxUs: around(900_000),
      serviceP50Us: around(38_000),
      serviceP99Us: around(290_000),
      gap: i % 400 === 399,
    })),
    operations: Array.from({ length: OPERATIONS }, (_, i) => ({
      ...operation,
      name: `payment-request.step-${i}`,
    })),
  };
}
