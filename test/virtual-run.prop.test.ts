import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { type Micros, milliseconds, perSecond, seconds } from "../src/base/units.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { brokenPromises, mostIn, stretches } from "../src/guard/cap.support.ts";
import type { CapSchedule } from "../src/guard/cap-schedule.ts";
import { Latencies } from "../src/measure/latencies.ts";
import { OpenRun } from "../src/workload/open-run.ts";
import type { DropReason } from "../src/workload/outcome.ts";
import type { OpenWorkload, Scenario, Step } from "../src/workload/workload.ts";
import {
  KeepingSink,
  SimulatedLane,
  SimulatedTarget,
  type Treatment,
} from "./support/simulated-target.ts";

/** The whole run loop on a simulated clock against a simulated server: no sleeping, and a seed repeats a failure. */

interface Setup {
  readonly seed: number;
  readonly workload: OpenWorkload;
  readonly cap: number | CapSchedule;
  readonly lines: number;
  readonly treat: (at: Micros, draw: number) => Treatment;
  /** The process stands still: from, for; seconds. In order of time. */
  readonly freezes?: readonly (readonly [number, number])[];
  readonly stopAt?: number;
  readonly holds?: boolean;
}

const ORIGIN = seconds(0.01);

function scheduleOf(cap: number | CapSchedule): CapSchedule {
  return typeof cap === "number" ? { capPerSecond: perSecond(cap) } : cap;
}

function simulate(setup: Setup) {
  const clock = new VirtualClock();
  const random = seededRandom(setup.seed);
  const draws = random.fork("server");
  const target = new SimulatedTarget(clock, setup.workload.requestTimeout, (_, at) =>
    setup.treat(at, draws.next()),
  );
  const categories = [
    ...new Set(setup.workload.scenarios.flatMap((s) => s.steps.map((t) => t.category))),
  ];
  const lanes = categories.map(
    (category) => new SimulatedLane(category, scheduleOf(setup.cap), setup.lines, setup.holds),
  );
  const sink = new KeepingSink();
  const origin = ORIGIN;
  const run = new OpenRun({
    workload: setup.workload,
    clock,
    random,
    lanes,
    performer: target,
    sink,
    origin,
  });
  let ended = false;
  void run.run().then(() => {
    ended = true;
  });
  const freezes = [...(setup.freezes ?? [])];
  if (setup.stopAt !== undefined) clock.at(seconds(setup.stopAt), () => run.stop());
  let steps = 0;
  while (clock.step()) {
    if (++steps > 2_000_000) throw new Error("the run does not end");
    const [next] = freezes;
    if (next && clock.now() >= seconds(next[0])) {
      freezes.shift();
      clock.freeze(seconds(next[1]));
    }
  }
  return { sink, target, clock, ended: () => ended };
}

function step(operation: string, category: string, thinkTime = 0): Step {
  return { operation, category, thinkTime: seconds(thinkTime) };
}

function workload(rate: number, duration: number, more: Partial<OpenWorkload> = {}): OpenWorkload {
  return {
    model: "open",
    arrivals: "uniform",
    stages: [
      { phase: "steady", from: perSecond(rate), to: perSecond(rate), duration: seconds(duration) },
    ],
    scenarios: [{ name: "one", weight: 1, steps: [step("create", "a")] }],
    maxInFlight: 1000,
    maxLateness: undefined,
    requestTimeout: seconds(60),
    drainTimeout: seconds(90),
    ...more,
  };
}

