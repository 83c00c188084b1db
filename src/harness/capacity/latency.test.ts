import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../../base/errors.ts";
import { seededRandom } from "../../base/random.ts";
import { CensoredHistogram } from "../../measure/censored.ts";
import { formatLogEntry, logHeader } from "../../measure/interval-log.ts";
import { type Latency, latencySampler, latencySchema } from "../../model/latency.ts";
import { givenLatency, type LatencyRequest, scaledLatency } from "./latency.ts";

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-latency-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is drawn most, and rarely: the percentiles of many draws. */
function percentiles(latency: Latency, ...wanted: readonly number[]): number[] {
  const sample = latencySampler(latency, seededRandom(1));
  const drawn = Array.from({ length: 40_000 }, () => Number(sample())).sort((a, b) => a - b);
  return wanted.map((p) => drawn[Math.ceil((p / 100) * drawn.length) - 1] ?? Number.NaN);
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** 1 to 100 ms in microseconds, in two intervals. */
function log(): string {
  const entry = (from: number, to: number): string => {
    const times = new CensoredHistogram();
    for (let ms = from; ms <= to; ms++) times.record(ms * 1000);
    const maxUs = to * 1000;
    const { histogram } = times.encode();
    return formatLogEntry({ tag: "ours", startUs: 0, lengthUs: 1, maxUs, histogram });
  };
  return logHeader(0) + entry(1, 50) + entry(51, 100);
}

describe("givenLatency", () => {
  it("draws what three percentiles say", () => {
    const { latency } = givenLatency({ latency: "p50=20ms,p95=60ms,p99=300ms" });
    const [p50 = 0, p95 = 0, p99 = 0] = percentiles(latency, 50, 95, 99);
    expect(p50 / 20_000).toBeCloseTo(1, 1);
    expect(p95 / 60_000).toBeCloseTo(1, 1);
    expect(p99 / 300_000).toBeCloseTo(1, 0);
  });

  it("takes the profile's own, else that of every emulator", () => {
    expect(givenLatency({}, "5ms").latency).toEqual({ kind: "constant", us: 5000 });
    expect(givenLatency({}).words).toBe("p50=20ms,p95=60ms");
  });

  it.each([
    ["us", 50_000],
    ["ms", 50_000_000],
    ["ns", 50],
  ])("reads an HdrHistogram log whose values are %s", (latencyUnit, median) => {
    const latencyFrom = file("ours.hlog", log());
    const [p50 = 0] = percentiles(givenLatency({ latencyFrom, latencyUnit }).latency, 50);
    expect(Math.abs(p50 / median - 1)).toBeLessThan(0.03);
  });

  it.each<[string, LatencyRequest, string]>([
    ["no latency at all", { latency: "fast" }, "USAGE_LATENCY"],
    ["percentiles out of order", { latency: "p50=20ms,p95=60ms,p99=50ms" }, "USAGE_LATENCY"],
    ["a p99 longer than Klarna waits", { latency: "p50=1s,p95=2s,p99=60s" }, "USAGE_LATENCY"],
    ["two sources", { latency: "5ms", latencyFrom: "x" }, "USAGE_LATENCY"],
    ["a log without a unit", { latencyFrom: file("a", log()) }, "USAGE_LATENCY_UNIT"],
    ["an unknown unit", { latencyFrom: file("b", log()), latencyUnit: "s" }, "USAGE_LATENCY_UNIT"],
    [
      "an empty log",
      { latencyFrom: file("c", logHeader(0)), latencyUnit: "us" },
      "USAGE_LATENCY_FROM",
    ],
    ["another tool's file", { latencyFrom: file("d", "url,ms\n/,5\n") }, "USAGE_LATENCY_FROM"],
    ["another tool's report", { latencyFrom: file("e", '{"metrics":{}}') }, "USAGE_LATENCY_FROM"],
    ["no file", { latencyFrom: join(folder, "none") }, "USAGE_LATENCY_FROM"],
  ])("refuses %s", (_, request, code) => {
    expect(() => givenLatency(request)).toThrow(expect.objectContaining({ code }));
  });

  it("names the line of a log that is none", () => {
    const latencyFrom = file("broken.hlog", `${log()}p99 is fine\n`);
    const lines = log().split("\n").length;
    try {
      givenLatency({ latencyFrom, latencyUnit: "us" });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ place: { file: latencyFrom, line: lines } });
    }
  });
});

describe("scaledLatency", () => {
  it.each(["20ms", "p50=20ms,p95=60ms", "p50=20ms,p95=60ms,p99=300ms"])("doubles %s", (text) => {
    const { latency } = givenLatency({ latency: text });
    const twice = scaledLatency(latency, 2);
    const [once = 0] = percentiles(latency, 50);
    expect(percentiles(twice, 50)[0]).toBeCloseTo(2 * once, -2);
    expect(latencySchema.safeParse(twice).success).toBe(true);
  });
});
