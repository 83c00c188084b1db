import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepReports } from "./keep.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klarna-perf-keep-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string): void {
  mkdirSync(join(folder, name, "record"), { recursive: true });
  for (const file of ["report.json", "report.html", "record/manifest.json"]) {
    writeFileSync(join(folder, name, file), "{}");
  }
}
const day = (n: number, profile = "smoke"): string =>
  `${profile}-202611${String(n).padStart(2, "0")}T020000Z-1`;

it("keeps the named runs whole, and report.json of the newest others", () => {
  for (let n = 1; n <= 25; n++) run(day(n));
  keepReports(folder, [day(25)]);
  expect(readdirSync(folder).sort()).toEqual(Array.from({ length: 20 }, (_, i) => day(i + 6)));
  expect(readdirSync(join(folder, day(25))).sort()).toEqual([
    "record",
    "report.html",
    "report.json",
  ]);
  expect(readdirSync(join(folder, day(24)))).toEqual(["report.json"]);
});

it("keeps as many of a profile that runs rarely, whatever runs beside it", () => {
  for (let n = 1; n <= 3; n++) run(day(n, "soak"));
  for (let n = 4; n <= 28; n++) run(day(n));
  keepReports(folder, []);
  const kept = readdirSync(folder);
  expect(kept.filter((name) => name.startsWith("soak-"))).toHaveLength(3);
  expect(kept.filter((name) => name.startsWith("smoke-"))).toHaveLength(20);
});

it("keeps a named run however old", () => {
  for (let n = 1; n <= 25; n++) run(day(n));
  keepReports(folder, [day(1)]);
  expect(readdirSync(join(folder, day(1))).sort()).toEqual([
    "record",
    "report.html",
    "report.json",
  ]);
});

it("leaves alone what is no run's folder, and whatever a link leads to", () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "klarna-perf-elsewhere-"));
  writeFileSync(join(elsewhere, "report.json"), "{}");
  writeFileSync(join(elsewhere, "precious"), "");
  mkdirSync(join(folder, "notes"));
  writeFileSync(join(folder, "index.html"), "");
  symlinkSync(elsewhere, join(folder, "link"));
  keepReports(folder, []);
  expect(readdirSync(folder).sort()).toEqual(["index.html", "link", "notes"]);
  expect(readdirSync(elsewhere).sort()).toEqual(["precious", "report.json"]);
  rmSync(elsewhere, { recursive: true });
});

it("has nothing to do where there is no folder", () => {
  expect(() => keepReports(join(folder, "none"), [])).not.toThrow();
});
