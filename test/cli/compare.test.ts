import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { normal, seededRandom } from "../../src/base/random.ts";
import { runOf, timesOf } from "../../src/report/compare.support.ts";
import type { Report } from "../../src/report/schema.ts";
import {
  CAME_TO_ITS_END,
  cli,
  loadProfile,
  readReport,
  SHORT_SMOKE,
  undisturbed,
  type Workspace,
  workspace,
} from "../support/cli.ts";
import { passedReport } from "../support/passed-report.ts";

function place(): Workspace {
  const at = workspace();
  onTestFinished(at.remove);
  return at;
}

/** A report of one operation with 200 samples, slower by a factor; runs differ by 8 %. */
function reportOf(day: number, slower = 1): Report {
  const random = seededRandom(day);
  const times = timesOf(random, 40_000 * slower * Math.exp(0.08 * normal(random)));
  const { id, startedAt, operations } = runOf(day, { "payment-request.create": times });
  const report = passedReport();
  const [create] = report.operations;
  const responseTime = operations[0]?.responseTime;
  if (!create || !responseTime) throw new Error("no operation");
  return {
    ...report,
    run: { ...report.run, id, startedAt },
    operations: [{ ...create, responseTime }],
  };
}

function write(at: Workspace, name: string, report: unknown): string {
  writeFileSync(
    at.path(name),
    typeof report === "string" ? report : `${JSON.stringify(report, null, 2)}\n`,
  );
  return name;
}

function baseline(at: Workspace, runs = 5): string[] {
  return Array.from({ length: runs }, (_, i) => write(at, `b${i}.json`, reportOf(i + 1)));
}

