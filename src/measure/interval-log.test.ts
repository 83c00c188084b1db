import { HistogramLogReader, listTags } from "hdr-histogram-js";
import { expect, test } from "vitest";
import { CensoredHistogram } from "./censored.ts";
import { decodeHistogram } from "./codec.ts";
import { formatLogEntry, logHeader, parseLogLine } from "./interval-log.ts";
import { formatTag, parseTag, SERIES } from "./tags.ts";

const startedWallMs = Date.UTC(2026, 8, 1, 12, 0, 0, 250);
const sample = new CensoredHistogram();
for (const us of [412, 1_234, 80_001, 2_500_007]) sample.record(us);
const entry = {
  tag: "payment-request.create:response",
  startUs: 12_000_000,
  lengthUs: 1_000_000,
  maxUs: 2_500_007,
  histogram: sample.encodeKnown(),
};

test("the log is the standard's, to the letter", () => {
  expect(logHeader(startedWallMs).split("\n")).toEqual([
    "#[Histogram log format version 1.3]",
    "#[Values are microseconds, Interval_Max is milliseconds]",
    "#[StartTime: 1788264000.250 (seconds since epoch), 2026-09-01T12:00:00.250Z]",
    "#[BaseTime: 1788264000.250 (seconds since epoch)]",
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ]);
  expect(formatLogEntry(entry)).toBe(
    `Tag=payment-request.create:response,12.000,1.000,2500.007,${entry.histogram}\n`,
  );
});

test("hdr-histogram-js's own reader reads it", () => {
  const log = logHeader(startedWallMs) + formatLogEntry(entry);
  expect(listTags(log)).toEqual([entry.tag]);
  const read = new HistogramLogReader(log, 64).nextIntervalHistogram();
  expect(read?.tag).toBe(entry.tag);
  expect(read?.startTimeStampMsec).toBe(startedWallMs + 12_000);
  expect(read?.endTimeStampMsec).toBe(startedWallMs + 13_000);
  expect(read?.totalCount).toBe(4);
  expect(read?.getValueAtPercentile(50)).toBe(1_234);
});

test("reading gives back what was written, the maximum exact", () => {
  const read = parseLogLine(formatLogEntry(entry).trimEnd());
  expect(read).toEqual(entry);
  expect(decodeHistogram(read?.histogram ?? "").buckets.map(({ count }) => count)).toEqual([
    1, 1, 1, 1,
  ]);
});

test("comments, the legend and empty lines are passed over; the rest is told", () => {
  for (const line of [...logHeader(startedWallMs).split("\n"), "#note"]) {
    expect(parseLogLine(line)).toBeNull();
  }
  for (const line of ["Tag=a,1.0,1.0", "Tag=a b,1.0,1.0,2.0,AAAA", "x", "Tag=a,-1,1,2,AAAA"]) {
    expect(parseLogLine(line)).toBeUndefined();
  }
});

test("a tag that would break the line is refused", () => {
  for (const tag of ["a,b", "a b", "a\nb", ""]) {
    expect(() => formatLogEntry({ ...entry, tag })).toThrow(RangeError);
  }
});

test("every tag is read back, whatever the scenario is called", () => {
  for (const subject of ["payment-request.create", "all", "a, b:c\n%", "kauf – ü"]) {
    for (const series of SERIES) {
      for (const steady of [true, false]) {
        for (const censored of [true, false]) {
          const tag = { subject, series, steady, censored };
          expect(formatTag(tag)).toMatch(/^[^\s,]+$/);
          expect(parseTag(formatTag(tag))).toEqual(tag);
        }
      }
    }
  }
});

test("foreign tags are not ours", () => {
  for (const text of [
    "",
    "a",
    "a:speed",
    "a:service:censored:unsteady",
    "a:service:x",
    "%:service",
  ]) {
    expect(parseTag(text)).toBeUndefined();
  }
});
