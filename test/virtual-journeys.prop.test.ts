import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { micros, milliseconds, perSecond, seconds } from "../src/base/units.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { brokenPromises } from "../src/guard/cap.support.ts";
import type { CapSchedule } from "../src/guard/cap-schedule.ts";
import { OpenRun, type RunEnd } from "../src/workload/open-run.ts";
import type { RetryPolicy } from "../src/workload/retry.ts";
import {
  everyScenario,
  type OpenWorkload,
  type Scenario,
  type Step,
} from "../src/workload/workload.ts";
import { wrongIn } from "./support/journey-reference.ts";
import { SimulatedShop } from "./support/simulated-shop.ts";
import { KeepingSink, SimulatedLane, SimulatedTarget } from "./support/simulated-target.ts";

/**
 * Whole runs on a simulated clock: set-up, journeys that retry, poll and depend on answers, clean-up; against a server that
 * stalls, throttles, resets, loses answers and opens its connections late, on a machine that freezes, with stops at any
 * time. Each run is held against a naive reference and against what the server knows to be true.
 *
 * SIMULATED_RUNS says how many; a failure names the seed that repeats it, for SIMULATED_SEED.
 */
const RUNS = Number(process.env.SIMULATED_RUNS ?? 300);
const SEED = process.env.SIMULATED_SEED;

const retry = fc.record({
  attempts: fc.integer({ min: 2, max: 4 }),
  on: fc.constantFrom<RetryPolicy["on"][]>(
    [429, "5xx", "timeout", "connection"],
    [429],
    ["timeout", "connection"],
    ["5xx"],
  ),
  base: fc.constantFrom(0, 50_000, 500_000).map(micros),
  max: fc.constantFrom(400_000, 5_000_000).map(micros),
  jitter: fc.constantFrom("full" as const, "none" as const),
  ignoreReset: fc.boolean(),
  idempotencyKey: fc.constantFrom("same" as const, "fresh" as const),
});

const aStep = fc.record({
  what: fc.constantFrom("create" as const, "read" as const, "end" as const),
  category: fc.constantFrom("a", "b"),
  think: fc.constantFrom(0, 0.1, 1),
  retry: fc.option(retry, { nil: undefined, freq: 2 }),
  poll: seldom(
    fc.record({
      every: fc.constantFrom(0.05, 0.5).map(seconds),
      atMost: fc.integer({ min: 1, max: 6 }),
    }),
  ),
  conditional: seldom(fc.constant(true)),
});

/** One in four. */
function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const setups = fc.record({
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
  rate: fc.integer({ min: 1, max: 12 }),
  headroom: fc.constantFrom(0.5, 1, 1.3, 3, 8),
  poisson: fc.boolean(),
  scenarios: fc.array(fc.array(aStep, { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 2,
  }),
  setUp: seldom(fc.array(aStep, { minLength: 1, maxLength: 2 })),
  cleanUp: fc.option(fc.record({ timeout: fc.constantFrom(0.5, 5, 60), retry: fc.option(retry) }), {
    nil: undefined,
  }),
  maxInFlight: fc.integer({ min: 1, max: 30 }),
  lines: fc.integer({ min: 1, max: 10 }),
  /** When the connections are open, seconds. */
  openAt: fc.constantFrom(0, 0, 0.7),
  maxLateness: seldom(fc.constantFrom(0.05, 1)),
  drain: fc.constantFrom(0, 1, 20),
  latency: fc.integer({ min: 100, max: 400_000 }),
  stall: seldom(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 4 }))),
  trouble: fc.record({
    throttled: fc.constantFrom(0, 0.1),
    broken: fc.constantFrom(0, 0.1),
    reset: fc.constantFrom(0, 0.1),
    silent: fc.constantFrom(0, 0.05),
  }),
  /** Nothing but 429 for a while: from, for; seconds. */
  storm: seldom(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 2 }))),
  /** From, for; milliseconds. */
  freeze: seldom(
    fc.tuple(fc.integer({ min: 100, max: 8_000 }), fc.integer({ min: 300, max: 3_000 })),
  ),
  /** Milliseconds. */
  stopAt: seldom(fc.integer({ min: 0, max: 12_000 })),
  holds: fc.boolean(),
  writeAfter: fc.constantFrom(0, 60),
});
type Setup = typeof setups extends fc.Arbitrary<infer T> ? T : never;

const ORIGIN = seconds(0.01);

