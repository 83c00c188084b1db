import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLASSIC_PROBLEMS, PROBLEMS } from "../../src/emulator/answers.ts";
import { FAULT_KINDS } from "../../src/emulator/faults/kinds.ts";
import { parseFault } from "../../src/emulator/faults/rule.ts";
import { ERROR_CODES } from "../../src/klarna/error-codes.ts";
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

test("docs/emulator.md names every documented error that the emulator never answers, and no other", () => {
  const [, row = ""] =
    /^\| \*\*errors that nothing here leads to\*\* \| (.*?)(?:, and Order Management's)/m.exec(
      page,
    ) ?? [];
  const named = [...row.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code);
  const answered = [...Object.keys(PROBLEMS), ...Object.keys(CLASSIC_PROBLEMS)];
  const never = [...ERROR_CODES].filter((code) => !answered.includes(String(code)));
  expect(named.sort()).toEqual(never.sort());
});
