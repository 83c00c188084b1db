import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { renderCapacityPage } from "../src/report/capacity/page.ts";
import { capacitySchema } from "../src/report/capacity/schema.ts";
import { capacityReport } from "./support/capacity-report.ts";
import { axeViolations, describeInChromium } from "./support/page-fixtures.ts";
import { shows, tablesOf } from "./support/page-tables.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const report = capacitySchema.parse(capacityReport());

describeInChromium(
  "capacity.html",
  (pages) => pages.add("capacity", renderCapacityPage(report)),
  (open) => {
    test.each([
      [360, "light"],
      [1440, "light"],
      [1440, "dark"],
    ] as const)(
      "at %i px, %s: quiet, alone, as wide as the window, open to every reader",
      async (width, colorScheme) => {
        const { page, problems, requests, dialogs } = await open("capacity", {
          viewport: { width, height: 800 },
          colorScheme,
          bypassCSP: true,
        });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          width,
        );
        // It has no list of sections, and leaves no room for one.
        const main = await page.locator("main").boundingBox();
        expect(main?.width).toBeGreaterThan(0.85 * width);
        expect(await axeViolations(page, axe)).toEqual([]);
        expect({ problems, requests, dialogs }).toEqual({
          problems: [],
          requests: [],
          dialogs: [],
        });
        await page.context().close();
      },
    );

    test("its tables hold the limits and the arithmetic of capacity.json", async () => {
      const { page } = await open("capacity");
      const [limits, bounds] = await tablesOf(page);
      const found = report.cases.flatMap((one) => one.found.map((each) => ({ one, each })));
      expect(limits?.rows).toHaveLength(found.length);
      found.forEach(({ one, each }, i) => {
        const [name, bound, share, limit, range] = (limits?.rows[i] ?? []).map(({ text }) => text);
        expect(name).toBe(one.name);
        expect(shows(bound ?? "", one.bound.journeysPerSecond)).toBe(true);
        expect(shows(share ?? "", each.throttledShare)).toBe(true);
        if (each.limit === null) return;
        expect(shows(limit ?? "", each.limit.mean)).toBe(true);
        const [low, high] = (range ?? "").split(" to ");
        expect(shows(low ?? "", each.limit.low) && shows(high ?? "", each.limit.high)).toBe(true);
      });
      const categories = report.cases
        .filter(({ latencyFactor }) => latencyFactor === 1)
        .flatMap(({ bound }) => bound.categories);
      expect(bounds?.rows.map((row) => row[0]?.text)).toEqual(
        categories.map(({ category }) => category),
      );
      categories.forEach((one, i) => {
        expect(shows(bounds?.rows[i]?.[3]?.text ?? "", one.quotaPerSecond)).toBe(true);
      });
      await page.context().close();
    });
  },
);
