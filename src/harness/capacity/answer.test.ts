import { describe, expect, it } from "vitest";
import type { CapacityReport } from "../../report/capacity/schema.ts";
import { answerOf, bindsOf } from "./answer.ts";

type Case = CapacityReport["cases"][number];
type Run = CapacityReport["real"]["runs"][number];

const bound: Case["bound"] = {
  journeysPerSecond: 12,
  category: "payment-transaction-capture",
  categories: [
    {
      category: "payment-transaction-capture",
      requestsPerJourney: 1,
      quotaPerSecond: 12,
      journeysPerSecond: 12,
    },
  ],
};

function found(low: number, high: number, agrees = true, isLowerBound = false): Case {
  const mean = (low + high) / 2;
  return {
    name: "as given",
    quotaFactor: 1,
    latencyFactor: 1,
    bound,
    found: [
      {
        throttledShare: 0.01,
        limit: { mean, low, high, each: [mean], isLowerBound },
        binds: "A quota binds.",
        probes: 30,
        confirmation: { perSecond: low, seeds: 5, throttledShare: 0.01, thresholdsMet: 5, agrees },
      },
    ],
  };
}

function real(...runs: readonly (readonly [number, boolean])[]): CapacityReport["real"] {
  return {
    notRun: null,
    runs: runs.map(([perSecond, kept], i): Run => {
      const figures = { sent: 100, throttled: 0, runnerDrops: 0, runnerLagP99Us: 100 };
      return { perSecond, kept, ...figures, folder: `real-${i + 1}` };
    }),
  };
}

const kept = real([9, true]);

describe("answerOf", () => {
  it.each([
    [8, "met"],
    [9, "met"],
    [9.5, "undecided"],
    [10, "undecided"],
    [10.1, "not-met"],
  ])("of a limit at 9 to 10/s, and a target of %s/s: %s", (target, outcome) => {
    expect(answerOf(found(9, 10), kept, target).outcome).toBe(outcome);
  });

  it("counts headroom from the target", () => {
    const { headroom } = answerOf(found(9, 11), kept, 8);
    expect(headroom).toEqual({ targetPerSecond: 8, ratio: 0.25, low: 0.125, high: 0.375 });
  });

  it("has no upper end of the headroom where the limit is a lower bound", () => {
    const { headroom, outcome } = answerOf(found(9, 11, true, true), kept, 8);
    expect(headroom).toEqual({ targetPerSecond: 8, ratio: 0.25, low: 0.125, high: null });
    expect(outcome).toBe("met");
  });

  it("meets no target that other seeds do not confirm", () => {
    expect(answerOf(found(9, 10, false), kept, 5).outcome).toBe("undecided");
  });

  it("has no limit to tell of that other seeds do not confirm, also where no target was given", () => {
    expect(answerOf(found(9, 10), kept, undefined).outcome).toBe("no-target");
    expect(answerOf(found(9, 10, false), kept, undefined)).toMatchObject({
      outcome: "undecided",
      reason: "other seeds did not confirm the limit of 9/s to 10/s",
    });
  });

  it("tells a target above the limit also from one that is not confirmed", () => {
    expect(answerOf(found(9, 10, false), kept, 11).outcome).toBe("not-met");
  });

  it("says that the harness binds where the machine did not keep the pace, and what it kept", () => {
    const run = real([9, false], [5.4, true]);
    const answer = answerOf(found(9, 10), run, 6);
    expect(answer.outcome).toBe("undecided");
    expect(answer.binds).toContain("The harness itself binds");
    expect(answer.binds).toContain("5.4/s, which is a lower bound");
  });

  it("meets a target that the machine kept, though it did not keep the limit", () => {
    expect(answerOf(found(9, 10), real([9, false], [6, true]), 6).outcome).toBe("met");
  });

  it("takes the model's word where no run in real time was asked for", () => {
    const left = { runs: [], notRun: "left out by --no-real" };
    expect(answerOf(found(9, 10), left, 8)).toMatchObject({
      outcome: "met",
      binds: "A quota binds.",
    });
  });

  it("has no capacity to tell of where no rate is low enough", () => {
    const none = found(9, 10);
    const nothing = { ...none, found: none.found.map((one) => ({ ...one, limit: null })) };
    expect(answerOf(nothing, kept, undefined).outcome).toBe("no-capacity");
    expect(answerOf(nothing, kept, 5)).toMatchObject({
      outcome: "no-capacity",
      headroom: { ratio: null },
    });
  });
});

describe("bindsOf", () => {
  const limit = { mean: 9, low: 8, high: 10, each: [9], isLowerBound: false };
  const quota = { quota: "payment-transaction-capture", thresholds: [] };
  const threshold = { quota: undefined, thresholds: ["responseTime.p99 <= 1s"] };

  it("names the quota, with its arithmetic", () => {
    expect(bindsOf({ limit, why: [quota] }, bound)).toBe(
      "A quota binds, that of payment-transaction-capture: 12/s for 1 request a journey.",
    );
  });
  it("names the threshold that most seeds missed", () => {
    expect(bindsOf({ limit, why: [threshold, threshold, quota] }, bound)).toBe(
      "A threshold binds before any quota does: responseTime.p99 <= 1s.",
    );
  });
  it("says so where the search ended before anything bound", () => {
    expect(bindsOf({ limit, why: [] }, bound)).toContain("lower bound");
  });
  it("names the threshold that no rate meets", () => {
    expect(bindsOf({ limit: undefined, why: [threshold] }, bound)).toContain(
      "No rate is low enough",
    );
  });
});
