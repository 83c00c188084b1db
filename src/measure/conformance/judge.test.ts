import { describe, expect, test } from "vitest";
import { micros } from "../../base/units.ts";
import type { RetryPolicy } from "../../workload/retry.ts";
import { evenly, exchangesOfClient, GOOD, type World } from "./client.support.ts";
import type { Exchange } from "./exchange.ts";
import { conformanceReason, judgeConformance } from "./judge.ts";
import type { PointCode, PointOutcome } from "./point.ts";

/** Five times the quota for two seconds: enough is refused twice and more often to show how waits grow. */
const CROWD: World = { quota: 12, arrivalsUs: evenly(60, 2), holdsAll: false };

function outcomes(exchanges: readonly Exchange[], quota: number | null = 12) {
  const { points } = judgeConformance(exchanges, () => quota);
  const of = (wanted: PointOutcome): PointCode[] =>
    points.filter(({ outcome }) => outcome === wanted).map(({ code }) => code);
  return { pass: of("pass"), fail: of("fail"), untold: of("untold") };
}

/** Of a crowd that is let loose but for its refused requests: that itself goes against the reset, and is judged apart. */
function failing(change: Partial<RetryPolicy>): PointCode[] {
  const seen = exchangesOfClient({ ...GOOD, attempts: 30, max: micros(1e9), ...change }, CROWD);
  return outcomes(seen).fail;
}

describe("a client that keeps to everything", () => {
  test("passes every point that its few 429s can tell", () => {
    const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(18, 3) });
    const { fail, pass } = outcomes(seen);
    expect(fail).toEqual([]);
    expect(pass).toEqual(
      expect.arrayContaining([
        "first-429",
        "headers",
        "reset",
        "idempotency-key",
        "shopper-errors",
      ]),
    );
  });

  test.each([1, 2, 3, 4, 5])("is never failed for its luck (seed %i)", (seed) => {
    const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(40, 2), seed });
    expect(outcomes(seen).fail).toEqual([]);
  });
});

describe("each bad habit fails its own points", () => {
  test.each<[string, Partial<RetryPolicy>, PointCode[]]>([
    ["none: all but the newcomers wait for the reset", {}, ["reset"]],
    ["immediate retry", { base: micros(0) }, ["reset", "back-off", "jitter"]],
    ["fixed, no jitter", { max: GOOD.base, jitter: "none" }, ["reset", "back-off", "jitter"]],
    ["fixed, with jitter", { max: GOOD.base }, ["reset", "back-off"]],
    ["exponential, no jitter", { jitter: "none" }, ["reset", "jitter"]],
    ["a fresh key each time", { idempotencyKey: "fresh" }, ["reset", "idempotency-key"]],
    ["ignores the reset", { ignoreReset: true }, ["reset"]],
    ["gives up", { attempts: 1 }, ["reset", "shopper-errors"]],
  ])("%s", (_, change, points) => {
    expect(failing(change)).toEqual(points);
  });

  test.each<[string, Partial<RetryPolicy>, PointCode[]]>([
    ["immediate retry", { base: micros(0) }, ["back-off", "jitter"]],
    ["no jitter", { jitter: "none" }, ["jitter"]],
    ["a fresh key each time", { idempotencyKey: "fresh" }, ["idempotency-key"]],
    ["ignores the reset", { ignoreReset: true }, ["reset"]],
    ["gives up", { attempts: 1 }, ["shopper-errors"]],
  ])("and no other, of a client that holds back what is new as well: %s", (_, change, points) => {
    // Bursts of two at once: the second of each pair is on its way when the first is refused.
    const arrivalsUs = evenly(20, 6).flatMap((at) => [at, at + 1_000, at + 2_000]);
    const seen = exchangesOfClient({ ...GOOD, attempts: 50, ...change }, { quota: 12, arrivalsUs });
    expect(outcomes(seen).fail).toEqual(points);
  });
});

describe("the first 429", () => {
  const steady = (quota: number) => exchangesOfClient(GOOD, { quota, arrivalsUs: evenly(18, 3) });

  test("comes too early: somebody else uses the quota", () => {
    expect(outcomes(steady(6), 12).fail).toContain("first-429");
  });

  test("comes too late: the quota is not what is documented", () => {
    expect(outcomes(steady(1000), 12).fail).toEqual(["first-429"]);
  });

  test.each(["failed", "unfinished"] as const)(
    "is not early where others had no answer (%s) and were counted",
    (result) => {
      const lost = steady(12).map((one) =>
        one.request % 4 === 1 && one.result === 200 ? { ...one, result } : one,
      );
      const first = lost.find((one) => one.result === 429);
      const before = lost.filter((one) => one.startUs < (first?.startUs ?? 0));
      expect(before.filter((one) => one.result === 200).length).toBeLessThan(12);
      expect(outcomes(lost).fail).not.toContain("first-429");
    },
  );

  test("is not missed where windows may have turned in time", () => {
    const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(12, 2) });
    const { fail, pass, untold } = outcomes(seen);
    expect([fail, pass, untold.length]).toEqual([[], [], 8]);
  });

  test("is held against what answers say where no quota is documented", () => {
    expect(outcomes(steady(12), null).pass).toContain("first-429");
  });
});

