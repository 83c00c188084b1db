import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { type Micros, micros, perSecond, seconds } from "../src/base/units.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { OpenRun } from "../src/workload/open-run.ts";
import type { OpenWorkload } from "../src/workload/workload.ts";
import { cli, readReport, workspace } from "./support/cli.ts";
import { KeepingSink, SimulatedLane, SimulatedTarget } from "./support/simulated-target.ts";

/** A run that a quota slows down, in virtual time: whose doing its waits and drops are said to be. */

const LATENCY = 10_000;
const LIMIT = 10;

function workload(rate: number, more: Partial<OpenWorkload> = {}): OpenWorkload {
  return {
    model: "open",
    arrivals: "uniform",
    stages: [{ phase: "steady", from: perSecond(rate), to: perSecond(rate), duration: seconds(4) }],
    scenarios: [
      {
        name: "one",
        weight: 1,
        steps: [{ operation: "create", category: "a", thinkTime: micros(0) }],
      },
    ],
    maxInFlight: 100,
    maxLateness: undefined,
    requestTimeout: seconds(60),
    drainTimeout: seconds(90),
    ...more,
  };
}

/** Against 10/s in windows of a second by the clock, each answer saying what is left. */
function run(work: OpenWorkload, { cap = 20, pauseAt }: { cap?: number; pauseAt?: Micros } = {}) {
  const clock = new VirtualClock();
  const lane = new SimulatedLane("a", { capPerSecond: perSecond(cap) }, 100);
  const caps = [lane.cap, lane.shadowCap];
  let [window, used, requests, throttled] = [-1, 0, 0, 0];
  const target = new SimulatedTarget(clock, seconds(60), (_, at) => {
    const request = ++requests;
    if (Math.floor(at / 1e6) !== window) used = 0;
    window = Math.floor(at / 1e6);
    const over = ++used > LIMIT;
    if (over) throttled++;
    const remaining = Math.max(0, LIMIT - used);
    // Before the answer's own event, as the performer does.
    clock.at(micros(at + LATENCY), () => {
      const left = remaining - (requests - request);
      const quota = { limit: LIMIT, left, until: micros(clock.now() + 1_000_000) };
      if (pauseAt === undefined) for (const one of caps) one.steer(clock.now(), quota);
    });
    return { latency: LATENCY, status: over ? 429 : 200 };
  });
  if (pauseAt !== undefined) {
    clock.at(pauseAt, () => {
      for (const one of caps) one.pauseUntil(micros(pauseAt + 1_500_000));
    });
  }
  const sink = new KeepingSink();
  const parts = { workload: work, clock, random: seededRandom(1), lanes: [lane] };
  void new OpenRun({ ...parts, performer: target, sink, origin: micros(0) }).run();
  while (clock.step());
  return { sink, throttled };
}

function sums({ sink }: ReturnType<typeof run>) {
  const sum = (part: "cap" | "steering" | "inFlight" | "runnerLag"): number =>
    sink.sents.reduce((all, { waits }) => all + waits[part], 0);
  return {
    cap: sum("cap"),
    steering: sum("steering"),
    inFlight: sum("inFlight"),
    runnerLag: sum("runnerLag"),
  };
}

function drops({ sink }: ReturnType<typeof run>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of sink.outcomes) {
    if (outcome.kind === "dropped") counts[outcome.reason] = (counts[outcome.reason] ?? 0) + 1;
  }
  return counts;
}

describe("a run that a quota slows down", () => {
  it("above the quota: waits are the quota's, not the runner's and not the in-flight bound's", () => {
    const seen = run(workload(15));
    expect(seen.throttled).toBe(0);
    const { steering, inFlight, runnerLag } = sums(seen);
    expect([inFlight, runnerLag]).toEqual([0, 0]);
    expect(steering).toBeGreaterThan(seconds(5));
    for (const { due, start, waits } of seen.sink.sents) {
      expect(waits.inFlight + waits.cap + waits.steering + waits.runnerLag).toBe(start - due);
    }
  });

  it("at four fifths of the quota: nothing is held back", () => {
    const seen = run(workload(8));
    expect(sums(seen)).toEqual({ cap: 0, steering: 0, inFlight: 0, runnerLag: 0 });
  });

  it("above the quota, and nobody waits for long: what is dropped is the quota's doing", () => {
    const seen = run(workload(15, { maxLateness: micros(300_000) }));
    const { "quota-steering": steered = 0, ...others } = drops(seen);
    expect(others).toEqual({});
    expect(steered).toBeGreaterThan(15);
    expect(seen.throttled).toBe(0);
  });

  it("a pause is the quota's, and so is the backlog that it leaves, until it is repaid", () => {
    const seen = run(workload(8), { cap: 10, pauseAt: seconds(1) });
    const { steering, ...others } = sums(seen);
    expect(others).toEqual({ cap: 0, inFlight: 0, runnerLag: 0 });
    // Due every 125 ms, from 1 s on let go every 100 ms from 2.5 s on, the first 20 ms ahead.
    const late = Array.from(
      { length: 24 },
      (_, i) => 2_500_000 + 100_000 * i - (1_000_000 + 125_000 * i),
    );
    const sum = late.reduce((all, one) => all + one, 0);
    expect(Math.abs(steering - sum)).toBeLessThan(24 * 25_000);
  });

  it("what a cap below the rate makes wait is the cap's, also while the quota holds back", () => {
    const seen = run(workload(8), { cap: 6, pauseAt: seconds(1) });
    const { cap, steering, inFlight, runnerLag } = sums(seen);
    const alone = sums(run(workload(8), { cap: 6, pauseAt: seconds(100) }));
    expect([inFlight, runnerLag, cap]).toEqual([0, 0, alone.cap]);
    expect(steering).toBeGreaterThan(seconds(20));
  });

  it("a pause that somebody did not wait out drops them as the quota's, those who come after it never", () => {
    const seen = run(workload(8, { maxLateness: micros(500_000) }), {
      cap: 10,
      pauseAt: seconds(1),
    });
    expect(Object.keys(drops(seen))).toEqual(["quota-steering"]);
  });
});

describe("a run on the emulator above its quota of 12/s", () => {
  it("keeps below it and says so", async ({ onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    const profile = `name: above
kind: stress
workload: { model: open, stages: [{ rate: 15/s, for: 3s }], maxLateness: 400ms }
scenarios: [{ name: create, steps: [{ operation: payment-request.create }] }]
thresholds: [{ figure: errors, max: 0 }]
`;
    writeFileSync(at.path("above.yaml"), profile);
    await cli(at, ["run", "above.yaml", "--out", "out"]);
    const { rateLimits, stopReason, totals, waits, warnings } = readReport(at.path("out"));
    expect(stopReason).toBeNull();
    // None, but where a busy machine holds the answers back that tell of the quota.
    expect(rateLimits[0]?.throttled).toBeLessThan(5);
    expect(totals.drops["quota-steering"]).toBeGreaterThan(0);
    expect(waits.steeringWait?.count).toBeGreaterThan(0);
    expect(warnings.map(({ code }) => code)).toContain("QUOTA_STEERED");
  });
});
