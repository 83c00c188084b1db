import { expect, test } from "vitest";
import { hostileReport, passedReport, stressedReport } from "../../test/support/report-fixture.ts";
import { renderMarkdown } from "./markdown.ts";

const passed = passedReport();
const stressed = stressedReport();
const hostile = hostileReport();

test("verdict, thresholds, totals, operations and command of a run that passed", () => {
  const text = renderMarkdown(passed);
  const lines = text.split("\n");
  expect(lines[0]).toBe("## klarna-perf: passed");
  expect(lines[2]).toBe(
    "**smoke** on **emulator**, 2026-08-27T10:15:00.000Z: All 3 thresholds are met.",
  );
  expect(lines).toContain(
    "| met | <code>errorRatio &#60;= 0 %</code> | 0 % | – | no request failed or was answered otherwise than expected |",
  );
  expect(lines).toContain("- 12 planned: 12 sent, 0 dropped");
  expect(text).toContain(
    "Run it again: <code>klarna-perf run smoke --env emulator --seed 4021337511</code>",
  );
  expect(text).not.toContain("### Errors");
  expect(text).not.toContain("### Warnings");
});

test("a stopped run says why and what to do, and a censored percentile is more than its value", () => {
  const text = renderMarkdown(stressed);
  expect(text).toContain("**Stopped** by rule <code>STOP&#95;ERRORS</code>: More than half");
  expect(text).toContain("**What to do:** Look at the errors below");
  expect(text).toContain("| 2\u00a0313 | 47.2 ms | &#62; 1 s | &#62; 3 s | ≥ 3 s |");
  expect(text).toContain("- Warning <code>CAP&#95;TIGHT</code>: The peak");
});

test("every row of a table has its head's cells, whatever the text in it", () => {
  const tables = renderMarkdown(hostile)
    .split("\n\n")
    .filter((block) => block.startsWith("|"));
  expect(tables).toHaveLength(5);
  for (const block of tables) {
    const widths = block.split("\n").map((line) => line.split("|").length);
    expect(new Set(widths).size).toBe(1);
  }
});

test("hostile text makes no markup, mention, reference, link or command", () => {
  const text = renderMarkdown(hostile);
  const tags = new Set([...text.matchAll(/<\/?([^>\s]*)/g)].map(([tag]) => tag));
  expect([...tags].sort()).toEqual(["</code", "<code"]);
  expect(text).not.toMatch(/@\w|(?<!&)#\w/);
  expect(text).not.toContain("](");
  expect(text).not.toMatch(/:\/\/|www\./);
  expect(text).not.toMatch(/^\s*::/m);
  expect(text).not.toContain("##[");
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\u2066]/);
});

test("a mention is still none once its character references are decoded", () => {
  const report = { ...passed, verdictReason: "ask @klarna about #12 or !7" };
  const decoded = renderMarkdown(report).replace(/&#(\d+);/g, (_, code) =>
    String.fromCharCode(Number(code)),
  );
  expect(decoded).toContain("ask @\u200bklarna about #\u200b12 or !\u200b7");
});

test("long lists are cut, and say by how much", () => {
  const report = stressed;
  const [error] = report.errors;
  if (!error) throw new Error("the fixture has errors");
  const text = renderMarkdown({ ...report, errors: Array.from({ length: 40 }, () => error) });
  expect(text).toContain("| and 15 more |  |  |  |  |  |");
});

test("a failed request says where in its exchange it failed", () => {
  expect(renderMarkdown(stressed)).toContain(
    "<code>timeout</code> while waiting for the first byte of the answer |",
  );
});
