import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { LONGEST_ANSWER_US } from "../guard/emulated.ts";
import { DEFAULT_LATENCY, latencySampler, latencySchema } from "./latency.ts";

function sorted(n: number, sample: () => number): number[] {
  return Array.from({ length: n }, sample).sort((a, b) => a - b);
}

describe("latencySampler", () => {
  test("log-normal: the sample's median and 95th percentile are the ones asked for", () => {
    const samples = sorted(40_000, latencySampler(DEFAULT_LATENCY, seededRandom(7)));
    const p50 = samples[20_000] ?? 0;
    const p95 = samples[38_000] ?? 0;
    // Within four standard errors of a quantile at this size, and apart from any neighbouring parameter.
    expect(Math.abs(p50 / 20_000 - 1)).toBeLessThan(0.017);
    expect(Math.abs(p95 / 60_000 - 1)).toBeLessThan(0.028);
    // p90 = exp(mu + 1.2816 sigma): the shape, not only the two points.
    expect(Math.abs((samples[36_000] ?? 0) / 47_069 - 1)).toBeLessThan(0.025);
  });

  test("the same seed gives the same latencies", () => {
    const once = latencySampler(DEFAULT_LATENCY, seededRandom(3));
    const again = latencySampler(DEFAULT_LATENCY, seededRandom(3));
    expect(Array.from({ length: 50 }, once)).toEqual(Array.from({ length: 50 }, again));
  });

  test("constant is constant, and p95 = p50 is too", () => {
    expect(latencySampler({ kind: "constant", us: 0 }, seededRandom(1))()).toBe(0);
    const flat = latencySampler({ kind: "log-normal", p50Us: 500, p95Us: 500 }, seededRandom(1));
    expect([flat(), flat(), flat()]).toEqual([500, 500, 500]);
  });

  test("no answer takes longer than Klarna would wait", () => {
    const wild = latencySampler(
      { kind: "log-normal", p50Us: 1000, p95Us: LONGEST_ANSWER_US },
      seededRandom(1),
    );
    expect(sorted(2000, wild).at(-1)).toBe(LONGEST_ANSWER_US);
  });
});

test.each([
  ["a negative constant", { kind: "constant", us: -1 }],
  ["a fraction", { kind: "constant", us: 1.5 }],
  ["more than 59 s", { kind: "constant", us: 59_000_001 }],
  ["a median of 0", { kind: "log-normal", p50Us: 0, p95Us: 10 }],
  ["p95 below p50", { kind: "log-normal", p50Us: 10, p95Us: 9 }],
  ["an unknown kind", { kind: "uniform", us: 1 }],
  ["a field too many", { kind: "constant", us: 1, jitter: 2 }],
])("latencySchema refuses %s", (_, latency) => {
  expect(latencySchema.safeParse(latency).success).toBe(false);
});

describe("empirical", () => {
  const tables = {
    kind: "empirical" as const,
    // Half of them within 10 and 20 ms, half of them 100 ms.
    operations: {
      "payment-request.read": { at: [0, 0.5, 0.5, 1], us: [10_000, 20_000, 100_000, 100_000] },
    },
    otherwise: { at: [0, 1], us: [5000, 5000] },
  };

  test("draws from the table of its operation, in the table's shares", () => {
    const draw = latencySampler(tables, seededRandom(3));
    const drawn = sorted(20_000, () => draw("payment-request.read"));
    const slow = drawn.filter((us) => us === 100_000).length / drawn.length;
    // Four standard errors of a half among 20 000.
    expect(Math.abs(slow - 0.5)).toBeLessThan(0.0142);
    expect(drawn[0]).toBeGreaterThanOrEqual(10_000);
    expect(drawn.filter((us) => us > 20_000 && us < 100_000)).toEqual([]);
    // A straight line between two points: a quarter of all lies below the middle of the first part.
    expect(Math.abs((drawn[5000] ?? 0) - 15_000)).toBeLessThan(300);
  });

  test("what has no table of its own draws from the common one", () => {
    const draw = latencySampler(tables, seededRandom(3));
    expect([draw("payment-request.create"), draw()]).toEqual([5000, 5000]);
  });

  test.each([
    ["of different lengths", { at: [0, 1], us: [1, 2, 3] }],
    ["that does not begin at 0", { at: [0.1, 1], us: [1, 2] }],
    ["that does not end at 1", { at: [0, 0.9], us: [1, 2] }],
    ["that descends", { at: [0, 0.5, 1], us: [1, 3, 2] }],
  ])("a table %s is refused", (_, otherwise) => {
    const latency = { kind: "empirical", operations: {}, otherwise };
    expect(latencySchema.safeParse(latency).success).toBe(false);
  });
});
