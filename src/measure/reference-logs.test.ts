import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { Float64Histogram, HistogramLogReader } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram, encodeDecoded } from "./codec.ts";
import { readBytes } from "./hdr-bytes.support.ts";
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

/** Logs of our layout, written by other implementations: test/fixtures/hdr/README.md says how. */
const FOREIGN = ["java-2.2.2.hlog", "go-1.1.2.hlog"];

/** The samples that their writers made up: each value, and how often. */
function samplesOf(second: number): [value: number, count: number][] {
  return Array.from({ length: 200 }, (_, i) => {
    const most = second < 4 ? 5_000 : second < 8 ? 4_000_000 : 3_600_000_000;
    const first = second === 0 ? 0 : second === 11 ? 2 ** 37 - 1 : 2046 + second;
    const value = i === 0 ? first : (i * i * 7919 + second * 104_729) % most;
    return [value, 1 + (i % 3) * (i % 7 === 0 ? 70_000_000 : 1)];
  });
}

test.each(FOREIGN)("%s holds what its writer recorded, and writes it as we do", (name) => {
  const entries = entriesOf(name);
  expect(entries).toHaveLength(12);
  for (const [second, { entry }] of entries.entries()) {
    const expected = new Map<bigint, bigint>();
    for (const [value, count] of samplesOf(second)) {
      const width = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 10);
      const least = BigInt(Math.floor(value / width) * width);
      expected.set(least, (expected.get(least) ?? 0n) + BigInt(count));
    }
    const theirs = readBytes(entry.histogram);
    expect(theirs.counts).toEqual(expected);
    const again = encodeDecoded(decodeHistogram(entry.histogram));
    // Go's has a normalizing index offset of 1 in its header, and counts as if it were 0.
    const from = name.startsWith("go") ? 12 : 0;
    expect(plain(again).subarray(from).equals(plain(entry.histogram).subarray(from))).toBe(true);
  }
});

test.each(FOREIGN)("the figures that Java, Go and Python read in %s are ours", (name) => {
  const all = new Map<string, CensoredHistogram>();
  for (const { entry } of entriesOf(name)) {
    const times = all.get(entry.tag) ?? new CensoredHistogram();
    times.add(decodeHistogram(entry.histogram), false);
    all.set(entry.tag, times);
  }
  const figures = [...all].map(([tag, times]) => {
    return [tag, times.count, ...[50, 99, 100].map((p) => times.percentile(p).valueUs)];
  });
  expect(figures).toEqual([
    ["a:response", 15_680_002_968, 1_331_199, 263_454_719, 314_834_943],
    ["a:response:censored", 7_840_001_484, 3_327_999, 305_135_615, 137_438_953_471],
  ]);
});
