import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowestPerSecond, type RateLimit, readRateLimit } from "./rate-limit.ts";

const nothing: RateLimit = {
  limit: undefined,
  limitPerSecond: undefined,
  remaining: undefined,
  resetSeconds: undefined,
  policies: [],
};

function limitOf(header: string): RateLimit {
  return readRateLimit({ "x-ratelimit-limit": header });
}

describe("rate-limit headers, in Klarna's own examples", () => {
  it("the network's, two policies of one second", () => {
    expect(
      readRateLimit({
        "x-ratelimit-limit":
          '40, 40;w=1;name="account_payment-request-capture",100;w=1;name="psp_payment-request-capture"',
        "x-ratelimit-remaining": "15",
        "x-ratelimit-reset": "1",
      }),
    ).toEqual({
      limit: 40,
      limitPerSecond: 40,
      remaining: 15,
      resetSeconds: 1,
      policies: [
        { requests: 40, windowSeconds: 1, name: "account_payment-request-capture" },
        { requests: 100, windowSeconds: 1, name: "psp_payment-request-capture" },
      ],
    });
  });

  it("the older APIs', one policy without a name", () => {
    expect(limitOf("40, 40;w=1")).toEqual({
      ...nothing,
      limit: 40,
      limitPerSecond: 40,
      policies: [{ requests: 40, windowSeconds: 1, name: undefined }],
    });
  });
});

describe("the header's grammar", () => {
  const policy = (requests: number, windowSeconds: number, name?: string) => ({
    requests,
    windowSeconds,
    name,
  });

  it.each<[string, string, number | undefined, RateLimit["policies"]]>([
    ["no space after the comma", "40,40;w=1", 40, [policy(40, 1)]],
    ["much white space", '  40 ,\t40 ; w=1 ;  name="a"  ', 40, [policy(40, 1, "a")]],
    ["the quota alone", "40", 40, []],
    ["a policy without parameters", "40, 40", 40, [policy(40, 1)]],
    ["a window of a minute", "300, 300;w=60", 5, [policy(300, 60)]],
    [
      "the closest quota's own window, not the first policy's",
      "300, 40;w=1, 300;w=60",
      5,
      [policy(40, 1), policy(300, 60)],
    ],
    ["a quota that no policy has", "7, 40;w=60", 7, [policy(40, 60)]],
    [
      "a name with a comma and a semicolon",
      '5, 5;w=1;name="a,b;w=9"',
      5,
      [policy(5, 1, "a,b;w=9")],
    ],
    ["parameters in another order", '5, 5;name="x";w=2', 2.5, [policy(5, 2, "x")]],
    ["a parameter nobody knows", '5, 5;w=2;burst=9;q="z"', 2.5, [policy(5, 2)]],
    ["an empty name", '5, 5;w=1;name=""', 5, [policy(5, 1, "")]],
    ["a quota of nothing", "0, 0;w=1", 0, [policy(0, 1)]],
    ["a window of nothing, which is none", "5, 5;w=0", 5, [policy(5, 1)]],
    ["policies before the quota", "5;w=1, 5", undefined, [policy(5, 1)]],
    ["a broken policy among good ones", "5, 5;w=, 9;w=3", 5, [policy(9, 3)]],
    ["a quotation mark without its other", '5, 5;w=1;name="a, 9;w=3', 5, [policy(9, 3)]],
    ["a fraction", "4.5, 4.5;w=1", undefined, []],
    ["a negative number", "-5", undefined, []],
    ["a number too long to be one", "9999999999", undefined, []],
    ["another base", "0x10", undefined, []],
    ["a word", "unlimited", undefined, []],
    ["commas alone", ",,,", undefined, []],
    ["nothing", "", undefined, []],
  ])("%s: %j", (_, header, limitPerSecond, policies) => {
    const { limit, ...rest } = limitOf(header);
    expect({ ...nothing, ...rest }).toEqual({ ...nothing, limitPerSecond, policies });
    expect(limit).toBe(limitPerSecond === undefined ? undefined : Number.parseInt(header, 10));
  });

  it.each([
    ["0", 0],
    [" 15 ", 15],
    ["-1", undefined],
    ["1.5", undefined],
    ["", undefined],
    ["soon", undefined],
  ])("remaining and reset: %j", (header, value) => {
    const headers = { "x-ratelimit-remaining": header, "x-ratelimit-reset": header };
    expect(readRateLimit(headers)).toEqual({ ...nothing, remaining: value, resetSeconds: value });
  });

  it.each([
    ["40, 40;w=1,100;w=1", 40],
    ["100, 40;w=1,100;w=1", 40],
    ["40, 40;w=1, 60;w=60", 1],
    ["40", 40],
    ["0, 0;w=1", 0],
    ["", undefined],
  ])("the lowest quota of %j is %d/s", (header, lowest) => {
    expect(lowestPerSecond(limitOf(header))).toBe(lowest);
  });

  it("a header that came several times is one list", () => {
    expect(readRateLimit({ "x-ratelimit-limit": ["40", '40;w=1;name="a"'] })).toEqual({
      ...nothing,
      limit: 40,
      limitPerSecond: 40,
      policies: [policy(40, 1, "a")],
    });
    expect(readRateLimit({ "x-ratelimit-remaining": ["3", "4"] })).toEqual(nothing);
  });

  it("no headers, no limit", () => {
    expect(readRateLimit({})).toEqual(nothing);
  });

  it("reads what it could have written", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "-", "_", ",", ";", " ", "="),
      maxLength: 9,
    });
    const policies = fc.array(
      fc.record({
        requests: fc.nat(999_999_999),
        windowSeconds: fc.integer({ min: 1, max: 86_400 }),
        name: fc.option(name, { nil: undefined }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(policies, fc.constantFrom(",", ", ", " , "), (written, comma) => {
        const items = written.map(
          ({ requests, windowSeconds, name }) =>
            `${requests};w=${windowSeconds}${name === undefined ? "" : `;name="${name}"`}`,
        );
        const seen = limitOf([String(written[0]?.requests), ...items].join(comma));
        expect(seen.policies).toEqual(written);
        expect(seen.limitPerSecond).toBe(
          (written[0]?.requests ?? 0) / (written[0]?.windowSeconds ?? 0),
        );
      }),
    );
  });

  it("takes any header at all, and figures only that are numbers", () => {
    const hostile = fc.string({
      unit: fc.constantFrom("4", "0", ",", ";", "w", "=", '"', " ", "n", "\u0000", "é"),
    });
    fc.assert(
      fc.property(hostile, (header) => {
        const { limitPerSecond, policies } = limitOf(header);
        const figures = policies.flatMap(({ requests, windowSeconds }) => [
          requests,
          windowSeconds,
        ]);
        expect([limitPerSecond ?? 0, ...figures].every(Number.isFinite)).toBe(true);
        expect(policies.every(({ windowSeconds }) => windowSeconds > 0)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["quotation marks", '"'.repeat(60_000)],
    ["parameters", `5, 5${";a=1".repeat(20_000)}!`],
    ["white space", `5, 5${" ".repeat(60_000)};!`],
  ])("takes little time over a long one: %s", (_, header) => {
    expect(limitOf(header).policies).toEqual([]);
  });
});