function checkRun({ sink, target }: ReturnType<typeof simulate>, cap: number | CapSchedule): void {
  const kinds = { answered: 0, failed: 0, dropped: 0, unfinished: 0 };
  for (const outcome of sink.outcomes) kinds[outcome.kind]++;
  // planned = dropped + sent; sent = answered + failed + unfinished; one outcome each.
  expect(sink.dues.length).toBe(kinds.dropped + sink.sents.length);
  expect(sink.sents.length).toBe(kinds.answered + kinds.failed + kinds.unfinished);
  expect(new Set(sink.outcomes.map(({ request }) => request)).size).toBe(sink.dues.length);
  expect(sink.dues.map(({ request }) => request)).toEqual(sink.dues.map((_, i) => i));
  // A stop may come between a request's admission and its write.
  expect(target.written.length).toBeLessThanOrEqual(sink.sents.length);
  expect(target.written.length).toBeGreaterThanOrEqual(sink.sents.length - kinds.unfinished);
  for (const { due, start, waits } of sink.sents) {
    expect(waits.inFlight + waits.cap + waits.steering + waits.runnerLag).toBe(start - due);
  }
  // Each journey ends once, and each of its steps is accounted for.
  expect(new Set(sink.journeys.map(({ journey }) => journey)).size).toBe(sink.journeys.length);
  for (const category of new Set(target.written.map((one) => one.category))) {
    const times = target.written.filter((one) => one.category === category).map(({ at }) => at);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    expect(brokenPromises(scheduleOf(cap), ORIGIN, times)).toEqual([]);
  }
}

/** What never had an answer stays in the response times, at least as long as it waited; only the runner's own drops do not. */
function checkSamples({ sink }: ReturnType<typeof simulate>): void {
  const latencies = new Latencies();
  for (const outcome of sink.outcomes) {
    const sample = latencies.outcome(outcome);
    if (outcome.kind === "dropped" || outcome.kind === "unfinished") {
      const isRunners = outcome.kind === "dropped" && outcome.reason === "runner";
      expect(sample).toBe(isRunners ? null : outcome.at - outcome.due);
    } else {
      const isError = outcome.kind === "answered" ? !outcome.expected : outcome.code !== "timeout";
      expect(sample).toBe(isError ? null : outcome.end - outcome.due);
    }
  }
}

function drops({ sink }: ReturnType<typeof simulate>): Partial<Record<DropReason, number>> {
  const counts: Partial<Record<DropReason, number>> = {};
  for (const outcome of sink.outcomes) {
    if (outcome.kind === "dropped") counts[outcome.reason] = (counts[outcome.reason] ?? 0) + 1;
  }
  return counts;
}

