import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { renderIndex } from "../src/report/html/index/page.ts";
import { type IndexEntry, indexEntryOf } from "../src/report/index-entry.ts";
import { axeViolations, describeInChromium } from "./support/page-fixtures.ts";
import { tablesOf } from "./support/page-tables.ts";
import { hostileReport, passedReport, stressedReport } from "./support/report-fixture.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const random = seededRandom(9);

/** Two profiles, a run of each a day, with a slow week, missing figures and every verdict. */
const entries = [passedReport(), stressedReport()].flatMap((report, which) =>
  Array.from({ length: 24 }, (_, day): IndexEntry => {
    const entry = entryOf(report, `run-${which}-${day}`);
    const slow = day > 15 ? 1.6 : 1;
    return {
      ...entry,
      startedAt: new Date(Date.UTC(2026, 7, 1 + day, 10 + which)).toISOString(),
      profileHash: day < 8 ? "a" : "b",
      verdict:
        (["passed", "failed", "inconclusive", "invalid", "stopped"] as const)[
          day % 7 > 4 ? day % 5 : 0
        ] ?? "passed",
      errorRatio: day === 3 ? null : random.next() * 0.02,
      operations: entry.operations.map((one) => ({
        ...one,
        p50: { valueUs: Math.round(20_000 * slow * (0.8 + 0.4 * random.next())), censored: false },
        p95:
          day === 5
            ? { valueUs: null, censored: false }
            : {
                valueUs: Math.round(70_000 * slow * (0.8 + 0.4 * random.next())),
                censored: day === 20,
              },
      })),
    };
  }),
);
const pagesOf: Readonly<Record<string, string>> = {
  many: renderIndex(entries, ["4 older runs are not listed."]),
  none: renderIndex([], []),
  hostile: renderIndex([entryOf(hostileReport(), "h"), ...entries.slice(0, 3)], []),
};

function entryOf(report: unknown, folder: string): IndexEntry {
  const entry = indexEntryOf(report, { folder, changedMs: 1, bytes: 1 });
  if (!entry) throw new Error("the fixture is a report");
  return entry;
}

describeInChromium(
  "reports/index.html",
  (pages) => {
    for (const [name, page] of Object.entries(pagesOf)) pages.add(name, page);
  },
  (open) => {
    test.each([
      ["many", 360, "light"],
      ["many", 1440, "dark"],
      ["none", 1440, "light"],
      ["hostile", 360, "dark"],
    ] as const)(
      "%s at %i px, %s: quiet, alone, no wider than the window, and open to every reader",
      async (name, width, colorScheme) => {
        const { page, problems, requests, dialogs } = await open(name, {
          viewport: { width, height: 800 },
          colorScheme,
          bypassCSP: true,
        });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          width,
        );
        expect(await axeViolations(page, axe)).toEqual([]);
        expect({ problems, requests, dialogs }).toEqual({
          problems: [],
          requests: [],
          dialogs: [],
        });
        await page.context().close();
      },
    );

    test("the table has every run, the newest first, and the trends each profile's", async () => {
      const { page } = await open("many");
      const [table] = await tablesOf(page);
      expect(table?.rows).toHaveLength(entries.length);
      const began = (table?.rows ?? []).map(([first]) => first?.text ?? "");
      expect(began).toEqual([...began].sort().reverse());
      expect(await page.locator(".trend").count()).toBe(2);
      await page.context().close();
    });
  },
);
