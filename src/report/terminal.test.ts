import { expect, test } from "vitest";
import { hostileReport, passedReport, stressedReport } from "../../test/support/report-fixture.ts";
import { renderTerminal } from "./terminal.ts";

const plain = { color: false, width: 80 };
const reports = [
  ["passed", passedReport()],
  ["stressed", stressedReport()],
  ["hostile", hostileReport()],
] as const;

test("a run that passed, in full", () => {
  expect(renderTerminal(passedReport(), plain).replaceAll("\u00a0", " ")).toBe(
    `Passed: smoke on emulator. All 3 thresholds are met.

  planned 12 = sent 12 + dropped 0
  sent 12 = answered 12 + failed 0 + unfinished 0
  not as expected 0; error ratio 0 %, 95 % interval 0 to 26.5 %
  run time 10.4 s

  response time             samples      p50      p95      p99      max  errors
  - payment-request.create        3  47.5 ms    53 ms    53 ms    53 ms       0
  - payment-request.read          3  9.72 ms  9.79 ms  9.79 ms  9.79 ms       0
  - payment-request.update        3  26.3 ms  26.3 ms  26.3 ms  26.3 ms       0
  - payment-request.cancel        3  23.5 ms  27.8 ms  27.8 ms  27.8 ms       0

  met        errorRatio <= 0 %
             observed 0 %: no request failed or was answered otherwise than
             expected
  met        dropped <= 0
             observed 0: every request that became due was sent
  met        responseTime.max <= 2 s
             observed 53 ms: the slowest answer was within the limit
`,
  );
});

test("a stopped run says why, what to do, and its warnings", () => {
  const text = renderTerminal(stressedReport(), { ...plain, width: 120 });
  expect(text).toContain("  stopped: STOP_ERRORS: More than half of the last 20 requests");
  expect(text).toContain("  to do: Look at the errors below before running again;");
  expect(text).toContain("  warning: CAP_TIGHT: The peak");
  expect(text).toContain("  undecided  payment-request.create responseTime.p99 <= 3 s\n");
  expect(text).toContain("> 1 s");
});

test.each(reports)("%s: no line is wider than the terminal", (_, report) => {
  for (const width of [60, 80, 100]) {
    const lines = renderTerminal(report, { color: false, width }).split("\n");
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
  }
});

test.each(reports)("%s: colour changes nothing but the codes", (_, report) => {
  const colored = renderTerminal(report, { color: true, width: 80 });
  expect(colored).toContain("\u001b[1m");
  expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(renderTerminal(report, plain));
});

test("without colour there is no control character but the line feed", () => {
  for (const [, report] of reports) {
    expect(renderTerminal(report, plain)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test("nothing that a CI system takes for a command, wherever a long word is broken", () => {
  const report = hostileReport();
  for (let width = 60; width <= 120; width++) {
    const text = renderTerminal(report, { color: false, width });
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toMatch(/##(\[|vso\[|teamcity\[)/);
  }
  const colons = { ...passedReport(), verdictReason: `${"x".repeat(70)}::::error::y` };
  expect(renderTerminal(colons, { color: false, width: 60 })).not.toContain("::");
});

test("a number stays with its unit", () => {
  const report = { ...passedReport(), verdictReason: `${"a ".repeat(24)}89.4 s and more` };
  expect(renderTerminal(report, plain)).not.toMatch(/^\s*s and/m);
});
