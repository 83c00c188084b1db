import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../src/report/schema.ts";
import { type Ended, readReport, start, workspace } from "./support/cli.ts";

/**
 * The built program judges its own client, which is as good or as bad as the profile says, at the emulator's limit. Slow answers let
 * several requests be refused before the first 429 has come.
 */
const profile = (retry: string) => `name: drill
kind: rate-limit-drill
workload:
  model: open
  stages:
    - { rate: 2/s, for: 1s }
    - { rate: 40/s, for: 1s }
    - { rate: 2/s, for: 1s }
  maxInFlight: 60
emulator: { latency: 400ms }
scenarios:
  - name: create
    steps:
      - operation: payment-request.create
        expect: { status: [200, 201, 429] }
        retry: ${retry}
thresholds: [{ figure: errors, max: 0 }]
limits: { perCategory: { payment-transaction-capture: 60/s } }
`;

const CLIENTS = {
  good: { retry: "{ attempts: 8, base: 400ms }", fails: [] },
  immediate: {
    retry: "{ attempts: 10, backoff: none, ignoreReset: true }",
    fails: ["reset", "back-off", "jitter"],
  },
  fixed: { retry: "{ attempts: 8, base: 300ms, max: 300ms, jitter: none }", fails: ["jitter"] },
  "fresh-key": {
    retry: "{ attempts: 8, base: 400ms, idempotencyKey: fresh }",
    fails: ["idempotency-key"],
  },
  "ignores-reset": {
    retry: "{ attempts: 10, base: 400ms, ignoreReset: true }",
    fails: ["reset"],
  },
  "gives-up": { retry: "{ attempts: 1 }", fails: ["shopper-errors"] },
} as const;
type Client = keyof typeof CLIENTS;
const names = Object.keys(CLIENTS) as Client[];

const at = workspace();
const ended = new Map<Client, Ended>();
beforeAll(async () => {
  const runs = names.map(async (name) => {
    writeFileSync(at.path(`${name}.yaml`), profile(CLIENTS[name].retry));
    ended.set(name, await start(at, ["run", `${name}.yaml`, "--out", name]).ended);
  });
  await Promise.all(runs);
}, 120_000);
afterAll(at.remove);

function drillOf({ drill }: Report) {
  if (!drill) throw new Error("the report has no drill");
  return drill;
}

test.each(names)("%s: exactly its points fail, and the run with them", (name) => {
  const report = readReport(at.path(name));
  const failed = drillOf(report).points.filter(({ outcome }) => outcome === "fail");
  // A fixed wait is told from a growing one only where enough was refused again.
  const codes = failed.map(({ code }) => code).filter((c) => name !== "fixed" || c !== "back-off");
  expect(codes).toEqual(CLIENTS[name].fails);
  const [verdict, code] = failed.length === 0 ? ["passed", 0] : ["failed", 3];
  expect([report.verdict, ended.get(name)?.code]).toEqual([verdict, code]);
  if (failed[0]) expect(report.verdictReason).toContain(`conformance: ${failed[0].text}`);
});

test("the good client passes what can be told, and the figures agree with the run's", () => {
  const report = readReport(at.path("good"));
  const drill = drillOf(report);
  const passed = drill.points.flatMap(({ code, outcome }) => (outcome === "pass" ? [code] : []));
  expect(passed).toEqual(
    expect.arrayContaining([
      "first-429",
      "headers",
      "reset",
      "jitter",
      "idempotency-key",
      "recovery",
      "shopper-errors",
    ]),
  );
  expect(drill).toMatchObject({ outcome: "conforms", quotaPerSecond: 12, unrecorded: 0 });
  const capture = report.rateLimits.find(({ category }) => category === drill.category);
  expect(drill.throttled).toBe(capture?.throttled);
  const sum = (of: "sent" | "throttled") => drill.timeline.reduce((all, row) => all + row[of], 0);
  expect([sum("sent"), sum("throttled")]).toEqual([drill.sent, drill.throttled]);
});

describe("every view says it", () => {
  const read = (file: string) => readFileSync(at.path("gives-up", file), "utf8");

  test("terminal", () => {
    expect(ended.get("gives-up")?.stderr).toMatch(/fail {2,}No error reaches a shopper: \d+ of/);
  });
  test("summary.md", () => {
    expect(read("summary.md")).toMatch(/\*\*fail\*\* \| No error reaches a shopper \|/);
  });
  test("junit.xml", () => {
    expect(read("junit.xml")).toMatch(/name="client: No error reaches a shopper"[^/]*<failure/);
  });
  test("report.html", () => {
    expect(read("report.html")).toContain('id="drill"');
    expect(read("report.html")).toContain('id="chart-rate-limit"');
  });
});

test("the record holds no idempotency key, and the reports made from it again are the same", async () => {
  const before = readFileSync(at.path("good", "report.json"), "utf8");
  const again = await start(at, ["report", "good"]).ended;
  expect(again.code).toBe(0);
  expect(readFileSync(at.path("good", "report.json"), "utf8")).toBe(before);
  const events = readFileSync(at.path("good", "record", "events.jsonl"), "utf8");
  expect(events).toMatch(/"keyHash":"[0-9a-f]{16}"/);
  expect(events).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/);
});
