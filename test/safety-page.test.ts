import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./support/cli.ts";

/** docs/safety.md names what keeps each promise and which test holds it: here they are looked for. */

const page = readFileSync(join(ROOT, "docs", "safety.md"), "utf8");
const files = ["src", "test"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
);
const tests = files.filter((path) => path.endsWith(".test.ts"));
const tested = tests
  .filter((path) => basename(path) !== basename(import.meta.filename))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string): string[][] {
  const [, after = ""] = page.split(`\n## ${heading}\n`);
  const [section = ""] = after.split(/\n##+ /);
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.slice(2, -2).split(/ ?\| ?/));
}

/** Paths in backticks: from the root, or the name of a file that lies where the one before it does, or anywhere. */
function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([\w./-]+)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => path.endsWith(".ts") || path.includes("/"));
}

function isThere(path: string): boolean {
  return path.includes("/")
    ? existsSync(join(ROOT, path))
    : files.some((one) => basename(one) === path);
}

const promises = rowsBelow("Promises, their limits, and what holds them");

describe("each promise of docs/safety.md", () => {
  test("is read", () => {
    expect(promises.length).toBeGreaterThan(15);
  });

  test.each(promises.map((cells) => [cells[0]?.slice(0, 60), cells] as const))(
    "is kept by files that are there, and held by tests that are: %s",
    (_, cells) => {
      const held = pathsIn(cells.at(-1) ?? "");
      expect(held).not.toEqual([]);
      for (const path of held) {
        expect(path).toMatch(/\.test\.ts$|^test\//);
        expect(isThere(path), path).toBe(true);
      }
      for (const path of pathsIn(cells.slice(0, -1).join(" "))) {
        expect(isThere(path), path).toBe(true);
      }
    },
  );
});

const codes = ["The kill switch's stops", "What the ledger forbids"].flatMap((heading) =>
  rowsBelow(heading).map(([code = ""]) => code.replaceAll("`", "")),
);

test("each code of its tables is given by the program and asked for by a test", () => {
  expect(codes.length).toBeGreaterThan(15);
  const sources = files
    .filter((path) => path.startsWith(join(ROOT, "src")) && !/\.(?:test|support)\.ts$/.test(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  for (const code of codes) {
    expect(sources.includes(`"${code}"`), `${code} is in no source`).toBe(true);
    expect(tested.includes(code), `${code} is in no test`).toBe(true);
  }
});
