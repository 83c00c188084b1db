import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bracket, findLimit, limitOf, type Probe } from "./search.ts";

const range = { start: 10, step: 1.5, least: 0.01, most: 10_000, precision: 0.01 };

/** Passes up to a limit. */
function upTo(limit: number): (rate: number) => Promise<Probe<string>> {
  return async (rate) => ({ beyond: rate <= limit ? undefined : "too high" });
}

describe("findLimit", () => {
  it("encloses a known limit to the precision, wherever it begins", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.02, max: 9000, noNaN: true }),
        fc.double({ min: 0.01, max: 10_000, noNaN: true }),
        fc.double({ min: 1.01, max: 4, noNaN: true }),
        async (limit, start, step) => {
          const { passed, failed } = await findLimit(upTo(limit), { ...range, start, step });
          expect(passed).toBeLessThanOrEqual(limit);
          expect(failed?.rate).toBeGreaterThan(limit);
          expect((failed?.rate ?? Number.NaN) / passed).toBeLessThanOrEqual(1.01);
        },
      ),
    );
  });

  it("asks at no rate twice", async () => {
    const asked: number[] = [];
    await findLimit((rate) => {
      asked.push(rate);
      return upTo(37)(rate);
    }, range);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("says that nothing failed where nothing did, at the highest rate there is", async () => {
    expect(await findLimit(upTo(1e9), range)).toMatchObject({ passed: 10_000, failed: undefined });
  });

  it("says that nothing passed where nothing did", async () => {
    const nothing = await findLimit(upTo(0), range);
    expect(nothing).toMatchObject({ passed: 0, failed: { rate: 0.01, why: "too high" } });
  });

  it("tells why the lowest rate failed that did", async () => {
    const { failed } = await findLimit(
      async (rate) => ({ beyond: rate <= 20 ? undefined : rate < 21 ? "just" : "far" }),
      range,
    );
    expect(failed?.why).toBe("just");
  });
});

describe("limitOf", () => {
  const at = (passed: number, failed: number): Bracket<string> => {
    return { passed, failed: { rate: failed, why: "" }, probes: 1 };
  };

  it("is the mean of the seeds with Student's interval", () => {
    // By hand: 9, 10, 11, 12, 13: mean 11, s = sqrt(2.5), t(0.975, 4) = 2.7764.
    const limit = limitOf([9, 10, 11, 12, 13].map((rate) => at(rate, rate)));
    expect(limit?.mean).toBe(11);
    expect(limit?.high).toBeCloseTo(11 + 2.7764 * Math.sqrt(2.5 / 5), 3);
    expect(limit?.low).toBeCloseTo(11 - 2.7764 * Math.sqrt(2.5 / 5), 3);
  });

  it("is no narrower than the brackets, however well the seeds agree", () => {
    expect(limitOf([at(10, 12), at(10, 12)])).toMatchObject({ mean: 11, low: 10, high: 12 });
  });

  it("is a lower bound as soon as one seed never failed", () => {
    const open: Bracket<string> = { passed: 10, failed: undefined, probes: 1 };
    expect(limitOf([at(10, 10.1), open])?.isLowerBound).toBe(true);
  });

  it("is none where no seed passed", () => {
    expect(limitOf([at(0, 1), at(0, 1)])).toBeUndefined();
  });

  it("takes a single seed for none", () => {
    expect(() => limitOf([at(1, 2)])).toThrow(RangeError);
  });
});