function stepOf(s: Setup["scenarios"][number][number], index: number): Step {
  return {
    operation: s.what,
    category: s.category,
    thinkTime: seconds(s.think),
    retry: s.retry,
    poll: s.poll ?? undefined,
    ...(index > 0 && s.conditional ? { conditional: true } : {}),
    // What a conditional step before may have saved, or may not.
    ...(s.what === "end" && index > 1 ? { needs: ["id"] } : {}),
    ...(s.what === "create" ? { creates: true } : {}),
  };
}

function scenarioOf(name: string, steps: Setup["scenarios"][number]): Scenario {
  const [first, ...others] = steps.map(stepOf);
  if (!first) throw new Error("no steps");
  return { name, weight: 1, steps: [first, ...others] };
}

function workloadOf(s: Setup): OpenWorkload {
  const [first, ...others] = s.scenarios.map((steps, i) => scenarioOf(`s${i}`, steps));
  if (!first) throw new Error("no scenarios");
  const end: Step = {
    operation: "end",
    category: "a",
    thinkTime: micros(0),
    retry: s.cleanUp?.retry ?? undefined,
  };
  const rate = perSecond(s.rate);
  return {
    model: "open",
    arrivals: s.poisson ? "poisson" : "uniform",
    stages: [{ phase: "steady", from: rate, to: rate, duration: seconds(4) }],
    scenarios: [first, ...others],
    ...(s.setUp ? { setUp: { scenario: scenarioOf("set-up", s.setUp), timeout: seconds(3) } } : {}),
    cleanUp: s.cleanUp && {
      ways: [{ name: "clean-up", weight: 1, steps: [end] }],
      timeout: seconds(s.cleanUp.timeout),
    },
    maxInFlight: s.maxInFlight,
    maxLateness: s.maxLateness === null ? undefined : seconds(s.maxLateness),
    requestTimeout: seconds(3),
    drainTimeout: seconds(s.drain),
  };
}

async function simulate(s: Setup) {
  const clock = new VirtualClock();
  const random = seededRandom(s.seed);
  const workload = workloadOf(s);
  const within = (span: readonly [number, number] | null, at: number): boolean =>
    span !== null && at >= span[0] * 1e6 && at < (span[0] + span[1]) * 1e6;
  const shop = new SimulatedShop(
    workload,
    random.fork("server"),
    (at) => (within(s.storm, at) ? { ...s.trouble, throttled: 1 } : s.trouble),
    (at) => {
      const [from, length] = s.stall ?? [0, 0];
      return (within(s.stall, at) ? (from + length) * 1e6 - at : 0) + s.latency;
    },
  );
  const handedAt = new Map<number, number>();
  const target = new SimulatedTarget(clock, workload.requestTimeout, (call, at) => {
    handedAt.set(call.request, at);
    return shop.treat(call, at, s.writeAfter);
  });
  const cap: CapSchedule = { capPerSecond: perSecond(Math.max(0.5, s.rate * s.headroom)) };
  const steps = everyScenario(workload).flatMap(({ steps }) => steps);
  const lanes = [...new Set(steps.map(({ category }) => category))].map(
    (category) => new SimulatedLane(category, cap, s.openAt > 0 ? 0 : s.lines, s.holds),
  );
  const sink = new KeepingSink();
  const run = new OpenRun({
    workload,
    clock,
    random,
    lanes,
    performer: target,
    sink,
    origin: ORIGIN,
  });
  let end: RunEnd | undefined;
  void run.run().then((how) => {
    end = how;
  });
  if (s.openAt > 0) {
    clock.at(seconds(s.openAt), () => {
      for (const lane of lanes) lane.open(s.lines, clock.now());
      run.wake();
    });
  }
  let stoppedAt = Number.POSITIVE_INFINITY;
  if (s.stopAt !== null) {
    clock.at(milliseconds(s.stopAt), () => {
      if (!end) stoppedAt = Math.min(stoppedAt, clock.now());
      run.stop();
    });
  }
  let isFrozen = s.freeze === null;
  for (let steps = 0; ; steps++) {
    // The clean-up is offered by promises.
    for (let i = 0; i < 6; i++) await undefined;
    if (!clock.step()) break;
    if (steps > 500_000) throw new Error("the run does not end");
    if (!isFrozen && s.freeze && clock.now() >= milliseconds(s.freeze[0])) {
      isFrozen = true;
      clock.freeze(milliseconds(s.freeze[1]));
    }
  }
  if (!end) throw new Error("the run has no end");
  return { workload, shop, target, handedAt, sink, clock, cap, end, stoppedAt };
}

type Simulated = Awaited<ReturnType<typeof simulate>>;

