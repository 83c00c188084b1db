import { describe, expect, it } from "vitest";
import { exponential, seededRandom } from "../base/random.ts";
import { micros, perSecond, seconds } from "../base/units.ts";
import type { Threshold } from "../measure/threshold.ts";
import type { OpenWorkload, Step } from "../workload/workload.ts";
import { type CheckSettings, findCapacity } from "./check.ts";
import type { Model } from "./simulation.ts";

const CATEGORY = "payment-transaction-capture";
const step: Step = {
  operation: "payment-request.create",
  category: CATEGORY,
  thinkTime: micros(0),
};
const workload: OpenWorkload = {
  model: "open",
  arrivals: "uniform",
  stages: [{ phase: "steady", from: perSecond(1), to: perSecond(1), duration: seconds(1) }],
  scenarios: [{ name: "one", weight: 1, steps: [step] }],
  maxInFlight: 10_000,
  maxLateness: undefined,
  requestTimeout: seconds(60),
  drainTimeout: seconds(30),
};
const model: Model = {
  workload,
  quota: () => 50,
  level: "partner",
  caller: { key: "k", account: undefined },
  latency: { kind: "constant", us: 20_000 },
};
const settings: CheckSettings = {
  criteria: { throttledShare: 0.01, thresholds: [] },
  around: 50,
  duration: seconds(60),
  seed: 7,
  seeds: 5,
  onProbe: () => {},
};
const p99: Threshold = {
  text: "responseTime.p99 <= 1s",
  operation: null,
  figure: { kind: "percentile", time: "responseTime", p: 99 },
  limit: 1_000_000,
};

// Searches of tens of thousands of simulated journeys each: long on a busy machine.
describe("where the limit is known", { timeout: 180_000 }, () => {
  it("is the quota for uniform arrivals of one request, and names its category", async () => {
    const { limit, why } = await findCapacity(model, settings);
    // Above the quota r - q of r are refused: 1 % at q / 0.99.
    expect(limit?.mean).toBeGreaterThan(50 * 0.95);
    expect(limit?.mean).toBeLessThan((50 / 0.99) * 1.05);
    expect(why).toHaveLength(5);
    expect(
      why.every(({ quota, thresholds }) => quota === CATEGORY && thresholds.length === 0),
    ).toBe(true);
  });

  it("is half of it for two requests a journey", async () => {
    const two: Model = {
      ...model,
      workload: { ...workload, scenarios: [{ name: "two", weight: 1, steps: [step, step] }] },
    };
    const { limit } = await findCapacity(two, settings);
    expect(Math.abs((limit?.mean ?? 0) / 25 - 1)).toBeLessThan(0.05);
  });

  it("is slots over service time for a server of slots, whatever the quota, and names the threshold", async () => {
    // 8 slots, 200 ms each: 40 a second. Above, the backlog grows through all of the probe.
    const slots: Model = {
      ...model,
      quota: () => 1_000_000,
      workload: { ...workload, maxInFlight: 8 },
      latency: { kind: "constant", us: 200_000 },
    };
    const criteria = { throttledShare: 0.01, thresholds: [p99] };
    const { limit, why } = await findCapacity(slots, { ...settings, criteria });
    expect(Math.abs((limit?.mean ?? 0) / 40 - 1)).toBeLessThan(0.05);
    expect(why[0]).toEqual({ quota: undefined, thresholds: ["responseTime.p99 <= 1s"] });
  });

  it.each([0.01, 0.001])(
    "is a naive count's for Poisson arrivals, at a share of %s",
    async (share) => {
      const { limit } = await findCapacity(
        { ...model, workload: { ...workload, arrivals: "poisson" } },
        {
          ...settings,
          duration: seconds(240),
          criteria: { throttledShare: share, thresholds: [] },
        },
      );
      const truth = naivePoissonLimit(50, share);
      expect(Math.abs((limit?.mean ?? 0) / truth - 1)).toBeLessThan(0.05);
      expect(limit?.low).toBeLessThanOrEqual(limit?.mean ?? 0);
      expect(limit?.high).toBeGreaterThanOrEqual(limit?.mean ?? 0);
    },
  );
});

it("gives the same answer for the same seed", async () => {
  const poisson: Model = { ...model, workload: { ...workload, arrivals: "poisson" } };
  expect(await findCapacity(poisson, settings)).toEqual(await findCapacity(poisson, settings));
});

it("finds no limit where a threshold is missed at every rate", async () => {
  const impossible = { throttledShare: 0.01, thresholds: [{ ...p99, limit: 1 }] };
  const found = await findCapacity(model, { ...settings, criteria: impossible });
  expect(found.limit).toBeUndefined();
  expect(found.confirmation).toBeUndefined();
  expect(found.why[0]?.thresholds).toEqual([p99.text]);
});

it("confirms with other seeds at the lower end", async () => {
  const { limit, confirmation } = await findCapacity(model, settings);
  expect(confirmation?.perSecond).toBe(limit?.low);
  expect(confirmation).toMatchObject({ seeds: 5, agrees: true, thresholdsMet: 5 });
});

/** By counting alone: arrivals of one long Poisson process in windows of a second, everything above the quota refused. */
function naivePoissonLimit(quota: number, share: number): number {
  const refused = (rate: number): number => {
    const random = seededRandom(1);
    const windows = 50_000;
    let beyond = 0;
    let all = 0;
    let at = exponential(random) / rate;
    for (let window = 1; window <= windows; window++) {
      let here = 0;
      while (at < window) {
        here++;
        at += exponential(random) / rate;
      }
      all += here;
      beyond += Math.max(0, here - quota);
    }
    return beyond / all;
  };
  let low = 1;
  let high = quota;
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (refused(middle) > share) high = middle;
    else low = middle;
  }
  return low;
}
