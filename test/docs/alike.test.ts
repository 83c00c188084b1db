import { describe, expect, test } from "vitest";
import { asShown, expected } from "./alike.ts";

const agrees = (shown: string, output: string, kind: "measured" | "steady" = "measured"): boolean =>
  asShown(shown, output, kind) === expected(shown, kind);

const OUTPUT = `smoke (smoke) on emulator: 12 requests in 12 s, seed 3412834293
8 s left · 1.0/s · 0 in flight · p50 39.7 ms · p95 76.8 ms · 0 errors

Passed: smoke on emulator. all 3 thresholds were met

  response time             samples      p50  errors
  - payment-request.create        3  19.3 ms       0

  met        responseTime.max <= 10s
             observed 76.5 ms: within 10 s, 95 % interval 0 to 26.5 %

passed: all 3 thresholds were met
report: reports/smoke-20261126T214633Z-4e02eb/report.html
`;

describe("a page and an output agree", () => {
  test.each<[string, string, string?]>([
    [
      "in figures of another run, and their columns",
      OUTPUT.replace("19.3 ms", "119 ms").replace("26.5 %", "3 %"),
    ],
    [
      "in another run's name and seed",
      OUTPUT.replace("20261126T214633Z-4e02eb", "20250101T000000Z-000000").replace(
        "3412834293",
        "1000000",
      ),
    ],
    [
      "in whether there is an upper bound",
      OUTPUT.replace("observed 76.5 ms:", "observed 76.5 ms, 95 % bounds at least 60 ms:"),
      OUTPUT.replace("observed 76.5 ms:", "observed 1 s, 95 % bounds 141 to 219 ms:"),
    ],
    [
      "in lines broken elsewhere",
      OUTPUT.replace("observed 76.5 ms: within", "observed\n    76.5 ms: within"),
    ],
    ["without the lines of progress", OUTPUT.replace(/^8 s left.*\n/m, "")],
    ["in the last lines", OUTPUT.slice(OUTPUT.indexOf("passed: ")).replace(/^/, "…\n")],
    [
      "in lines of a paragraph",
      "…\n  met   responseTime.max <= 10s\n…\npassed: all 3 thresholds were met\n…\n",
    ],
  ])("%s", (_, shown, output = OUTPUT) => expect(agrees(shown, output)).toBe(true));
});

describe("a page is wrong", () => {
  test.each([
    ["a threshold of another limit", OUTPUT.replace("<= 10s", "<= 9s")],
    ["another verdict", OUTPUT.replace("Passed", "Failed")],
    ["another count", OUTPUT.replace("12 requests", "13 requests")],
    ["another confidence", OUTPUT.replace("95 % interval", "99 % interval")],
    ["a figure without a unit", OUTPUT.replace("76.5 ms", "76.5")],
    ["a line that is not there", OUTPUT.replace("passed:", "warning: late\npassed:")],
    ["a line too few, and no mark for it", OUTPUT.replace(/^report:.*\n/m, "")],
    [
      "lines in another order",
      "…\npassed: all 3 thresholds were met\n…\nmet responseTime.max <= 10s\n…\n",
    ],
    ["half a word", "…\nassed: all 3 thresholds were met\n…\n"],
    ["an end that is not the end", "…\npassed: all 3 thresholds were met\n"],
    ["paragraphs run together", OUTPUT.replace("met\n\n  response", "met\n  response")],
  ])("%s", (_, shown) => expect(agrees(shown, OUTPUT)).toBe(false));
});

describe("an output that is the same each time", () => {
  const list = "shop: 12 requests in 12 s\n  /home/ada/klarna-perf/profiles/smoke.yaml\n";
  test("agrees wherever the package lies", () => {
    const there = list.replace("/home/ada/klarna-perf", "node_modules/klarna-perf");
    expect(agrees(there, list, "steady")).toBe(true);
  });
  test.each([
    ["in no figure", list.replace("12 s", "13 s")],
    ["in no column", list.replace("  /home", "   /home")],
    ["in no other file", list.replace("smoke.yaml", "soak.yaml")],
  ])("differs %s", (_, shown) => expect(agrees(shown, list, "steady")).toBe(false));
});
