import { expect, test } from "vitest";
import { hostileReport } from "../../test/support/hostile-report.ts";
import { passedReport } from "../../test/support/passed-report.ts";
import { stressedReport } from "../../test/support/stressed-report.ts";
import { renderOpenMetrics } from "./openmetrics.ts";

const NAME = "[a-z_]+";
const LABELS = `\\{${NAME}="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"(?:,${NAME}="(?:[^"\\\\\\n]|\\\\[\\\\"n])*")*\\}`;
const SAMPLE = new RegExp(`^(${NAME})${LABELS} -?[0-9][0-9.e+-]*$`);

/** Types that the older text format has too; its readers drop a whole file for another. */
const BOTH = ["gauge", "summary"];

/** Every sample's line by its family, after checks that the grammars of OpenMetrics and of the older format ask for. */
function familiesOf(text: string): Map<string, string[]> {
  const lines = text.split("\n");
  expect(lines.splice(-2)).toEqual(["# EOF", ""]);
  const families = new Map<string, string[]>();
  const seen = new Set<string>();
  let family = "";
  let type = "";
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-z_]+) (.+)$/.exec(line);
    if (meta?.[1] === "TYPE") {
      [, , family = "", type = ""] = meta;
      expect(families.has(family), `${family} in one piece`).toBe(false);
      expect(BOTH, line).toContain(type);
      families.set(family, []);
    } else if (meta) {
      expect(meta[2]).toBe(family);
      // In a help text the older format knows no quote that is escaped.
      if (meta[1] === "HELP") expect(meta[3]).not.toMatch(/["\\]/);
      if (meta[1] === "UNIT") expect(family.endsWith(`_${meta[3]}`)).toBe(true);
    } else {
      const name = SAMPLE.exec(line)?.[1];
      expect(name, line).toBeDefined();
      const suffixes = type === "summary" ? ["", "_count", "_sum"] : [""];
      expect(suffixes.map((suffix) => family + suffix)).toContain(name);
      const series = line.slice(0, line.lastIndexOf(" "));
      expect(seen.has(series), `${series} once`).toBe(false);
      seen.add(series);
      families.get(family)?.push(line);
    }
  }
  return families;
}

test("figures in base units, each under its operation", () => {
  const report = passedReport();
  const families = familiesOf(renderOpenMetrics(report));
  const [create] = report.operations;
  const p95 = create?.responseTime.percentiles.find(({ p }) => p === 95)?.valueUs ?? 0;
  const labels = `profile="smoke",environment="emulator",operation="payment-request.create"`;
  expect(families.get("klarna_perf_response_time_seconds")).toContain(
    `klarna_perf_response_time_seconds{${labels},quantile="0.95"} ${p95 / 1e6}`,
  );
  expect(families.get("klarna_perf_requests")).toContain(
    `klarna_perf_requests{${labels},outcome="answered"} 3`,
  );
  expect(families.get("klarna_perf_run_info")).toEqual([
    expect.stringMatching(
      /^klarna_perf_run_info\{profile="smoke",environment="emulator",run=".*\} 1$/,
    ),
  ]);
  expect(families.get("klarna_perf_verdict")?.filter((line) => line.endsWith(" 1"))).toEqual([
    `klarna_perf_verdict{profile="smoke",environment="emulator",klarna_perf_verdict="passed"} 1`,
  ]);
});

test("a percentile among censored samples is left out, never given as its bound", () => {
  const report = stressedReport();
  const censored = report.operations.flatMap(({ name, responseTime }) =>
    responseTime.percentiles.filter((one) => one.censored).map(({ p }) => ({ name, p })),
  );
  expect(censored.length).toBeGreaterThan(0);
  const lines =
    familiesOf(renderOpenMetrics(report)).get("klarna_perf_response_time_seconds") ?? [];
  for (const { name, p } of censored) {
    const series = `operation="${name}",quantile="${p / 100}"`;
    expect(lines.filter((line) => line.includes(series))).toEqual([]);
  }
});

test("hostile text stays inside its label", () => {
  // All its operations and thresholds have one name, which those of a run never have.
  const report = hostileReport();
  const operations = report.operations.slice(0, 1);
  familiesOf(renderOpenMetrics({ ...report, operations }));
});