function checkAccounting({ sink, target, shop }: Simulated): void {
  const kinds = { answered: 0, failed: 0, dropped: 0, unfinished: 0 };
  for (const outcome of sink.outcomes) kinds[outcome.kind]++;
  expect(sink.dues.length).toBe(kinds.dropped + sink.sents.length);
  expect(sink.sents.length).toBe(kinds.answered + kinds.failed + kinds.unfinished);
  expect(new Set(sink.outcomes.map(({ request }) => request)).size).toBe(sink.dues.length);
  expect(sink.dues.map(({ request }) => request)).toEqual(sink.dues.map((_, i) => i));
  expect(target.written.length).toBeLessThanOrEqual(sink.sents.length);
  expect(shop.served.size).toBe(sink.sents.length);
  for (const { due, start, waits } of sink.sents) {
    expect(waits.inFlight + waits.cap + waits.steering + waits.runnerLag).toBe(start - due);
  }
}

function checkCap({ target, cap, end }: Simulated): void {
  for (const category of new Set(target.written.map((one) => one.category))) {
    const times = target.written.filter((one) => one.category === category).map(({ at }) => at);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    expect(brokenPromises(cap, end.arrivalsFrom ?? end.endedAt, times)).toEqual([]);
  }
}

/** Each journey ends once, and has done what the reference says. */
function checkJourneys({ workload, sink, shop, end, stoppedAt }: Simulated): void {
  expect(new Set(sink.journeys.map(({ journey }) => journey)).size).toBe(sink.journeys.length);
  expect(new Set(sink.dues.map(({ journey }) => journey)).size).toBe(sink.journeys.length);
  const scenarios = new Map(everyScenario(workload).map((one) => [one.name, one]));
  const outcomes = new Map(sink.outcomes.map((one) => [one.request, one]));
  const requests = new Map(
    sink.journeys.map(({ journey }) => [journey, [] as typeof sink.outcomes]),
  );
  for (const { request, journey } of sink.dues) {
    const outcome = outcomes.get(request);
    if (outcome) requests.get(journey)?.push(outcome);
  }
  const setUp = sink.outcomes.filter(({ phase }) => phase === "set-up");
  const shared = setUp.flatMap(({ kind, request }) =>
    kind === "answered" ? Object.keys(shop.served.get(request)?.says.saved ?? {}) : [],
  );
  const wrong = sink.journeys.flatMap((outcome) => {
    const scenario = scenarios.get(outcome.scenario);
    if (!scenario) throw new Error(`no scenario ${outcome.scenario}`);
    const isPlanned = outcome.phase !== "clean-up";
    const cutOffAt = Math.min(
      stoppedAt,
      isPlanned ? (end.cleanUpFrom ?? end.endedAt) : end.endedAt,
    );
    const known = outcome.phase === "steady" ? shared : [];
    const told = { scenario, outcome, requests: requests.get(outcome.journey) ?? [], known };
    return wrongIn(told, { served: shop.served, cutOffAt });
  });
  expect(wrong).toEqual([]);
}

/** No arrival goes while a request of a started journey waits in its lane. */
function checkOrder({ sink, handedAt }: Simulated): void {
  const left = new Map(handedAt);
  for (const one of sink.outcomes) if (one.kind === "dropped") left.set(one.request, one.at);
  const isFirst = new Set<number>();
  const seen = new Set<number>();
  for (const { request, journey, phase } of sink.dues) {
    if (!seen.has(journey) && phase === "steady") isFirst.add(request);
    seen.add(journey);
  }
  const started = sink.dues.filter(({ request }) => !isFirst.has(request));
  for (const arrival of sink.sents.filter(({ request }) => isFirst.has(request))) {
    const goneAt = handedAt.get(arrival.request) ?? Infinity;
    const overtaken = started.filter(
      ({ request, category, due }) =>
        category === arrival.category && due < goneAt && (left.get(request) ?? 0) > goneAt,
    );
    expect(overtaken.map(({ request }) => request)).toEqual([]);
  }
}

/** Intended writes that no answer says anything of: none named what it made, and one at least may have made something. */
function unknownWrites({ outcomes }: KeepingSink, shop: SimulatedShop): number {
  const named = new Map<number, boolean>();
  for (const one of outcomes) {
    const served = shop.served.get(one.request);
    if (!served || one.operation !== "create") continue;
    const made = one.kind === "answered" && served.says.created !== undefined;
    const silent = one.kind !== "answered" || one.status === 200 || one.status >= 500;
    const { firstAttempt } = served.call;
    if (made || silent) named.set(firstAttempt, made || named.get(firstAttempt) === true);
  }
  return [...named.values()].filter((is) => !is).length;
}

