import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAULT_KINDS } from "../../src/emulator/faults/kinds.ts";
import { parseFault } from "../../src/emulator/faults/rule.ts";
import { ROOT } from "../support/cli.ts";

const page = readFileSync(join(ROOT, "docs", "emulator.md"), "utf8");

test("docs/emulator.md has each fault in its own words, in order, with its settings", () => {
  const rows = [...page.matchAll(/^\| `([a-z][a-z-]+)` \| (.*?) \| (.*?) ?\|$/gm)];
  expect(rows.map(([, name, about]) => [name, about])).toEqual(
    [...FAULT_KINDS.values()].map(({ name, about }) => [name, about]),
  );
  for (const [, name = "", , settings] of rows) {
    for (const setting of Object.keys(FAULT_KINDS.get(name)?.settings ?? {})) {
      expect(settings, name).toContain(`\`${setting}`);
    }
  }
});

test("every fault that docs/emulator.md shows can be set", () => {
  const shown = [...page.matchAll(/[a-z-]+:operation=[\w.*-]+(?:,[a-z]+=[\w.]+)*/g)];
  expect(shown.length).toBeGreaterThan(1);
  for (const [fault] of shown) expect(() => parseFault(fault)).not.toThrow();
});
