import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Counts } from "../../src/report/schema.ts";
import {
  CAME_TO_ITS_END,
  cli,
  type Ended,
  loadProfile,
  ROOT,
  readReport,
  SHORT_SMOKE,
  start,
  undisturbed,
  workspace,
} from "../support/cli.ts";

const at = workspace();
let smoke: Ended;
let load: Ended;
let profilesFolder: Ended;
let reader: Ended;
let foreign: Ended;

const PLANTED =
  "\u001b[31m\u202e<script>PLANTED</script><img src=x>\n::error::PLANTED\n##[error]PLANTED";

beforeAll(async () => {
  writeFileSync(at.path("load.yaml"), loadProfile());
  mkdirSync(at.path("profiles"));
  const one = loadProfile({ rate: "2/s", lasts: "1s" }).replace("errors, max: 0", "errors, max: 5");
  writeFileSync(at.path("profiles", "mine.yaml"), one);
  const gone = start(at, ["run", "mine", "--out", "reader-gone"]);
  // As `klarna-perf run mine | head -0` does.
  gone.child.stdout?.destroy();
  gone.child.stderr?.destroy();
  writeFileSync(
    at.path("foreign.yaml"),
    `${one}description: ${JSON.stringify(PLANTED)}\ntags: { note: "::error::<script>PLANTED" }\n`,
  );
  const env = { GITHUB_ACTIONS: "true", GITHUB_RUN_ID: PLANTED, GITHUB_SHA: PLANTED };
  const planted = ["--out", "foreign", "--tag", "planted=\u001b[31m<script>PLANTED</script>"];
  [profilesFolder, reader, foreign] = await Promise.all([
    start(at, ["run", "mine", "--quiet", "--out", "mine"]).ended,
    gone.ended,
    start(at, ["run", "foreign.yaml", ...planted], { env }).ended,
  ]);
  const tags = ["--tag", "release=2.4.0", "--tag", "team=checkout"];
  smoke = await undisturbed(() => {
    rmSync(at.path("reports"), { recursive: true, force: true });
    return cli(at, ["run", ...SHORT_SMOKE, ...tags, "--seed", "7"]);
  });
  load = await undisturbed(() => {
    rmSync(at.path("deep"), { recursive: true, force: true });
    return cli(at, ["run", "./load.yaml", "--out", "deep/out", "--json"]);
  });
});
afterAll(at.remove);

/** The folder that `--out` was not given for. */
function smokeDir(): string {
  const [, name = ""] = readdirSync(at.path("reports")).sort();
  return at.path("reports", name);
}

describe("run smoke", () => {
  test("passes, and says so on the last two lines, with the report's place", () => {
    expect(smoke.code).toBe(0);
    const [list, dir = "", ...others] = readdirSync(at.path("reports")).sort();
    expect([list, others]).toEqual(["index.html", []]);
    expect(readFileSync(at.path("reports", "index.html"), "utf8")).toContain(
      `<a href="${dir}/report.html">`,
    );
    expect(dir).toMatch(/^smoke-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
    expect(smoke.stderr.trimEnd().split("\n").slice(-2)).toEqual([
      "passed: all 3 thresholds were met",
      `report: reports/${dir}/report.html`,
    ]);
    expect(smoke.stdout).toBe("");
  });

  test("leaves five reports and the record, and nothing besides", () => {
    expect(readdirSync(smokeDir()).sort()).toEqual([
      "junit.xml",
      "openmetrics.txt",
      "record",
      "report.html",
      "report.json",
      "summary.md",
    ]);
    expect(readdirSync(join(smokeDir(), "record")).sort()).toEqual([
      "counts.jsonl",
      "end.json",
      "events.jsonl",
      "intervals.hlog",
      "manifest.json",
    ]);
  });

  test("makes one journey of four requests and reports each of them", () => {
    const { run, totals, operations, guard, interrupted, stopReason } = readReport(smokeDir());
    expect(run).toMatchObject({
      profile: "smoke",
      kind: "smoke",
      environment: "emulator",
      seed: 7,
      tags: { release: "2.4.0", team: "checkout" },
      command: "klarna-perf run smoke --set 'workload.stages[0].for=4s' --seed 7",
    });
    expect(operations.map(({ name, counts, results }) => [name, counts.sent, results])).toEqual([
      ["payment-request.create", 1, { 201: 1 }],
      ["payment-request.read", 1, { 200: 1 }],
      ["payment-request.update", 1, { 200: 1 }],
      ["payment-request.cancel", 1, { 200: 1 }],
    ]);
    expect(totals).toMatchObject({ planned: 4, sent: 4, answered: 4, forecast: 4, notDue: 0 });
    expect(guard).toMatchObject({ decision: "allowed", addresses: ["127.0.0.1"] });
    expect([interrupted, stopReason]).toEqual([false, null]);
  });

  test("writes each view for its reader", () => {
    const read = (name: string): string => readFileSync(join(smokeDir(), name), "utf8");
    expect(read("report.html")).toMatch(/^<!doctype html>/i);
    expect(read("junit.xml")).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>/);
    expect(read("summary.md")).toContain("smoke");
  });
});