const setups = fc.record({
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
  rate: fc.double({ min: 0.5, max: 60, noNaN: true }),
  headroom: fc.double({ min: 0.6, max: 2, noNaN: true }),
  poisson: fc.boolean(),
  steps: fc.array(
    fc.record({ category: fc.constantFrom("a", "b"), think: fc.constantFrom(0, 0.1, 1) }),
    { minLength: 1, maxLength: 4 },
  ),
  maxInFlight: fc.integer({ min: 1, max: 40 }),
  lines: fc.integer({ min: 1, max: 20 }),
  maxLateness: fc.option(fc.constantFrom(0.05, 1), { nil: undefined }),
  latency: fc.integer({ min: 100, max: 400_000 }),
  stall: fc.option(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 4 })), {
    nil: undefined,
  }),
  trouble: fc.constantFrom(0, 0.01, 0.3),
  freeze: fc.option(
    fc.tuple(
      fc.double({ min: 0.1, max: 5, noNaN: true }),
      fc.double({ min: 0.3, max: 3, noNaN: true }),
    ),
    { nil: undefined },
  ),
  stopAt: fc.option(fc.double({ min: 0, max: 8, noNaN: true }), { nil: undefined }),
  holds: fc.boolean(),
  writeAfter: fc.constantFrom(0, 60),
  /** How many times the cap, and when: after how long, for how long; seconds. */
  bursts: fc.option(
    fc.record({
      times: fc.double({ min: 1, max: 3, noNaN: true }),
      windows: fc.array(
        fc.tuple(
          fc.double({ min: 0.001, max: 2, noNaN: true }),
          fc.double({ min: 0.001, max: 3, noNaN: true }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { nil: undefined },
  ),
});

function burstsOf(
  cap: number,
  { times, windows }: { times: number; windows: readonly (readonly [number, number])[] },
): CapSchedule["bursts"] {
  let end = 0;
  return {
    capPerSecond: perSecond(cap * times),
    windows: windows.map(([gap, length]) => {
      const fromUs = end + seconds(gap);
      end = fromUs + seconds(length);
      return { fromUs, toUs: end };
    }),
  };
}

describe("the run loop in virtual time", () => {
  it("accounts for every request and keeps the cap through stalls, resets, freezes and stops", () => {
    fc.assert(
      fc.property(setups, (s) => {
        const base = Math.max(0.3, s.rate * s.headroom);
        const cap: CapSchedule = {
          capPerSecond: perSecond(base),
          bursts: s.bursts && burstsOf(base, s.bursts),
        };
        const [first, ...rest] = s.steps.map(({ category, think }) =>
          step(category, category, think),
        );
        if (!first) return;
        const scenario: Scenario = { name: "one", weight: 1, steps: [first, ...rest] };
        const result = simulate({
          seed: s.seed,
          cap,
          lines: s.lines,
          holds: s.holds,
          workload: workload(s.rate, 6, {
            arrivals: s.poisson ? "poisson" : "uniform",
            scenarios: [scenario],
            maxInFlight: s.maxInFlight,
            maxLateness: s.maxLateness === undefined ? undefined : seconds(s.maxLateness),
            requestTimeout: seconds(3),
            drainTimeout: seconds(20),
          }),
          treat: (at, draw) => {
            const { writeAfter, latency } = s;
            if (draw < s.trouble / 3) return { latency, status: 429, writeAfter };
            if (draw < (s.trouble * 2) / 3) return { latency, status: 0, reset: true, writeAfter };
            if (draw < s.trouble) return { latency: undefined, status: 0, writeAfter };
            const [from, length] = s.stall ?? [0, 0];
            const held =
              at >= from * 1e6 && at < (from + length) * 1e6 ? (from + length) * 1e6 - at : 0;
            return { latency: held + latency, status: 200, writeAfter };
          },
          freezes: s.freeze ? [s.freeze] : [],
          ...(s.stopAt === undefined ? {} : { stopAt: s.stopAt }),
        });
        checkRun(result, cap);
        checkSamples(result);
        // A request written a turn after its admission is the runner's delay, however small.
        if (!s.freeze && s.writeAfter === 0) expect(drops(result).runner).toBeUndefined();
        expect(result.clock.pending).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it("tells the truth about a stall: 50/s, answers held from 4 s to 6 s, cap 62", () => {
    const { sink, target } = simulate({
      seed: 1,
      cap: 62,
      lines: 1000,
      workload: workload(50, 10),
      treat: (at) => ({ latency: (at >= 4e6 && at < 6e6 ? 6e6 - at : 0) + 3000, status: 200 }),
    });
    const responses = sink.outcomes
      .flatMap((o) => (o.kind === "answered" ? [o.end - o.due] : []))
      .sort((a, b) => a - b);
    const at = (p: number): number => responses[Math.ceil((p / 100) * responses.length) - 1] ?? 0;
    expect(responses.length).toBe(500);
    // 100 of the 500 are due in the stall, 20 ms apart from 4.01 s on; rank 450 is the 51st largest: 1993 - 50 x 20.
    expect([at(50), at(90), at(99), at(100)].map((us) => Math.round(us / 1000))).toEqual([
      3, 993, 1893, 1993,
    ]);
    expect(
      mostIn(
        target.written.map((one) => one.at),
        1e6,
      ),
    ).toBeLessThanOrEqual(51);
  });

  it("marks a freeze as a gap, drops what came due in it, and resumes in phase", () => {
    const { sink, target } = simulate({
      seed: 1,
      cap: 62,
      lines: 100,
      workload: workload(50, 10),
      treat: () => ({ latency: 3000, status: 200 }),
      freezes: [[4, 2]],
    });
    const dropped = sink.outcomes.flatMap((o) => (o.kind === "dropped" ? [o] : []));
    expect(sink.gaps.length).toBe(1);
    expect(dropped.every(({ reason }) => reason === "runner")).toBe(true);
    expect(dropped.length).toBeGreaterThanOrEqual(98);
    expect(dropped.length).toBeLessThanOrEqual(101);
    const after = sink.sents.filter(({ due }) => due > 6.05e6);
    expect(after.every(({ due, start }) => start === due)).toBe(true);
    expect(
      mostIn(
        target.written.map((one) => one.at),
        1e5,
      ),
    ).toBeLessThanOrEqual(9);
  });

  it("blames itself for what a stall made too late, where neither target nor cap held anybody back", () => {
    const stall = fc.double({ min: 0.1, max: 0.25, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0.3, max: 2, noNaN: true }), stall), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.constantFrom(0, 1, 20, 50),
        (stalls, lateness) => {
          let at = 0;
          const freezes = stalls.map(([after, length]) => {
            at += after;
            return [at, length] as const;
          });
          const result = simulate({
            seed: 1,
            cap: 62,
            lines: 100,
            workload: workload(50, 6, { maxLateness: milliseconds(lateness) }),
            treat: () => ({ latency: 3000, status: 200 }),
            freezes,
          });
          const { runner = 0, ...others } = drops(result);
          expect(others).toEqual({});
          const mostOf = freezes.reduce((sum, [, length]) => sum + length * 50 + 1, 0);
          expect(runner).toBeGreaterThan(0);
          expect(runner).toBeLessThanOrEqual(mostOf);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("blames itself for one that was at the gate when a longer gap began, and could have gone in time", () => {
    const { sink } = simulate({
      seed: 1,
      cap: { capPerSecond: perSecond(10) },
      lines: 100,
      // The cap lets the second go at 80 ms, and the third at 180 ms: 130 ms late.
      workload: workload(40, 0.1, { maxLateness: milliseconds(120) }),
      treat: () => ({ latency: 3000, status: 200 }),
      freezes: [[0.06 + ORIGIN / 1e6, 1]],
    });
    expect(sink.outcomes.map((one) => (one.kind === "dropped" ? one.reason : one.kind))).toEqual([
      "answered",
      "runner",
      "cap",
      "runner",
    ]);
  });

  it("answers for as many as it was late for, and the cap for the rest of a longer backlog", () => {
    const overloaded = (freezes: Setup["freezes"] = []) =>
      drops(
        simulate({
          seed: 1,
          cap: 40,
          lines: 100,
          workload: workload(60, 10, { maxLateness: milliseconds(400) }),
          treat: () => ({ latency: 3000, status: 200 }),
          freezes,
        }),
      );
    const undelayed = overloaded();
    expect(undelayed).toEqual({ cap: 183 });
    const { runner = 0, cap = 0, ...others } = overloaded([[4, 0.2]]);
    expect(others).toEqual({});
    // 40/s for 200 ms is 8, one more or less by phase; what else it drops is what it drops in any case.
    expect(Math.abs(runner - 8)).toBeLessThanOrEqual(1);
    expect(Math.abs(cap - 183)).toBeLessThanOrEqual(2);
  });

  it("keeps the cap when a request is admitted and written only two seconds later", () => {
    let admitted = 0;
    const result = simulate({
      seed: 1,
      cap: 5,
      lines: 100,
      workload: workload(8, 4),
      treat: () => ({ latency: 3000, status: 200, writeAfter: ++admitted === 5 ? 2_000_000 : 60 }),
    });
    expect(result.sink.sents.length).toBe(32);
    checkRun(result, 5);
  });

  it("a request starts when it is written: what making it took is the runner's doing", () => {
    const { sink } = simulate({
      seed: 1,
      cap: 62,
      lines: 100,
      workload: workload(50, 1),
      treat: () => ({ latency: 3000, status: 200, writeAfter: 700 }),
    });
    expect(sink.sents.length).toBe(50);
    for (const { due, start, waits } of sink.sents) {
      expect(start - due).toBe(700);
      expect(waits).toEqual({ inFlight: 0, cap: 0, steering: 0, runnerLag: 700 });
    }
    for (const outcome of sink.outcomes) expect(outcome).toMatchObject({ kind: "answered" });
    // Until it is written there is no time for anything else.
    expect(Math.max(...sink.idles)).toBe(20_000 - 700 - 3000);
  });

  it("one that is never written started when it was handed over, and is told all the same", () => {
    const { sink, target } = simulate({
      seed: 1,
      cap: 62,
      lines: 100,
      workload: workload(1, 2),
      treat: () => ({ latency: 3000, status: 200, writeAfter: 900_000 }),
      stopAt: 1.5,
    });
    expect(target.written.length).toBe(1);
    expect(sink.sents.map(({ due, start }) => start - due)).toEqual([900_000, 0]);
    expect(sink.outcomes.map(({ kind }) => kind)).toEqual(["answered", "unfinished"]);
  });

  it("a drill's bursts are over in time, and what they leave is repaid at the lower cap", () => {
    const cap = {
      capPerSecond: perSecond(6),
      bursts: {
        capPerSecond: perSecond(18),
        windows: [
          { fromUs: 5e6, toUs: 8e6 },
          { fromUs: 15e6, toUs: 18e6 },
        ],
      },
    };
    const stage = (rate: number, duration: number) => ({
      phase: "steady" as const,
      from: perSecond(rate),
      to: perSecond(rate),
      duration: seconds(duration),
    });
    const setup: Setup = {
      seed: 1,
      cap,
      lines: 100,
      workload: workload(3, 5, {
        stages: [stage(3, 5), stage(18, 3), stage(3, 7), stage(18, 3), stage(3, 7)],
      }),
      treat: () => ({ latency: 3000, status: 200 }),
    };
    /** How many are written in each burst and in each stretch between. */
    const counts = (result: ReturnType<typeof simulate>) => {
      const times = result.target.written.map(({ at }) => at);
      const { bursts, between } = stretches(cap, ORIGIN, times);
      return [bursts, between].map((parts) => parts.map(({ writes }) => writes.length));
    };
    const undisturbed = simulate(setup);
    checkRun(undisturbed, cap);
    expect(counts(undisturbed)).toEqual([
      [54, 54],
      [15, 21, 21],
    ]);
    // Held back by its server for 2 of its 3 s, with ten in flight, the first burst is over in time all the same.
    const stalled = simulate({
      ...setup,
      lines: 10,
      treat: (at) => ({ latency: (at >= 5e6 && at < 7e6 ? 7e6 - at : 0) + 3000, status: 200 }),
    });
    checkRun(stalled, cap);
    expect(counts(stalled)).toEqual([
      [29, 54],
      [15, 38, 29],
    ]);
    // Frozen from before the first burst until after it: nothing is made up for.
    const frozen = simulate({ ...setup, freezes: [[4.9, 3.6]] });
    checkRun(frozen, cap);
    expect(counts(frozen)[0]).toEqual([0, 54]);
  });

  it("blames the connections for a wait while all are busy, and the cap for a wait with one in hand", () => {
    const { sink } = simulate({
      seed: 1,
      cap: 50,
      lines: 1,
      workload: workload(10, 1),
      treat: () => ({ latency: 500_000, status: 200 }),
    });
    const third = sink.sents[2];
    expect(third?.waits).toEqual({ inFlight: 800_000, cap: 0, steering: 0, runnerLag: 0 });
    // Also where two take turns, each of which was busy while the tenth waited.
    for (const lines of [10, 2]) {
      const capped = simulate({
        seed: 1,
        cap: 5,
        lines,
        workload: workload(10, 1),
        treat: () => ({ latency: 1000, status: 200 }),
      });
      const last = capped.sink.sents[9];
      expect(last?.waits.inFlight).toBe(0);
      // The tenth is due at 0.9 s; evenly spaced it goes at 1.8 s, less the 20 ms that a cap lets it catch up.
      expect(last?.waits.cap).toBe(880_000);
    }
  });

  it("sends nothing after a stop, and lists what the server may still execute", () => {
    const { sink, target } = simulate({
      seed: 1,
      cap: 62,
      lines: 100,
      workload: workload(50, 10),
      treat: () => ({ latency: 300_000, status: 200 }),
      stopAt: 5,
    });
    expect(Math.max(...target.written.map(({ at }) => at))).toBeLessThanOrEqual(5e6);
    expect(sink.outcomes.filter(({ kind }) => kind === "unfinished").length).toBe(15);
  });
});
