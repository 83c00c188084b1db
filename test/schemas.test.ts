import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "./support/cli.ts";

test("the published JSON Schemas are what `npm run schemas` makes of the zod ones", () => {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-schemas-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [join(ROOT, "scripts", "schemas.mjs"), folder]);
  expect(readdirSync(folder).sort()).toEqual(readdirSync(join(ROOT, "schemas")).sort());
  for (const name of readdirSync(folder)) {
    const made = readFileSync(join(folder, name), "utf8");
    expect(readFileSync(join(ROOT, "schemas", name), "utf8"), name).toBe(made);
  }
});