describe("a run of twenty requests a second", () => {
  test("passes in the folder that --out names, made with what was missing above it", () => {
    expect(load.stderr).toMatch(/^passed: the threshold was met$/m);
    expect(load.code).toBe(0);
    expect(load.stderr.trimEnd().split("\n").at(-1)).toBe("report: deep/out/report.html");
  });

  test("makes what the plan says: 20 journeys, 40 requests, each answered", () => {
    const { totals, journeys, plan } = readReport(at.path("deep/out"));
    expect(plan).toMatchObject({ requests: 40, journeys: 20, durationS: 2 });
    expect(totals).toMatchObject({ planned: 40, sent: 40, answered: 40, forecast: 40 });
    expect(journeys.map(({ started, completed }) => [started, completed])).toEqual([[20, 20]]);
  });

  test("--json: one object on standard output and nothing else there", () => {
    expect(load.stdout.trimEnd().split("\n")).toHaveLength(1);
    const { totals, run, verdict } = readReport(at.path("deep/out"));
    expect(JSON.parse(load.stdout)).toMatchObject({
      run: { id: run.id, profile: "load" },
      verdict,
      exitCode: 0,
      totals: { planned: totals.planned },
      dir: at.path("deep/out"),
    });
  });
});

test("a profile of the working directory, run --quiet, prints the two last lines and no more", () => {
  expect(CAME_TO_ITS_END).toContain(profilesFolder.code);
  expect(profilesFolder.stderr.trimEnd().split("\n")).toHaveLength(2);
  expect(readReport(at.path("mine")).totals.forecast).toBe(4);
});

test("a reader that goes away costs neither the run nor its reports", () => {
  expect(CAME_TO_ITS_END).toContain(reader.code);
  expect(readReport(at.path("reader-gone")).totals.forecast).toBe(4);
});

test("what a profile, an option or the environment writes is shown, but never obeyed", () => {
  expect(CAME_TO_ITS_END).toContain(foreign.code);
  const dir = at.path("foreign");
  expect(readReport(dir).run).toMatchObject({ ci: { name: "GitHub Actions" } });
  const views = ["report.html", "junit.xml", "summary.md"].map((name) =>
    readFileSync(join(dir, name), "utf8"),
  );
  for (const view of [...views, foreign.stdout, foreign.stderr]) {
    expect(view).not.toMatch(/<script>PLANTED|<img src=x/);
    expect(view).not.toMatch(/[\u001b\u202e]/);
    expect(view).not.toMatch(/^\s*(?:::|##\[)/m);
  }
  expect(views[0]).toContain("PLANTED");
});

describe.each([
  ["smoke", smokeDir],
  ["load", () => at.path("deep/out")],
])("report.json of %s", (_, dir) => {
  test("fits the published JSON Schema", () => {
    const ajv = addFormats.default(new Ajv2020({ strict: true, allErrors: true }));
    const schema = JSON.parse(readFileSync(join(ROOT, "schemas", "report.schema.json"), "utf8"));
    const validate = ajv.compile(schema);
    const report = JSON.parse(readFileSync(join(dir(), "report.json"), "utf8"));
    validate(report);
    expect(validate.errors ?? []).toEqual([]);
    // The check can fail.
    expect(validate({ ...report, verdict: "fine" })).toBe(false);
    expect(validate({ ...report, unheardOf: 1 })).toBe(false);
  });

  test("adds up: in all, by operation, in the steady phase, and over the timeline", () => {
    const report = readReport(dir());
    const { totals, operations, timeline } = report;
    for (const counts of [totals, ...operations.flatMap((one) => [one.counts, one.steady])]) {
      expectIdentities(counts);
    }
    for (const name of [
      "planned",
      "sent",
      "answered",
      "failed",
      "unfinished",
      "dropped",
    ] as const) {
      expect(sum(operations.map(({ counts }) => counts[name]))).toBe(totals[name]);
    }
    expect(sum(timeline.map(({ planned }) => planned))).toBe(totals.planned);
    expect(sum(timeline.map(({ started }) => started))).toBe(totals.sent);
    expect(totals.planned + totals.notReached + totals.notDue).toBe(totals.forecast);
  });

  test("every response time is at least its service time", () => {
    for (const { responseTime, serviceTime } of readReport(dir()).operations) {
      expect(responseTime.count).toBe(serviceTime.count);
      expect(Number(responseTime.minUs)).toBeGreaterThanOrEqual(Number(serviceTime.minUs));
      expect(Number(responseTime.maxUs)).toBeGreaterThanOrEqual(Number(serviceTime.maxUs));
    }
  });
});

function expectIdentities(counts: Counts): void {
  expect(counts.planned).toBe(counts.dropped + counts.sent);
  expect(counts.sent).toBe(counts.answered + counts.failed + counts.unfinished);
  expect(counts.dropped).toBe(sum(Object.values(counts.drops)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
