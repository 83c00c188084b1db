import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { needed } from "./needed.ts";

/** Debian's Chromium, since the tests download none. */
const CHROMIUM = "/usr/bin/chromium";
export const hasBrowser = existsSync(CHROMIUM) || needed("chromium");
/** A browser and a look at every element of a page take their time where others work too. */
export const BROWSER_TIMEOUT_MS = 120_000;
/** For the name of a test that is skipped without it. */
export const NO_BROWSER = hasBrowser
  ? ""
  : ` (SKIPPED: no ${CHROMIUM}; install the package chromium)`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  });
}

/** What a page did when it was opened. */
export interface Opened {
  /** Everything that it asked for, itself left out. */
  readonly requests: readonly string[];
  readonly dialogs: readonly string[];
  /** Errors and warnings of its scripts and its policy. */
  readonly problems: readonly string[];
  /** Elements that the report's pages never have. */
  readonly strange: readonly string[];
  readonly title: string;
  readonly text: string;
}

export async function openPage(browser: Browser, file: string): Promise<Opened> {
  const page = await browser.newPage();
  const url = pathToFileURL(file).href;
  const requests: string[] = [];
  const dialogs: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("dialog", async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  await page.goto(url);
  const strange: string[] = await page.evaluate(
    "[...document.querySelectorAll('img, iframe, base, object, embed, form, [onerror], [onload], link:not([rel=icon]), a:not([href^=\"#\"])')].map((e) => e.outerHTML)",
  );
  const text: string = await page.evaluate("document.body.innerText");
  const title = await page.title();
  await page.close();
  const others = requests.filter((one) => one !== url && !one.startsWith("data:"));
  return { requests: others, dialogs, problems, strange, title, text };
}

/** The names of an XML document's elements, as a browser's own parser reads it. @throws what the parser complains of */
export async function xmlElements(browser: Browser, xml: string): Promise<readonly string[]> {
  const page = await browser.newPage();
  try {
    const program = `(() => {
      const document = new DOMParser().parseFromString(${JSON.stringify(xml)}, "application/xml");
      const error = document.querySelector("parsererror");
      if (error) throw new Error(error.textContent);
      return [...new Set([...document.querySelectorAll("*")].map((e) => e.tagName))].sort();
    })()`;
    return await page.evaluate(program);
  } finally {
    await page.close();
  }
}
