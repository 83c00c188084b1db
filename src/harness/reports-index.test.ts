import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostileReport, passedReport } from "../../test/support/report-fixture.ts";
import type { Report } from "../report/schema.ts";
import { hasIndex, rewriteIndex } from "./reports-index.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klarna-perf-index-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function reportOf(day: number, more: Partial<Report["run"]> = {}): Report {
  const report = passedReport();
  const date = new Date(Date.UTC(2026, 7, 1 + day, 10)).toISOString();
  return { ...report, run: { ...report.run, startedAt: date, endedAt: date, ...more } };
}

function put(name: string, report: Report | string): string {
  mkdirSync(join(folder, name));
  const file = join(folder, name, "report.json");
  writeFileSync(file, typeof report === "string" ? report : JSON.stringify(report));
  return file;
}

const page = (): string => readFileSync(join(folder, "index.html"), "utf8");

function links(): string[] {
  return [...page().matchAll(/<a href="([^"]*)"/g)]
    .map(([, to]) => to ?? "")
    .filter((to) => !to.startsWith("#"));
}

test("the runs of a folder, the newest first, each with a link to its page", () => {
  put("b", reportOf(2));
  put("a", reportOf(3));
  put("c", reportOf(1));
  expect(rewriteIndex(folder)).toBeUndefined();
  expect(links()).toEqual(["a/report.html", "b/report.html", "c/report.html"]);
  expect(page()).toContain("2026-08-04 10:00:00 UTC");
  expect(readdirSync(folder).sort()).toEqual(["a", "b", "c", "index.html"]);
});

test("a run more, and a run less: the page follows", () => {
  put("a", reportOf(1));
  rewriteIndex(folder);
  put("b", reportOf(2));
  rewriteIndex(folder);
  expect(links()).toEqual(["b/report.html", "a/report.html"]);
  rmSync(join(folder, "a"), { recursive: true });
  rewriteIndex(folder);
  expect(links()).toEqual(["b/report.html"]);
});

test("the same folder gives the same bytes", () => {
  put("a", reportOf(1));
  put("b", reportOf(1));
  rewriteIndex(folder);
  const first = page();
  rewriteIndex(folder);
  expect(page()).toBe(first);
});

test("a report that has not changed is not read again, and one that has is", () => {
  const file = put("a", reportOf(1));
  utimesSync(file, 1_000, 1_000);
  rewriteIndex(folder);
  const { size } = statSync(file);
  writeFileSync(file, JSON.stringify(reportOf(2)));
  utimesSync(file, 1_000, 1_000);
  expect(statSync(file).size).toBe(size);
  rewriteIndex(folder);
  expect(page()).toContain("2026-08-02 10:00:00 UTC");
  utimesSync(file, 1_000, 1_005);
  rewriteIndex(folder);
  expect(page()).toContain("2026-08-03 10:00:00 UTC");
});

test("only so many are listed, and the page says how many are not", () => {
  for (let day = 0; day < 304; day++) {
    const file = put(`run-${day}`, reportOf(day));
    utimesSync(file, day, day);
  }
  rewriteIndex(folder);
  expect(links()).toHaveLength(300);
  expect(links().at(-1)).toBe("run-4/report.html");
  expect(page()).toContain("4 older runs are not listed.");
  expect(Buffer.byteLength(page())).toBeLessThan(2 * 1024 * 1024);
});

test("what is no report of ours is counted and does no harm", () => {
  put("a", reportOf(1));
  put("cut-off", JSON.stringify(reportOf(2)).slice(0, 900));
  put("foreign", '{"run":{"id":7}}');
  put("deep", "[".repeat(200_000));
  put("empty", "");
  mkdirSync(join(folder, "folder", "report.json"), { recursive: true });
  put("javascript:alert(1)", reportOf(3));
  put('"><script>alert(1)<', reportOf(3));
  symlinkSync(join(folder, "a"), join(folder, "linked"));
  mkdirSync(join(folder, "linking"));
  symlinkSync(join(folder, "a", "report.json"), join(folder, "linking", "report.json"));
  expect(rewriteIndex(folder)).toBeUndefined();
  expect(links()).toEqual(["a/report.html"]);
  expect(page()).toContain("4 report.json could not be read");
});

test("hostile text in a report adds no element and no script", () => {
  put("a", hostileReport());
  put("b", reportOf(2));
  expect(rewriteIndex(folder)).toBeUndefined();
  const scripts = [...page().matchAll(/<script/g)];
  expect(scripts).toHaveLength(1);
  expect(page()).not.toMatch(/<img|onerror=alert\(2\)>/);
  expect(links()).toEqual(["a/report.html", "b/report.html"]);
  rewriteIndex(folder);
  expect(links()).toHaveLength(2);
});

test("a page that holds something else where its runs should be is made anew", () => {
  put("a", reportOf(1));
  rewriteIndex(folder);
  const planted = page().replace(/(id="runs-data">)[^<]*/, '$1[{"folder":"../../etc"},7,null]');
  writeFileSync(join(folder, "index.html"), planted);
  expect(rewriteIndex(folder)).toBeUndefined();
  expect(links()).toEqual(["a/report.html"]);
});

test("a page of somebody else's is left as it is, and so is a link", () => {
  put("a", reportOf(1));
  writeFileSync(join(folder, "index.html"), "<h1>ours</h1>");
  expect(rewriteIndex(folder)).toContain("left as it is");
  expect(page()).toBe("<h1>ours</h1>");
  expect(hasIndex(folder)).toBe(false);
  rmSync(join(folder, "index.html"));
  symlinkSync(join(folder, "elsewhere"), join(folder, "index.html"));
  expect(rewriteIndex(folder)).toMatch(/index\.html/);
  expect(readdirSync(folder)).not.toContain("elsewhere");
});

test("a folder that can't be used is a reason in words, and no error", () => {
  expect(rewriteIndex(join(folder, "gone"))).toMatch(/can't be written: ENOENT/);
  expect(hasIndex(join(folder, "gone"))).toBe(false);
});
