import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OUTCOME_WORDS } from "../src/report/figures.ts";
import { renderHtml } from "../src/report/html/page.ts";
import type { Report } from "../src/report/schema.ts";
import { hostileReport, passedReport, stressedReport } from "./support/report-fixture.ts";

/** The page in a real browser. Debian's Chromium, since the tests download none. */
const CHROMIUM = "/usr/bin/chromium";
const present = existsSync(CHROMIUM);
const SKIPPED = present ? "" : ` (SKIPPED: no ${CHROMIUM}; install the package chromium)`;

const uPlot = createRequire(import.meta.url).resolve("uplot");
const asset = (name: string): string => readFileSync(join(uPlot, "..", name), "utf8");

const reports = { passed: passedReport(), stressed: stressedReport(), hostile: hostileReport() };
type Name = keyof typeof reports;

interface Seen {
  readonly page: Page;
  readonly problems: string[];
  readonly requests: string[];
  readonly dialogs: string[];
}

describe.skipIf(!present)(`report.html in Chromium${SKIPPED}`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "klarna-perf-page-"));
    const assets = { uPlotJs: asset("uPlot.iife.min.js"), uPlotCss: asset("uPlot.min.css") };
    for (const [name, report] of Object.entries(reports)) {
      writeFileSync(join(folder, `${name}.html`), renderHtml(report, assets));
    }
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  const address = (name: Name): string => pathToFileURL(join(folder, `${name}.html`)).href;

  async function open(
    name: Name,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Seen> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const seen: Seen = { page, problems: [], requests: [], dialogs: [] };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        seen.problems.push(message.text());
    });
    page.on("pageerror", (error) => seen.problems.push(error.message));
    page.on("request", (request) => seen.requests.push(request.url()));
    page.on("dialog", async (dialog) => {
      seen.dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    await page.goto(address(name));
    return seen;
  }

  const views = (["passed", "stressed", "hostile"] as const).flatMap((name) =>
    [360, 1440].flatMap((width) =>
      (["light", "dark"] as const).map((scheme) => [name, width, scheme] as const),
    ),
  );

  test.each(views)(
    "%s at %i px, %s: quiet, alone, and no wider than the window",
    async (name, width, colorScheme) => {
      const { page, problems, requests, dialogs } = await open(name, {
        viewport: { width, height: 800 },
        colorScheme,
      });
      expect(await page.locator(".plot canvas").count()).toBe(2);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
        width,
      );
      expect(problems).toEqual([]);
      expect(dialogs).toEqual([]);
      expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([address(name)]);
      await page.context().close();
    },
  );

  test.each(["passed", "stressed"] as const)(
    "%s: every threshold shows its outcome, text and reason",
    async (name) => {
      const { page } = await open(name);
      const rows = page.locator("table:has(caption:text('Thresholds')) tbody tr");
      const report: Report = reports[name];
      expect(await rows.count()).toBe(report.thresholds.length);
      for (const [i, threshold] of report.thresholds.entries()) {
        const row = rows.nth(i);
        expect(await row.isVisible()).toBe(true);
        const text = await row.textContent();
        expect(text).toContain(OUTCOME_WORDS[threshold.outcome]);
        expect(text).toContain(threshold.text);
        expect(text).toContain(threshold.reason);
      }
      await page.context().close();
    },
  );

  test("the timeline's figures stand in a table, which opens by keyboard", async () => {
    const { page } = await open("stressed");
    const details = page.locator("#chart-throughput details");
    expect(await details.getAttribute("open")).toBeNull();
    await details.locator("summary").focus();
    await page.keyboard.press("Enter");
    const row = reports.stressed.timeline[52];
    const cells = await details.locator("tbody tr").nth(52).locator("td").allInnerTexts();
    expect(cells.slice(1).map(Number)).toEqual([
      row?.planned,
      row?.started,
      row?.answered,
      row?.unexpected,
      row?.failed,
      row?.dropped,
    ]);
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
});