describe("headers", () => {
  const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(18, 3) });
  const changed = (change: Partial<Exchange>) =>
    outcomes(seen.map((one) => (one.result === 429 ? { ...one, ...change } : one)));

  test("that are missing tell nothing", () => {
    expect(changed({ resetS: null }).untold).toContain("headers");
  });
  test("that leave some of the quota at a 429 were read wrongly", () => {
    expect(changed({ remaining: 3 }).fail).toEqual(["headers"]);
  });
  test("that name another limit were read wrongly, or the quota is another", () => {
    expect(changed({ limitPerSecond: 50 }).fail).toEqual(["headers"]);
  });
});

describe("what the reset covers", () => {
  const at = (request: number, startUs: number, change: Partial<Exchange> = {}): Exchange => ({
    request,
    category: "capture",
    intent: String(request),
    write: true,
    keyHash: null,
    readyUs: startUs,
    startUs,
    endUs: startUs + 50_000,
    result: 200,
    limitPerSecond: 1,
    remaining: 0,
    resetS: 1,
    ...change,
  });
  const refused = at(1, 100_000, { result: 429 });
  const early = (...others: Exchange[]) => outcomes([at(0, 0), refused, ...others], 1).fail;

  test("not what was on its way when the 429 came", () => {
    expect(early(at(2, 160_000), at(3, 1_200_000))).not.toContain("reset");
  });
  test("a new request after it", () => {
    expect(early(at(2, 600_000))).toContain("reset");
  });
  test("a retry of the refused one, however soon", () => {
    expect(early(at(2, 151_000, { intent: "1", keyHash: "k" }))).toContain("reset");
  });
  test("not another category", () => {
    expect(early(at(2, 600_000, { category: "other" }), at(3, 2e6))).not.toContain("reset");
  });
  test("the longest that was named", () => {
    const longer = at(2, 110_000, { result: 429, resetS: 3 });
    expect(early(longer, at(3, 2_000_000))).toContain("reset");
  });
});

test.each<[string, Exchange["result"][], string]>([
  ["all", [200, 429], "all of 2 intended requests succeeded in the end, 1 429 notwithstanding"],
  [
    "all but one that was answered otherwise",
    [404, 429],
    "1 of 2 intended requests succeeded in the end, 1 429 notwithstanding; 1 was otherwise answered (404)",
  ],
  [
    "all but those that had not ended",
    ["unfinished", 400, 409, 400, 429],
    "1 of 5 intended requests succeeded in the end, 1 429 notwithstanding; 3 were otherwise answered (400, 409), 1 was unfinished when watching ended",
  ],
])("what shoppers got: %s", (_, results, evidence) => {
  const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(1, 6) });
  const [again, ...others] = [...seen].reverse();
  const all = [...results.map((result, i) => ({ ...others[i], result })), again] as Exchange[];
  const refused = all.find(({ result }) => result === 429);
  const same = all.map((one) => (one === again ? { ...one, intent: refused?.intent } : one));
  const { points } = judgeConformance(same as Exchange[], () => 12);
  expect(points.find(({ code }) => code === "shopper-errors")).toMatchObject({
    outcome: "pass",
    evidence,
  });
});

test("what was tried again after a success was meant anew", () => {
  const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(18, 3) });
  const same = seen.filter(({ result }) => result === 200).map((one) => ({ ...one, intent: "x" }));
  expect(judgeConformance(same, () => 12).shopperErrors).toBe(0);
  expect(outcomes(same).untold).toContain("idempotency-key");
});

test("a write repeated without any key fails, unless a 429 said that nothing was done", () => {
  const failed = (result: Exchange["result"]) => {
    const [first, second] = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: [0, 2e6] });
    if (!first || !second) throw new Error("two requests");
    return outcomes([
      { ...first, keyHash: null, result },
      { ...second, keyHash: null, intent: first.intent },
    ]).fail;
  };
  expect(failed("failed")).toEqual(["idempotency-key"]);
  expect(failed(429)).not.toContain("idempotency-key");
});

test("recovery is told by burst, and fails where nothing ever succeeds again", () => {
  const bursts = [...evenly(40, 1), ...evenly(40, 1).map((us) => us + 20e6)];
  const seen = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: bursts });
  expect(judgeConformance(seen, () => 12).recoveriesUs).toHaveLength(2);
  const dead = seen.map((one) => (one.startUs > 20e6 ? { ...one, result: 429 } : one));
  const judged = judgeConformance(dead as Exchange[], () => 12);
  expect(judged.recoveriesUs.at(-1)).toBeNull();
});

test("the reason names the first point that failed, and how many more", () => {
  const seen = exchangesOfClient({ ...GOOD, attempts: 30, base: micros(0) }, CROWD);
  expect(conformanceReason(judgeConformance(seen, () => 12))).toMatch(
    /^conformance: Nothing is sent before the reset: \d+ requests were sent .* \(and 2 more\)$/,
  );
  expect(conformanceReason(judgeConformance([], () => 12))).toMatch(/no answer was 429/);
  const good = exchangesOfClient(GOOD, { quota: 12, arrivalsUs: evenly(18, 3) });
  expect(conformanceReason(judgeConformance(good, () => 12))).toBeNull();
});
