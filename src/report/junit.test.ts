import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  comparedReport,
  hostileReport,
  passedReport,
  stressedReport,
} from "../../test/support/report-fixture.ts";
import { renderJunit } from "./junit.ts";
import type { Report, ThresholdReport } from "./schema.ts";

const passed = passedReport();
const stressed = stressedReport();
const hostile = hostileReport();

/** The element inside each case, by the case's name; `passed` where there is none. */
function results(xml: string): Record<string, string> {
  const cases = xml.matchAll(
    /<testcase classname="[^"]*" name="([^"]*)" time="[^"]*"(?:\/>|>\s*<(\w+)(?: type="([^"]*)")?)/g,
  );
  return Object.fromEntries(
    [...cases].map(([, name, element = "passed", type]) => [
      name,
      type ? `${element} ${type}` : element,
    ]),
  );
}

function reportWith(
  outcome: ThresholdReport["outcome"],
  verdict: Report["verdict"],
  interrupted = false,
): Report {
  const report = passed;
  const thresholds = report.thresholds.slice(0, 1).map((one) => ({ ...one, text: "t", outcome }));
  return { ...report, thresholds, verdict, interrupted };
}

describe("what each outcome becomes", () => {
  test.each([
    ["met", "passed", false, { verdict: "passed", t: "passed" }],
    ["missed", "failed", false, { verdict: "failure failed", t: "failure missed" }],
    [
      "undecided",
      "inconclusive",
      false,
      { verdict: "failure inconclusive", t: "failure undecided" },
    ],
    ["no-data", "inconclusive", false, { verdict: "failure inconclusive", t: "failure no-data" }],
    ["met", "invalid", false, { verdict: "error invalid", t: "skipped" }],
    ["undecided", "stopped", false, { verdict: "error stopped", t: "skipped" }],
    ["missed", "stopped", false, { verdict: "error stopped", t: "failure missed" }],
    ["met", "passed", true, { verdict: "error interrupted", t: "skipped" }],
  ] as const)(
    "threshold %s in a run that is %s, interrupted %s",
    (outcome, verdict, interrupted, expected) => {
      expect(results(renderJunit(reportWith(outcome, verdict, interrupted)))).toEqual(expected);
    },
  );
});

test("the counts of the suite are those of its cases", () => {
  const xml = renderJunit(stressed);
  expect(xml).toContain('tests="6" failures="2" errors="1" time="89.612" skipped="3"');
  expect(Object.keys(results(xml))).toHaveLength(6);
});

/** By element: what Jenkins' xUnit plugin allows (its junit-10.xsd), which is the strictest of the three. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  testsuites: ["name", "time", "tests", "failures", "errors"],
  testsuite: ["name", "tests", "failures", "errors", "time", "skipped", "timestamp"],
  properties: [],
  property: ["name", "value"],
  testcase: ["name", "time", "classname"],
  failure: ["type", "message"],
  error: ["type", "message"],
  skipped: ["type", "message"],
};

test.each([passed, stressed, comparedReport(), hostile])(
  "no element and no attribute that Jenkins' schema does not know, run %#",
  (report) => {
    for (const [, element = "", rest = ""] of renderJunit(report).matchAll(/<(\w+)([^>]*)>/g)) {
      const names = [...rest.matchAll(/ (\w+)="[^"]*"/g)].map(([, name]) => name);
      expect(names.filter((name) => !ATTRIBUTES[element]?.includes(name ?? ""))).toEqual([]);
    }
  },
);

test.each<[string, Partial<Report>]>([
  ["invalid", { verdict: "invalid" }],
  ["stopped", { verdict: "stopped" }],
  ["interrupted", { verdict: "passed", interrupted: true }],
])("nothing is compared with an %s run, whatever its report says", (_, more) => {
  const report = comparedReport();
  const { comparison } = report;
  if (!comparison) throw new Error("no comparison");
  const regressed: Report = { ...report, comparison: { ...comparison, outcome: "regressed" } };
  const whole = { verdict: "failed", interrupted: false } as const;
  expect(results(renderJunit({ ...regressed, ...whole })).comparison).toBe("failure regressed");
  expect(results(renderJunit({ ...regressed, ...more })).comparison).toBe("skipped");
});

test("a broken case says why in its text, which is all that GitLab shows", () => {
  const xml = renderJunit(stressed);
  expect(xml).toContain(
    ">missed: the lower bound is beyond the limit\nThreshold: errorRatio &lt;= 1 %\nObserved: 2.71 %",
  );
  expect(xml).toContain("What to do: Look at the errors below");
});

test("two thresholds with one text keep apart", () => {
  const report = passed;
  const [first] = report.thresholds;
  if (!first) throw new Error("the fixture has thresholds");
  const xml = renderJunit({ ...report, thresholds: [first, first] });
  expect(Object.keys(results(xml))).toEqual([
    "verdict",
    "errorRatio &lt;= 0 %",
    "errorRatio &lt;= 0 % (2)",
  ]);
});

test("hostile text adds no element, no attachment and no character that XML 1.0 bars", () => {
  const xml = renderJunit(hostile);
  const elements = new Set([...xml.matchAll(/<([a-zA-Z!?]+)/g)].map(([, name]) => name));
  expect([...elements].sort()).toEqual(
    [
      "?xml",
      "error",
      "failure",
      "properties",
      "property",
      "skipped",
      "testcase",
      "testsuite",
      "testsuites",
    ].sort(),
  );
  expect(xml).not.toContain("[[");
  expect(xml).not.toContain("]]>");
  expect(xml).not.toMatch(/[^\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  expect(xml).toContain("‹U+FFFE›");
});

const python = spawnSync("python3", ["-c", "import xml.etree.ElementTree"]).status === 0;

test.skipIf(!python)(
  `an independent parser reads it${python ? "" : " (skipped: no python3)"}`,
  () => {
    const program =
      "import sys, xml.etree.ElementTree as E; r = E.fromstring(sys.stdin.buffer.read()); print(len(r.findall('.//testcase')), r.find('testsuite').get('tests'))";
    for (const report of [passed, stressed, hostile]) {
      const read = spawnSync("python3", ["-c", program], {
        input: renderJunit(report),
        encoding: "utf8",
      });
      expect(read.stderr).toBe("");
      const cases = String(report.thresholds.length + (report.comparison ? 2 : 1));
      expect(read.stdout.trim()).toBe(`${cases} ${cases}`);
    }
  },
);
