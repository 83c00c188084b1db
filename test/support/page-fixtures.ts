import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { renderHtml } from "../../src/report/html/page.ts";
import type { Report } from "../../src/report/schema.ts";
import { BROWSER_TIMEOUT_MS, hasBrowser, launchBrowser, NO_BROWSER } from "./browser.ts";
import { pageAssets } from "./page-assets.ts";

type ContextOptions = NonNullable<Parameters<Browser["newContext"]>[0]>;

/** What a page did since it was opened. */
export interface Watched {
  readonly page: Page;
  readonly problems: readonly string[];
  readonly requests: readonly string[];
  readonly dialogs: readonly string[];
}

/** Pages as files in a folder of their own. */
export class PageFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), "klarna-perf-page-"));

  /** A report's page, with the script as its sources are now. */
  addReports(reports: Readonly<Record<string, Report>>): void {
    const assets = pageAssets();
    for (const [name, report] of Object.entries(reports))
      this.add(name, renderHtml(report, assets));
  }

  add(name: string, page: string): void {
    writeFileSync(join(this.#folder, `${name}.html`), page);
  }

  address(name: string): string {
    return pathToFileURL(join(this.#folder, `${name}.html`)).href;
  }

  /** In a context of its own; `done` closes it. */
  async open(browser: Browser, name: string, options: ContextOptions = {}): Promise<Watched> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    const seen = {
      page,
      problems: [] as string[],
      requests: [] as string[],
      dialogs: [] as string[],
    };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        seen.problems.push(message.text());
    });
    page.on("pageerror", (error) => seen.problems.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      if (url !== this.address(name) && !url.startsWith("data:")) seen.requests.push(url);
    });
    page.on("dialog", async (dialog) => {
      seen.dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    await page.goto(this.address(name));
    return seen;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Opens a page by its name, in a context of its own. */
export type OpenPage = (name: string, options?: ContextOptions) => Promise<Watched>;

/**
 * Tests of pages in one real browser; skipped, and said so, where there is none.
 * @param fill puts the pages where they can be opened
 */
export function describeInChromium(
  title: string,
  fill: (pages: PageFolder) => void,
  tests: (open: OpenPage) => void,
): void {
  describe.skipIf(!hasBrowser)(
    `${title} in Chromium${NO_BROWSER}`,
    { timeout: BROWSER_TIMEOUT_MS },
    () => {
      let browser: Browser;
      let pages: PageFolder;

      beforeAll(async () => {
        pages = new PageFolder();
        fill(pages);
        browser = await launchBrowser();
      });

      afterAll(async () => {
        await browser?.close();
        pages?.remove();
      });

      tests((name, options) => pages.open(browser, name, options));
    },
  );
}

/** @returns what axe finds wrong with a page, by rule, each with the first element */
export async function axeViolations(page: Page, axeSource: string): Promise<string[]> {
  // The page's own policy keeps scripts out; the test's way in is not the page's.
  const found: { id: string; nodes: { html: string; failureSummary: string }[] }[] =
    await page.evaluate(
      `${axeSource}; axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))`,
    );
  return found.map(
    ({ id, nodes }) =>
      `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`,
  );
}
