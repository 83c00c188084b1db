import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/cli.ts";
import { BEFORE, FILES, NEEDS, NOT_RUN, SHORTER, SLIPS, STANDS_FOR } from "./exceptions.ts";
import { commandsOf, otherTexts, PAGES } from "./pages.ts";
import { walked } from "./walk.ts";

/**
 * Each command that a page shows is run as a reader would: one page, one folder, its lines in their order. Its exit code
 * and the output that is shown of it are the real ones. Walks wait most of the time, so all pages are walked at once.
 */
const shown = PAGES.filter((page) => commandsOf(page).length > 0);

describe.concurrent("what a page shows is what happens", { timeout: 330_000 }, () => {
  for (const page of shown) {
    const needed = NEEDS[page];
    const lacks = needed !== undefined && spawnSync(needed, ["--version"]).status !== 0;
    test.skipIf(lacks)(
      lacks ? `${page}: not walked, as ${needed} is not installed` : page,
      async () => {
        const walk = await walked(page);
        expect(walk.made).toEqual(walk.shown);
      },
    );
  }
});

describe("the exceptions", () => {
  const commands = PAGES.flatMap(commandsOf);
  const lines = commands.map(({ line }) => line);

  test("are of lines, pages and profiles that there are", () => {
    expect(
      Object.keys({ ...NOT_RUN, ...STANDS_FOR }).filter((line) => !lines.includes(line)),
    ).toEqual([]);
    const named = Object.keys({ ...FILES, ...BEFORE, ...NEEDS, ...SLIPS });
    expect(named.filter((page) => !shown.includes(page))).toEqual([]);
    const run = lines.join("\n");
    expect(Object.keys(SHORTER).filter((name) => !run.includes(`klarna-perf ${name}`))).toEqual([]);
  });

  test("are few: most commands are run", () => {
    const left = commands.filter(({ line }) => line in NOT_RUN && !(line in STANDS_FOR));
    expect(commands.length).toBeGreaterThan(40);
    expect(left.length).toBeLessThan(commands.length / 4);
  });

  test("`npm start` runs what stands for it", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const run = STANDS_FOR["npm ci && npm start"]?.replace("klarna-perf", "node dist/bin.js");
    expect(scripts.start).toBe(`npm run --silent build && ${run}`);
  });

  test("each npm script that a page names is there", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const named = lines.flatMap((line) => /^npm run ([\w:]+)/.exec(line)?.[1] ?? []);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("every other `text` block is a diagram or a table", () => {
    expect(PAGES.flatMap((page) => otherTexts(page).map(() => page))).toEqual([
      "docs/architecture.md",
      "docs/architecture.md",
      "docs/profiles.md",
    ]);
  });
});
