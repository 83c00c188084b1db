import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reportFromRecord } from "../src/report/from-record.ts";
import { renderHtml } from "../src/report/html/page.ts";
import { reportSchema } from "../src/report/schema.ts";
import { writeLongRecord } from "./support/long-record.ts";
import { pageAssets } from "./support/page-assets.ts";

test("the page of half an hour, made from its record, is below 400 KB, and the same each time", {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "klarna-perf-long-"));
  try {
    const record = join(folder, "record");
    await writeLongRecord(record, { durationS: 1_790, perSecond: 30 });
    const report = reportSchema.parse(reportFromRecord(record));
    // The last time-outs end ten seconds after the plan: half an hour, and each second has a row of its own.
    expect(report.timeline.length).toBeGreaterThan(1_790);
    expect(report.timeline.every(({ lengthS }) => lengthS === 1)).toBe(true);
    expect(report.totals.planned).toBe(53_700);
    expect(report.timeline.filter(({ gap }) => gap).length).toBeGreaterThan(3);
    const assets = pageAssets();
    const page = renderHtml(report, assets);
    expect(Buffer.byteLength(page) / 1024).toBeLessThan(400);
    expect(renderHtml(reportFromRecord(record), assets)).toBe(page);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
