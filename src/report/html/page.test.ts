import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { longReport } from "../../../test/support/long-report.ts";
import { pageAssets } from "../../../test/support/page-assets.ts";
import {
  hostileReport,
  passedReport,
  stressedReport,
} from "../../../test/support/report-fixture.ts";
import { renderHtml } from "./page.ts";

const passed = passedReport();
const stressed = stressedReport();
const hostile = hostileReport();

const assets = { script: "var uPlot = 1;\r\n", chartStyle: ".u { color: red }" };

function texts(page: string, element: string): string[] {
  const found = page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"));
  return [...found].map(([, text]) => text ?? "");
}

function policy(page: string): string {
  const found = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page);
  return (found?.[1] ?? "").replaceAll("&#39;", "'");
}

test("the policy allows the inline texts by their hash, data images, and nothing else", () => {
  const page = renderHtml(stressed, assets);
  const hashes = (element: string): string =>
    texts(page, element)
      .map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ");
  expect(texts(page, "script")).toHaveLength(1);
  expect(texts(page, "script")[0]).toBe("var uPlot = 1;\n");
  expect(texts(page, "style")).toHaveLength(2);
  expect(policy(page)).toBe(
    `default-src 'none'; script-src ${hashes("script")}; style-src ${hashes("style")}; img-src data:; base-uri 'none'; form-action 'none'`,
  );
});

test("half an hour at 1 000/s makes a page of less than 400 KB", () => {
  expect(Buffer.byteLength(renderHtml(longReport(), pageAssets()))).toBeLessThan(400 * 1024);
});

test("nothing in the page is fetched: every address is a fragment or data", () => {
  for (const report of [passed, stressed, hostile]) {
    const page = renderHtml(report, assets);
    const addresses = [...page.matchAll(/<[^>]*\s(?:href|src|action|srcset)="([^"]*)"/g)];
    expect(addresses.length).toBeGreaterThan(10);
    for (const [, address] of addresses) expect(address).toMatch(/^(#[a-z-]+|data:,)$/);
    expect(page).not.toMatch(/<(base|iframe|object|embed|form|img)\b/i);
    expect(page).not.toMatch(/<[^>]*\sstyle=/);
  }
});

test("every link leads to a section that is there, and no id is used twice", () => {
  const page = renderHtml(stressed, assets);
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
});

test("a drill's bursts stand beside the peak and the cap of the rest of the run", () => {
  const report = structuredClone(passed);
  const [category] = report.plan.categories;
  if (!category) throw new Error("a plan has categories");
  const windows = [{ fromS: 5, toS: 8 }];
  Object.assign(category, { peakPerSecond: 3, capPerSecond: 6 });
  expect(renderHtml(report, assets)).not.toContain("in bursts");
  category.bursts = { peakPerSecond: 17, capPerSecond: 18, windows };
  const page = renderHtml(report, assets);
  for (const told of [
    "6/s, 18/s in bursts</li>",
    "3/s, 17/s in bursts</td>",
    "6/s, 18/s in bursts</td>",
  ])
    expect(page).toContain(told);
});

test("the same report gives the same bytes", () => {
  expect(renderHtml(stressed, assets)).toBe(renderHtml(stressedReport(), assets));
});

test("hostile text leaves the page's elements as they are", () => {
  const elements = (page: string): string[] =>
    [...new Set([...page.matchAll(/<(\/?[a-z0-9!]+)/gi)].map(([, name]) => name ?? ""))].sort();
  expect(elements(renderHtml(hostile, assets))).toEqual(elements(renderHtml(stressed, assets)));
});

test("a missing figure says why, in a title and in the text", () => {
  const page = renderHtml(stressed, assets);
  expect(page).toContain(
    '<span class="nil" title="no sample in the steady phase">–</span><sup>a</sup>',
  );
  expect(page).toContain("<li><sup>a</sup> no sample in the steady phase</li>");
});

test("a stop shows its advice, warnings show, and a run without either has neither", () => {
  const withStop = renderHtml(stressed, assets);
  expect(withStop).toContain("<strong>What to do:</strong> Look at the errors below");
  expect(withStop).toContain('href="#warnings">Warnings (2)');
  const without = renderHtml(passed, assets);
  expect(without).not.toContain("What to do:");
  expect(without).not.toContain('id="warnings"');
});

test("a failed request says where in its exchange it failed, and connects how they did", () => {
  const kinds = { refused: 2, timeout: 1 };
  const guard = { ...stressed.guard, connectFailures: 3, connectFailureKinds: kinds };
  const page = renderHtml({ ...stressed, guard }, assets);
  expect(page).toContain(
    "timeout<small>while waiting for the first byte of the answer</small></td>",
  );
  expect(page).toContain("3 failed to open (2 refused, 1 timeout)");
});

test("a report without rows, operations or thresholds still makes a page", () => {
  const empty = {
    ...passed,
    timeline: [],
    operations: [],
    journeys: [],
    thresholds: [],
    slowest: [],
    rateLimits: [],
  };
  expect(renderHtml(empty, assets)).toContain("The profile sets none");
});

test("where an application made the requests, nothing is said of a plan", () => {
  const gate = {
    seenBy: "gate" as const,
    profile: null,
    holdUs: 2_000_000,
    refused: [],
    liveKeys: [],
    unkeyedRepeats: 0,
    added: passed.waits.runnerLag,
  };
  const page = renderHtml({ ...passed, gate }, assets);
  expect(page).toContain("what an application asks for, 9 s at most");
  expect(page).toContain("<small>what came and might be passed on</small>");
  for (const planned of ["as forecast", "3 journeys, 12 requests"]) {
    expect(renderHtml(passed, assets)).toContain(planned);
    expect(page).not.toContain(planned);
  }
});

test.each(["x</SCRIPT>", "<!-- x", "a\0b"])(
  "an asset that would end its element is refused: %j",
  (script) => {
    expect(() => renderHtml(passed, { ...assets, script })).toThrow(
      expect.objectContaining({ code: "FAULT_PAGE_ASSET" }),
    );
  },
);