/** What the run says of what it has made, held against what the server knows. */
function checkThings({ workload, shop, sink, end, stoppedAt }: Simulated): void {
  const { cleanUp } = end;
  if (!workload.cleanUp || !cleanUp) {
    expect([workload.cleanUp, cleanUp]).toEqual([undefined, undefined]);
    return;
  }
  expect(cleanUp.created).toBe(cleanUp.ended + cleanUp.cancelled + cleanUp.left.length);
  const answered = sink.outcomes.filter(({ kind }) => kind === "answered");
  const told = answered.flatMap(({ request }) => shop.served.get(request)?.says.created ?? []);
  const named = new Set(told.map(({ id }) => id));
  expect(cleanUp.created).toBe(named.size);
  const left = new Set(cleanUp.left.map(({ id }) => id));
  const unnamed = [...shop.made].filter((id) => !named.has(id));
  // Whatever is still there is listed, or was never named, and then it is counted.
  expect([...shop.open].filter((id) => !left.has(id) && named.has(id))).toEqual([]);
  expect(unnamed.length).toBeLessThanOrEqual(cleanUp.unknown);
  expect(cleanUp.unknown).toBe(unknownWrites(sink, shop));
  // What is listed and gone was ended by a request whose answer was lost.
  const ends = sink.outcomes.filter(
    (one) => one.operation === "end" && (one.kind === "failed" || one.kind === "unfinished"),
  );
  expect([...left].filter((id) => !shop.open.has(id)).length).toBeLessThanOrEqual(ends.length);
  const inTime = end.endedAt < (end.cleanUpFrom ?? 0) + workload.cleanUp.timeout;
  if (stoppedAt === Number.POSITIVE_INFINITY && inTime) {
    expect(cleanUp.left.filter(({ why }) => why === "not tried")).toEqual([]);
  }
}

describe("whole runs in virtual time", () => {
  it("do what the reference says, account for all, keep the cap, and end what they have made", async () => {
    const counts = {
      requests: 0,
      retries: 0,
      polls: 0,
      cleanUps: 0,
      setUps: 0,
      cancelled: 0,
      left: 0,
    };
    await fc.assert(
      fc.asyncProperty(setups, async (s) => {
        const run = await simulate(s);
        const { sink, clock, end, stoppedAt, workload } = run;
        expect(clock.pending).toBe(0);
        checkAccounting(run);
        checkCap(run);
        checkJourneys(run);
        checkOrder(run);
        checkThings(run);
        // What the run asks for itself is never too late.
        const asked = sink.outcomes.filter(({ phase }) => phase !== "steady");
        const dropped = asked.flatMap((one) => (one.kind === "dropped" ? [one.reason] : []));
        expect(dropped.filter((reason) => reason !== "run-ended")).toEqual([]);
        // In the clean-up, journeys of the plan go no further; what has been handed over may be written.
        const others = sink.sents.filter(({ phase }) => phase !== "clean-up");
        const { handedAt } = run;
        const goneAt = others.map(({ request }) => handedAt.get(request) ?? Infinity);
        expect(goneAt.filter((at) => at > (end.cleanUpFrom ?? Infinity))).toEqual([]);
        // Nothing starts after a stop, and no planned journey before the set-up has succeeded.
        expect(sink.sents.filter(({ start }) => start > stoppedAt)).toEqual([]);
        const planned = sink.dues.filter(({ phase }) => phase === "steady");
        expect(planned.filter(({ due }) => due < (end.arrivalsFrom ?? Infinity))).toEqual([]);
        expect(end.setUpFailure !== undefined).toBe(
          workload.setUp !== undefined && end.arrivalsFrom === undefined,
        );
        counts.requests += sink.dues.length;
        counts.retries += sink.dues.filter(({ attempt }) => attempt > 1).length;
        counts.polls += sink.dues.filter(({ poll }) => poll > 1).length;
        counts.cleanUps += end.cleanUpFrom === undefined ? 0 : 1;
        counts.setUps += workload.setUp && end.arrivalsFrom !== undefined ? 1 : 0;
        counts.cancelled += end.cleanUp?.cancelled ?? 0;
        counts.left += end.cleanUp?.left.length ?? 0;
      }),
      { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    );
    // The generator reaches what it is for.
    for (const [what, count] of Object.entries(counts)) {
      expect(`${what}: ${count >= RUNS / 20}`).toBe(`${what}: true`);
    }
  }, 600_000);
});
