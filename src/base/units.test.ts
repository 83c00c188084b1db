import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FAR,
  formatMicros,
  formatRate,
  type Micros,
  micros,
  milliseconds,
  type PerSecond,
  parseDuration,
  parseRate,
  perSecond,
  seconds,
} from "./units.ts";

describe("making units", () => {
  it.each([
    ["a fraction", 0.5],
    ["less than nothing", -1],
    ["no number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["more than a double counts exactly", 2 ** 53],
  ])("micros refuses %s", (_, n) => {
    expect(() => micros(n)).toThrow(new RangeError(`not whole microseconds: ${n}`));
  });

  it("micros takes 0 and the largest whole number", () => {
    expect([micros(0), micros(2 ** 53 - 1)]).toEqual([0, FAR]);
  });

  it("seconds and milliseconds round to the nearest microsecond", () => {
    expect([seconds(1.5), seconds(0.000_000_4), milliseconds(0.0006)]).toEqual([1_500_000, 0, 1]);
    expect(() => seconds(-1)).toThrow(RangeError);
    expect(() => milliseconds(Number.NaN)).toThrow(RangeError);
  });

  it("perSecond takes fractions and 0, and refuses the rest", () => {
    expect([perSecond(0), perSecond(0.2)]).toEqual([0, 0.2]);
    for (const n of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => perSecond(n)).toThrow(new RangeError(`not a rate: ${n}`));
    }
  });

  it("a bare number is neither a duration nor a rate, and neither is the other", () => {
    // @ts-expect-error a bare number is not a duration
    const duration: Micros = 5;
    // @ts-expect-error a rate is not a duration
    const confused: Micros = perSecond(5);
    // @ts-expect-error a duration is not a rate
    const rate: PerSecond = micros(5);
    expect([duration, confused, rate]).toEqual([5, 5, 5]);
  });
});

describe("parseDuration", () => {
  it.each([
    ["1us", 1],
    ["800ms", 800_000],
    ["10s", 10_000_000],
    ["1.5min", 90_000_000],
    ["2m", 120_000_000],
    ["1h", 3_600_000_000],
    ["0s", 0],
    ["0.4us", 0],
    ["0.5us", 1],
  ])("%s", (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  it.each([
    "",
    "10",
    "s",
    "10 s",
    " 10s",
    "10s\n",
    "-1s",
    "+1s",
    "1e3s",
    ".5s",
    "5.s",
    "1,5s",
    "10S",
    "10sec",
    "1h30m",
    "1d",
    "0x1s",
    "Infinitys",
    "\u0661s",
    `${"9".repeat(20)}h`,
    `${"9".repeat(400)}s`,
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("parseRate", () => {
  it.each([
    ["5/s", 5],
    ["0.2/s", 0.2],
    ["30/min", 0.5],
    ["3600/h", 1],
    ["0/s", 0],
  ])("%s", (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it.each(["", "5", "/s", "5/", "5 /s", "5/m", "5/sec", "-5/s", "5/s/s", `${"9".repeat(400)}/s`])(
    "refuses %j",
    (text) => {
      expect(parseRate(text)).toBeUndefined();
    },
  );
});

describe("figures for people", () => {
  it.each([
    [0, "0 µs"],
    [412.4, "412 µs"],
    [999.4, "999 µs"],
    [999.6, "1 ms"],
    [4123, "4.12 ms"],
    [41_234, "41.2 ms"],
    [999_499, "999 ms"],
    [999_999, "1 s"],
    [2_500_000, "2.5 s"],
    [119_400_000, "119 s"],
    [120_000_000, "2 min"],
    [7_199_000_000, "120 min"],
    [7_200_000_000, "2 h"],
    [86_400_000_000, "24 h"],
  ])("%d µs is %s", (us, text) => {
    expect(formatMicros(us)).toBe(text);
  });

  it.each([
    [5, "5/s"],
    [0.25, "0.25/s"],
    [12.345, "12.3/s"],
    [12_345.6, "12346/s"],
  ])("%d a second is %s", (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  it("a formatted duration is the duration, to three digits", () => {
    const UNIT: Readonly<Record<string, number>> = {
      µs: 1,
      ms: 1e3,
      s: 1e6,
      min: 6e7,
      h: 3.6e9,
    };
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 1e12 }), (us) => {
        const [number, unit] = formatMicros(us).split(" ");
        const back = Number(number) * (UNIT[unit ?? ""] ?? Number.NaN);
        expect(Math.abs(back - us)).toBeLessThanOrEqual(us * 0.005);
      }),
    );
  });
});
