import { expect, test } from "vitest";
import { reportSchema } from "../../src/report/schema.ts";
import { hostileReport, passedReport, stressedReport } from "./report-fixture.ts";

test.each([
  ["passed", passedReport],
  ["stressed", stressedReport],
  ["hostile", hostileReport],
])("the %s report parses, and its counts add up", (_, make) => {
  const report = reportSchema.parse(make());
  for (const counts of [report.totals, ...report.operations.map((one) => one.counts)]) {
    expect(counts.dropped + counts.sent).toBe(counts.planned);
    expect(counts.answered + counts.failed + counts.unfinished).toBe(counts.sent);
  }
  const planned = report.timeline.reduce((sum, row) => sum + row.planned, 0);
  expect(planned).toBe(report.totals.planned);
});

test("the same report at every call", () => {
  expect(JSON.stringify(stressedReport())).toBe(JSON.stringify(stressedReport()));
});
