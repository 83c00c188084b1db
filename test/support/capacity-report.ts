import type { CapacityReport } from "../../src/report/capacity/schema.ts";

/** A capacity check of three cases at two shares, with a target that it meets, and a run in real time. */
export function capacityReport(): CapacityReport {
  const check = (
    name: CapacityReport["cases"][number]["name"],
    factors: { readonly quotaFactor: number; readonly latencyFactor: number },
    limits: readonly (number | null)[],
  ): CapacityReport["cases"][number] => {
    const journeysPerSecond = 50 * factors.quotaFactor;
    const category = "payment-transaction-capture";
    const needs = { category, requestsPerJourney: 1, quotaPerSecond: journeysPerSecond };
    return {
      name,
      ...factors,
      bound: { journeysPerSecond, category, categories: [{ ...needs, journeysPerSecond }] },
      found: limits.map((mean, i) => ({
        throttledShare: i === 0 ? 0.01 : 0.001,
        limit: mean === null ? null : { ...around(mean), isLowerBound: false },
        binds: `A quota binds, that of ${category}: ${journeysPerSecond}/s for 1 request a journey.`,
        probes: 30,
        confirmation:
          mean === null
            ? null
            : {
                perSecond: around(mean).low,
                seeds: 5,
                throttledShare: 0.006,
                thresholdsMet: 5,
                agrees: true,
              },
      })),
    };
  };
  return {
    schemaVersion: 1,
    check: {
      id: "capacity-checkout-20260827T101500Z-c41e",
      profile: "checkout",
      profileHash: "9d5ed678fe57bcca610140957afab571f3b8c0f1e1c8a4f7a0e4f1f5b6c0d2e1",
      startedAt: "2026-08-27T10:15:00.000Z",
      endedAt: "2026-08-27T10:16:10.000Z",
      seed: 77,
      tool: { name: "klarna-perf", version: "0.1.0" },
      command: "klarna-perf capacity checkout --seed 77 --target 30/s",
    },
    asked: {
      quotas: "live",
      level: "partner",
      forAccount: false,
      arrivals: "poisson",
      latency: "p50=20ms,p95=60ms",
      thresholds: ["payment-request.create responseTime.p99 <= 1s", "errorRatio <= 1%"],
      maxInFlight: 200,
      probeS: 120,
      seeds: 5,
      targetPerSecond: 30,
    },
    cases: [
      check("as given", { quotaFactor: 1, latencyFactor: 1 }, [42.4, 37.6]),
      check("half the quota", { quotaFactor: 0.5, latencyFactor: 1 }, [19.2, null]),
      check("twice the latency", { quotaFactor: 1, latencyFactor: 2 }, [42.4, 37.6]),
    ],
    real: {
      runs: [
        {
          perSecond: 40.2,
          kept: true,
          sent: 1_394,
          throttled: 2,
          runnerDrops: 0,
          runnerLagP99Us: 3_870,
          folder: "real-1",
        },
      ],
      notRun: null,
    },
    headroom: { targetPerSecond: 30, ratio: 0.413, low: 0.34, high: 0.487 },
    outcome: "met",
    reason: "42.4/s journeys (40.3/s to 44.5/s), 41.3 % above the target of 30/s",
    binds: "A quota binds, that of payment-transaction-capture: 50/s for 1 request a journey.",
    warnings: [{ code: "CAPACITY_LEFT_OUT", text: "retries of time-outs are not modelled" }],
  };
}

function around(mean: number) {
  const [low, high] = [0.95 * mean, 1.05 * mean];
  return { mean, low, high, each: [low, mean, mean, mean, high] };
}