describe("compare", () => {
  test("two runs: a difference, exit 0", async () => {
    const at = place();
    const { code, stdout, stderr } = await cli(at, [
      "compare",
      write(at, "a.json", reportOf(1)),
      write(at, "b.json", reportOf(9, 2)),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^compared with baseline-2026-08-01: difference: no regression can be told/,
    );
    expect(stdout).toMatch(/p95 +[\d.]+ ms +[\d.]+ ms +\+[\d.]+ ms \(\+[\d.]+ %\) +\+/);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("five runs and a slow one: regressed, exit 3; and the same as JSON", async () => {
    const at = place();
    const args = ["compare", ...baseline(at), write(at, "slow.json", reportOf(9, 2))];
    const { code, stdout } = await cli(at, args);
    expect(code).toBe(3);
    expect(stdout).toMatch(/: regressed: payment-request\.create\s+responseTime\.p50: /);
    const json = await cli(at, [...args, "--json"]);
    expect(json.code).toBe(3);
    const { outcome, judged, operations } = JSON.parse(json.stdout);
    expect([outcome, judged.length, operations.length]).toEqual(["regressed", 2, 1]);
  });

  test("a second run of the candidate decides with --confirm", async () => {
    const at = place();
    const slow = write(at, "slow.json", reportOf(9, 2));
    const fine = write(at, "fine.json", reportOf(10));
    const args = ["compare", ...baseline(at), slow, "--confirm"];
    const dismissed = await cli(at, [...args, fine]);
    expect([dismissed.code, dismissed.stdout.includes("not regressed")]).toEqual([0, true]);
    const again = await cli(at, [...args, write(at, "again.json", reportOf(11, 2))]);
    expect([again.code, again.stdout.includes("as in the run before")]).toEqual([3, true]);
  });

  test("what is not alike is refused with what differs, and compared when told to", async () => {
    const at = place();
    const { host, ...run } = reportOf(1).run;
    const other = { ...reportOf(1), run: { ...run, host: { ...host, cpus: 2 } } };
    const args = ["compare", write(at, "a.json", other), write(at, "b.json", reportOf(2))];
    const { code, stderr } = await cli(at, args);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^klarna-perf: COMPARE_UNLIKE: .*host: linux x64, 2 x .*, here linux x64, 8 x /,
    );
    const told = await cli(at, [...args, "--unlike"]);
    expect([told.code, told.stdout.includes("is not like this run: host")]).toEqual([0, true]);
  });

  test("a run that measured nothing is not judged: exit 2, and a difference when told to", async () => {
    const at = place();
    const invalid: Report = { ...reportOf(9, 2), verdict: "invalid" };
    const args = ["compare", ...baseline(at), write(at, "invalid.json", invalid)];
    const { code, stdout, stderr } = await cli(at, args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^klarna-perf: COMPARE_NOTHING: this run was invalid: /);
    const told = await cli(at, [...args, "--unlike"]);
    expect([told.code, told.stdout.includes(": difference: ")]).toEqual([0, true]);
  });

  test("one run is refused, and so is an operation that is none of its", async () => {
    const at = place();
    const [a = "", b = ""] = baseline(at, 2);
    expect((await cli(at, ["compare", a])).stderr).toContain("USAGE_COMPARE");
    const { code, stderr } = await cli(at, ["compare", a, b, "--judge", "payment-request.raed"]);
    expect([code, stderr.includes("COMPARE_JUDGE: `payment-request.raed`")]).toEqual([2, true]);
  });
});

describe("a report that is not whole", () => {
  const text = JSON.stringify(reportOf(1), null, 2);
  test.each<[string, unknown, string]>([
    ["cut short", text.slice(0, 3000), "REPORT_UNREADABLE: bad.json: "],
    ["no JSON", "<html>", "REPORT_UNREADABLE: bad.json: "],
    ["another program's", { name: "k6" }, "REPORT_FOREIGN: bad.json: "],
    ["a list", [1], "REPORT_FOREIGN: bad.json: "],
    ["newer, of another shape", { schemaVersion: 9, runs: [] }, "REPORT_NEWER: bad.json: "],
    [
      "with a broken histogram",
      text.replace(/"histogram": "HISTFAAA[^"]*"/g, '"histogram": "HISTFAAA"'),
      "REPORT_UNREADABLE: bad.json: nothing in it can be compared: payment-request.create: ",
    ],
  ])("%s: refused by name, exit 2", async (_what, content, says) => {
    const at = place();
    const args = ["compare", write(at, "bad.json", content), write(at, "b.json", reportOf(2))];
    const { code, stdout, stderr } = await cli(at, args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(says);
  });

  test("newer, but readable as far as it goes: compared, and said", async () => {
    const at = place();
    const newer = { ...reportOf(1), schemaVersion: 2, colour: "blue" };
    const args = ["compare", write(at, "new.json", newer), write(at, "b.json", reportOf(2))];
    const { code, stdout } = await cli(at, args);
    expect(code).toBe(0);
    expect(stdout).toContain("not read: new.json: it is of version 2");
  });

  test("an operation whose counts were changed by hand is left out, and named", async () => {
    const at = place();
    const report = reportOf(1);
    const [create] = report.operations;
    if (!create) throw new Error("no operation");
    const edited = {
      ...create,
      name: "edited",
      responseTime: { ...create.responseTime, count: 999 },
    };
    const operations = [create, edited];
    const args = [
      "compare",
      write(at, "edited.json", { ...report, operations }),
      write(at, "b.json", reportOf(2)),
    ];
    const { code, stdout } = await cli(at, args);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "edited.json: edited: it says 999 samples, 0 of them censored, and its histograms hold 200 and 0",
    );
  });
});

/** A short run's words, and five faked baselines of its kind that no run of it comes near. */
async function muchFaster(at: Workspace): Promise<{ run: string[]; baselines: string[] }> {
  writeFileSync(at.path("load.yaml"), loadProfile({ rate: "20/s", lasts: "3s" }));
  const run = ["run", "load.yaml", "--json", "--quiet"];
  expect(CAME_TO_ITS_END).toContain((await cli(at, [...run, "--out", "usual"])).code);
  const usual = { ...readReport(at.path("usual")), verdict: "passed" };
  const faster = Array.from({ length: 5 }, (_, i) => {
    const random = seededRandom(i);
    const times = timesOf(random, 20 * Math.exp(0.01 * normal(random)));
    const operations = usual.operations.map((one) => {
      const [made] = runOf(i + 1, { [one.name]: times }).operations;
      return made ? { ...one, responseTime: made.responseTime } : one;
    });
    const { id, startedAt } = runOf(i + 1, {});
    return write(at, `f${i}.json`, {
      ...usual,
      run: { ...usual.run, id, startedAt },
      operations,
    });
  });
  return { run, baselines: faster.flatMap((file) => ["--baseline", file]) };
}

describe("run --baseline", () => {
  test("a baseline that can't be used costs no run", async () => {
    const at = place();
    const other = write(at, "other.json", reportOf(1));
    const { code, stderr } = await cli(at, ["run", "smoke", "--baseline", other]);
    expect([code, stderr.includes("COMPARE_UNLIKE")]).toEqual([2, true]);
    expect(existsSync(at.path("reports"))).toBe(false);
    const alone = await cli(at, ["run", "smoke", "--confirm"]);
    expect([alone.code, alone.stderr.includes("USAGE_BASELINE")]).toEqual([2, true]);
  });

  test.each(["run", "plan"])("%s: Klarna is not sent a second run unasked", async (command) => {
    const at = place();
    const to = [command, "smoke", "--env", "klarna-test", "--baseline", "last", "--confirm"];
    const { code, stderr } = await cli(at, to);
    expect([code, stderr.split(":")[1]]).toEqual([2, " COMPARE_CONFIRM"]);
    expect(stderr).toContain("compare last <first> --confirm <second>");
    const alone = await cli(at, to.slice(0, -1));
    expect(alone.stderr).not.toContain("COMPARE_CONFIRM");
  });

  test("the JSON is there when the second run can't begin, and says how the command ended", async () => {
    const at = place();
    const { run, baselines } = await muchFaster(at);
    let times = 0;
    let out = "";
    const { code, stdout, stderr } = await undisturbed(() => {
      out = `slow${++times}`;
      mkdirSync(at.path(`${out}-confirm`));
      writeFileSync(at.path(`${out}-confirm`, "mine"), "");
      return cli(at, [...run, ...baselines, "--confirm", "--out", out]);
    });
    expect([code, stderr.includes("OUT_NOT_EMPTY")], stderr).toEqual([2, true]);
    expect(JSON.parse(stdout)).toMatchObject({
      run: { id: readReport(at.path(out)).run.id },
      comparison: { outcome: "unconfirmed" },
      exitCode: 2,
    });
  }, 60_000);

  test("a second run that is beyond as well makes it a regression, exit 3, and its JSON is the one", async () => {
    const at = place();
    const { run, baselines } = await muchFaster(at);
    let times = 0;
    let out = "";
    const { code, stdout, stderr } = await undisturbed(() => {
      out = `slow${++times}`;
      return cli(at, [...run, ...baselines, "--confirm", "--out", out]);
    });
    expect([code, stderr.includes("a second run decides")], stderr).toEqual([3, true]);
    const [first, second] = [out, `${out}-confirm`].map((dir) => readReport(at.path(dir)));
    expect(first?.comparison?.outcome).toBe("unconfirmed");
    expect(second?.comparison).toMatchObject({ outcome: "regressed", confirms: first?.run.id });
    expect(second?.comparison?.reason).toContain(", as in the run before it");
    expect(JSON.parse(stdout)).toMatchObject({
      run: { id: second?.run.id },
      verdict: "failed",
      comparison: { outcome: "regressed" },
      exitCode: 3,
      dir: at.path(`${out}-confirm`),
    });
  }, 120_000);

  test("plan says what a run would be compared with", async () => {
    const at = place();
    const { code, stdout } = await cli(at, ["plan", "smoke", "--baseline", "last"]);
    expect([code, stdout.split("\n").at(-2)]).toEqual([
      0,
      "compared with 0 earlier runs: a regression takes 5",
    ]);
  });

  test("`last` takes the history's run, and the report made again has the same bytes", async () => {
    const at = place();
    const run = (out: string) =>
      cli(at, ["run", ...SHORT_SMOKE, "--quiet", "--baseline", "last", "--out", out]);
    expect((await run("one")).code).toBe(0);
    expect(readReport(at.path("one")).comparison?.outcome).toBe("not-compared");
    // Its report is lost, and its record is not.
    writeFileSync(at.path("one/report.json"), '{"schemaVersion": 1, "run"');
    expect((await run("two")).code).toBe(0);
    const { comparison } = readReport(at.path("two"));
    expect([comparison?.outcome, comparison?.baselines.length]).toEqual(["difference", 1]);
    expect(comparison?.operations.length).toBeGreaterThan(0);

    const names = ["report.json", "report.html", "junit.xml", "summary.md", "openmetrics.txt"];
    const before = names.map((name) => readFileSync(at.path("two", name), "utf8"));
    // In another place and without the baseline: the record is enough.
    mkdirSync(at.path("elsewhere"));
    renameSync(at.path("two"), at.path("elsewhere", "two"));
    renameSync(at.path("one"), at.path("gone"));
    expect((await cli(at, ["report", "elsewhere/two"])).code).toBe(0);
    for (const [i, name] of names.entries()) {
      expect(readFileSync(at.path("elsewhere", "two", name), "utf8"), name).toBe(before[i]);
    }

    const history = await cli(at, ["history", "smoke"]);
    expect(history.stdout).toContain("payment-request.create on emulator, response time");
    const { trends } = JSON.parse((await cli(at, ["history", "--json"])).stdout);
    expect(trends[0].points.length).toBe(2);
  }, 90_000);
});
