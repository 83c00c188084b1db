import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "./support/cli.ts";

test("docs/operations.md is what `npm run docs:operations` makes of the catalogue", () => {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-operations-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const made = join(folder, "operations.md");
  execFileSync(process.execPath, [join(ROOT, "scripts", "operations.mjs"), made]);
  const kept = readFileSync(join(ROOT, "docs", "operations.md"), "utf8");
  expect(kept).toBe(readFileSync(made, "utf8"));
  expect(kept).not.toContain("undefined");
});
