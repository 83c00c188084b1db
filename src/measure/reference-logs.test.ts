import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { Float64Histogram, HistogramLogReader } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { decodeHistogram, encodeDecoded } from "./codec.ts";
import { formatLogEntry, type LogEntry, parseLogLine } from "./interval-log.ts";

/** HdrHistogram's own logs, with which its implementations test one another. */
const LOGS = ["jHiccup-2.0.7S.logV2.hlog", "tagged-Log.logV2.hlog"];

function textOf(name: string): string {
  return readFileSync(new URL(`../../test/fixtures/hdr/${name}`, import.meta.url), "utf8");
}

/** Every line that is no comment. @throws Error for one that can't be read */
function entriesOf(name: string): { line: string; entry: LogEntry }[] {
  return textOf(name)
    .split("\n")
    .flatMap((line) => {
      const entry = parseLogLine(line);
      if (entry === undefined) throw new Error(line);
      return entry === null ? [] : [{ line, entry }];
    });
}

/** The histogram without its compression, which every zlib does in its own way. */
function plain(base64: string): Buffer {
  return inflateSync(Buffer.from(base64, "base64").subarray(8));
}

test.each(LOGS)("%s is read and written again without loss", (name) => {
  const entries = entriesOf(name);
  expect(entries.length).toBeGreaterThan(40);
  for (const { line, entry } of entries) {
    const again = encodeDecoded(decodeHistogram(entry.histogram));
    expect(plain(again).equals(plain(entry.histogram))).toBe(true);
    // A log's lines have a tag or none; ours always have one.
    const tagged = entry.tag === "" ? { ...entry, tag: "none" } : entry;
    expect(formatLogEntry(tagged).trimEnd().replace("Tag=none,", "")).toBe(line);
  }
});

test("what it holds is what its project's own tests expect", () => {
  // jHiccup's layout: nanoseconds, told apart from 20 µs on.
  const layout = new Float64Histogram(20_000, 3_600_000_000_000, 2);
  const all = new Float64Histogram(1, 3_600_000_000_000, 3);
  let samples = 0;
  const entries = entriesOf("jHiccup-2.0.7S.logV2.hlog");
  for (const { entry } of entries) {
    const { digits, lowest, highest, buckets } = decodeHistogram(entry.histogram);
    expect([digits, lowest, highest]).toEqual([2, 20_000, layout.highestTrackableValue]);
    for (const { index, count } of buckets) {
      samples += count;
      all.recordValueWithCount(layout.valueFromIndex(index), count);
    }
  }
  expect([entries.length, samples]).toEqual([62, 48761]);
  expect(all.getValueAtPercentile(99.9)).toBe(1745879039);
  expect(all.getValueAtPercentile(100)).toBe(1796210687);
});

test.each(LOGS)("hdr-histogram-js counts the same in %s", (name) => {
  const theirs = new HistogramLogReader(textOf(name), 64);
  for (const { entry } of entriesOf(name)) {
    const next = theirs.nextIntervalHistogram();
    if (!next || !("getCountAtIndex" in next)) throw new Error("their log is shorter");
    const { buckets } = decodeHistogram(entry.histogram);
    expect(next.tag === "NO TAG" ? "" : next.tag).toBe(entry.tag);
    expect(next.totalCount).toBe(buckets.reduce((sum, { count }) => sum + count, 0));
  }
  expect(theirs.nextIntervalHistogram()).toBeNull();
});
