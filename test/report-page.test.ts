import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { longReport } from "./support/long-report.ts";
import { axeViolations, describeInChromium } from "./support/page-fixtures.ts";
import {
  comparedReport,
  hostileReport,
  passedReport,
  stressedReport,
} from "./support/report-fixture.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const reports = {
  passed: passedReport(),
  stressed: stressedReport(),
  compared: comparedReport(),
  hostile: hostileReport(),
  long: longReport(),
};

/** The page in a real browser. */
describeInChromium(
  "report.html",
  (pages) => pages.addReports(reports),
  (open) => {
    const views = [
      ...(["passed", "stressed", "hostile"] as const).flatMap((name) =>
        [360, 1440].flatMap((width) =>
          (["light", "dark"] as const).map((scheme) => [name, width, scheme] as const),
        ),
      ),
      ["compared", 360, "dark"] as const,
      ["compared", 1440, "light"] as const,
      ["long", 1440, "light"] as const,
    ];

    test.each(views)(
      "%s at %i px, %s: quiet, alone, and no wider than the window",
      async (name, width, colorScheme) => {
        const { page, problems, requests, dialogs } = await open(name, {
          viewport: { width, height: 800 },
          colorScheme,
        });
        expect(await page.locator(".plot canvas").count()).toBe(3);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          width,
        );
        expect(problems).toEqual([]);
        expect(dialogs).toEqual([]);
        expect(requests).toEqual([]);
        await page.context().close();
      },
    );

    test.each([
      ["passed", "light", 1440],
      ["stressed", "light", 1440],
      ["stressed", "dark", 1440],
      ["compared", "light", 360],
      ["compared", "dark", 1440],
      ["hostile", "dark", 360],
    ] as const)("%s, %s, %i px: axe finds no violation", async (name, colorScheme, width) => {
      const { page } = await open(name, {
        viewport: { width, height: 800 },
        colorScheme,
        bypassCSP: true,
      });
      // Everything that can be opened is looked at too.
      await page.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = true",
      );
      expect(await axeViolations(page, axe)).toEqual([]);
      await page.context().close();
    });

    test.each(["passed", "stressed", "compared", "long"] as const)(
      "%s: no table is wider than a sheet of A4, which would shrink all of it",
      async (name) => {
        // 210 mm less 12 mm on either side, at 96 to the inch.
        const width = 703;
        const { page } = await open(name, { viewport: { width, height: 900 } });
        await page.emulateMedia({ media: "print" });
        await page.evaluate("dispatchEvent(new Event('beforeprint'))");
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        expect(
          await page.evaluate(
            "[...document.querySelectorAll('table')].filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.caption.textContent)",
          ),
        ).toEqual([]);
        expect(await page.locator("nav").isVisible()).toBe(false);
        await page.context().close();
      },
    );

    test("the timeline's figures stand in a table, which opens by keyboard", async () => {
      const { page } = await open("stressed");
      const details = page.locator("#chart-throughput details");
      expect(await details.getAttribute("open")).toBeNull();
      await details.locator("summary").focus();
      await page.keyboard.press("Enter");
      expect(await details.locator("tbody tr").first().isVisible()).toBe(true);
      await page.context().close();
    });

    test("arrow keys read a chart out", async () => {
      const { page, problems } = await open("passed");
      await page.locator("#chart-throughput .plot").focus();
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowRight");
      expect(await page.locator("#chart-throughput [aria-live]").textContent()).toBe(
        "1 to 2 s: planned 1/s, started 1/s, answered 1/s, failed or unexpected 0, dropped 0",
      );
      await page.locator("#chart-latency .plot").focus();
      await page.keyboard.press("End");
      expect(await page.locator("#chart-latency [aria-live]").textContent()).toMatch(
        /^request 12 of 12, due at 9\.\d+ s, answered as expected, service time [\d.]+ ms: payment-request\.cancel [\d.]+ ms$/,
      );
      expect(problems).toEqual([]);
      await page.context().close();
    });

    test("a stretch that was enlarged is all seen again after Escape", async () => {
      const { page, problems } = await open("stressed");
      const over = page.locator("#chart-latency .u-over");
      await over.scrollIntoViewIfNeeded();
      const box = await over.boundingBox();
      if (!box) throw new Error("the chart is there");
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.4, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 });
      await page.mouse.up();
      const readAtLeft = async (): Promise<string | null> => {
        await page.mouse.move(box.x + 2, y);
        return page.locator("#chart-throughput .at").textContent();
      };
      expect(Number.parseFloat((await readAtLeft()) ?? "")).toBeGreaterThan(30);
      await page.locator("#chart-latency .plot").focus();
      await page.keyboard.press("Escape");
      expect(await readAtLeft()).toBe("0 to 1 s");
      expect(problems).toEqual([]);
      await page.context().close();
    });

    test("a name switches its line off and on", async () => {
      const { page, problems } = await open("stressed");
      const key = page.locator("#chart-latency button", { hasText: "response p99" });
      await key.click();
      expect(await key.getAttribute("aria-pressed")).toBe("false");
      await key.click();
      expect(await key.getAttribute("aria-pressed")).toBe("true");
      expect(problems).toEqual([]);
      await page.context().close();
    });

    test("without scripts the charts give way to their tables", async () => {
      const { page } = await open("stressed", { javaScriptEnabled: false });
      expect(await page.locator("#chart-latency .drawn").isVisible()).toBe(false);
      expect(await page.locator("#chart-latency tbody tr").count()).toBe(90);
      expect(await page.locator("#chart-latency tbody tr").first().isVisible()).toBe(true);
      await page.context().close();
    });

    test("the policy stops a script that was not there when the page was made", async () => {
      const { page, problems } = await open("passed");
      await page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'alert(1)' }))",
      );
      expect(problems.join()).toContain("Content Security Policy");
      await page.context().close();
    });
  },
);
