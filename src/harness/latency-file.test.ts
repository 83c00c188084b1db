import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Float64Histogram } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeHistogram } from "../measure/codec.ts";
import { REPORT_SCHEMA_VERSION } from "../report/schema.ts";
import { readLatencyFile } from "./latency-file.ts";

let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "klarna-perf-latency-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function histogram(...samples: readonly (readonly [us: number, count: number])[]): string {
  const made = new Float64Histogram(1, 3_600_000_000, 3);
  for (const [us, count] of samples) made.recordValueWithCount(us, count);
  return encodeHistogram(made);
}

/** As much of a report as latencies are read from, and a field that this version does not know. */
function report(operations: Record<string, { known: string; censored?: string }>, changes = {}) {
  const path = join(home, "report.json");
  const text = {
    schemaVersion: REPORT_SCHEMA_VERSION,
    run: { tool: { name: "klarna-perf", version: "9.9.9" } },
    operations: Object.entries(operations).map(([name, { known, censored = "" }]) => ({
      name,
      serviceTime: { count: 1, histogram: known, censoredHistogram: censored, novel: true },
    })),
    ...changes,
  };
  writeFileSync(path, JSON.stringify(text));
  return path;
}

describe("a report's service times", () => {
  test("become a table for each operation, and a common one", () => {
    const path = report({
      "payment-request.create": { known: histogram([1000, 3], [2000, 1]) },
      "payment-request.read": { known: histogram([500, 4]) },
      "payment-request.cancel": { known: histogram() },
    });
    expect(readLatencyFile(path)).toEqual({
      kind: "empirical",
      operations: {
        "payment-request.create": { at: [0, 0.75, 0.75, 1], us: [1000, 1000, 2000, 2000] },
        "payment-request.read": { at: [0, 1], us: [500, 500] },
      },
      otherwise: {
        at: [0, 0.5, 0.5, 0.875, 0.875, 1],
        us: [500, 500, 1000, 1000, 2000, 2000],
      },
    });
  });

  test("keep the resolution that they were recorded with", () => {
    const path = report({ "payment-request.create": { known: histogram([100_000, 1]) } });
    const { otherwise } = readLatencyFile(path);
    // Three significant digits: a bucket of 64 µs.
    expect(otherwise).toEqual({ at: [0, 1], us: [99_968, 100_031] });
  });

  test("count a time-out as long as it was waited for, and nothing beyond 59 s", () => {
    const path = report({
      "payment-request.create": {
        known: histogram([1000, 1]),
        censored: histogram([70_000_000, 1]),
      },
    });
    expect(readLatencyFile(path).otherwise.us.at(-1)).toBe(59_000_000);
  });

  test("of very many values become a table of some thousand points, the tail whole", () => {
    const many = Array.from({ length: 60_000 }, (_, i): [number, number] => [1000 + i * 10, 1]);
    const path = report({ "payment-request.create": { known: histogram(...many) } });
    const { at, us } = readLatencyFile(path).otherwise;
    expect(at.length).toBeLessThan(3000);
    expect([at[0], at.at(-1)]).toEqual([0, 1]);
    const median = us[at.findIndex((p) => p >= 0.5)] ?? 0;
    expect(Math.abs(median / 301_000 - 1)).toBeLessThan(0.005);
    expect(Math.abs((us.at(-1) ?? 0) / 600_990 - 1)).toBeLessThan(0.002);
  });

  test("are read from the example report that comes with the repository", () => {
    const path = new URL("../../reports/example/report.json", import.meta.url).pathname;
    const { operations } = readLatencyFile(path);
    const reported: { operations: { name: string; serviceTime: { maxUs: number } }[] } = JSON.parse(
      readFileSync(path, "utf8"),
    );
    expect(Object.keys(operations).sort()).toEqual(
      reported.operations.map(({ name }) => name).sort(),
    );
    for (const { name, serviceTime } of reported.operations) {
      const longest = operations[name]?.us.at(-1) ?? 0;
      expect(Math.abs(longest / serviceTime.maxUs - 1)).toBeLessThan(0.002);
    }
  });
});

describe("what is no such file", () => {
  const named = (name: string, text: string): string => {
    const path = join(home, name);
    writeFileSync(path, text);
    return path;
  };
  const known = histogram([1, 1]);
  test.each<[string, () => string, string]>([
    ["no file", () => join(home, "nowhere.json"), "it can't be read: ENOENT"],
    ["a folder", () => home, "it can't be read: EISDIR"],
    ["a table of hey's", () => named("hey.csv", "response-time,DNS\n0.1,0.2\n"), "it is not JSON"],
    [
      "autocannon's result",
      () => named("autocannon.json", '{"latency":{"p50":1},"requests":{"average":2}}'),
      "it is not a report of klarna-perf",
    ],
    [
      "k6's summary",
      () => named("k6.json", '{"metrics":{"http_req_duration":{"med":1}}}'),
      "it is not a report of klarna-perf",
    ],
    [
      "a report of another program in our form",
      () => report({ x: { known } }, { run: { tool: { name: "other" } } }),
      "it is not a report of klarna-perf",
    ],
    [
      "a report of a later version",
      () => report({ x: { known } }, { schemaVersion: REPORT_SCHEMA_VERSION + 1 }),
      `it is of version ${REPORT_SCHEMA_VERSION + 1}, and version ${REPORT_SCHEMA_VERSION} is read`,
    ],
    ["a report without samples", () => report({ x: { known: histogram() } }), "no service times"],
    ["a report without operations", () => report({}), "no service times"],
    [
      "a histogram that is cut",
      () => report({ x: { known: known.slice(0, 20) } }),
      "one of its histograms is broken",
    ],
  ])("%s: a usage error that says so", (_, make, why) => {
    expect(() => readLatencyFile(make())).toThrowError(
      expect.objectContaining({
        code: "USAGE_LATENCY_FROM",
        exitCode: 2,
        message: expect.stringContaining(why),
      }),
    );
  });
});
