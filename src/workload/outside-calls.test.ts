import { describe, expect, test } from "vitest";
import { SimulatedLane, SimulatedTarget } from "../../test/support/simulated-target.ts";
import { seededRandom } from "../base/random.ts";
import { type Micros, micros, perSecond, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { OpenRun } from "./open-run.ts";
import type { JourneyOutcome, Outcome } from "./outcome.ts";
import type { OutsideCall } from "./roles.ts";

const MS = 1_000;

interface Ran {
  readonly outcomes: readonly Outcome[];
  readonly journeys: readonly JourneyOutcome[];
}

/**
 * A second of 10 journeys a second: a step that somebody outside makes, and one of the plan's own after it. The server
 * takes 20 ms.
 */
function run(
  behave: (call: OutsideCall, clock: VirtualClock, wake: () => void) => void,
  { atMost = 3, perSecondCap = 100, stopAt }: Partial<Record<string, number>> = {},
): Ran {
  const clock = new VirtualClock();
  const outcomes: Outcome[] = [];
  const journeys: JourneyOutcome[] = [];
  const ignored = (): void => {};
  const target = new SimulatedTarget(clock, seconds(60), () => ({
    latency: 20 * MS,
    status: 200,
  }));
  const step = { operation: "own", category: "a", thinkTime: micros(0) };
  const loop = new OpenRun({
    workload: {
      model: "open",
      arrivals: "uniform",
      stages: [{ phase: "steady", from: perSecond(10), to: perSecond(10), duration: seconds(1) }],
      scenarios: [
        {
          name: "one",
          weight: 1,
          steps: [
            { ...step, operation: "theirs", outside: { atMost } },
            { ...step, thinkTime: micros(5 * MS) },
          ],
        },
      ],
      maxInFlight: 20,
      maxLateness: undefined,
      requestTimeout: seconds(60),
      drainTimeout: seconds(1),
    },
    clock,
    random: seededRandom(1),
    lanes: [new SimulatedLane("a", { capPerSecond: perSecond(perSecondCap) }, 50)],
    performer: target,
    outside: { call: (call) => behave(call, clock, () => loop.wake()) },
    sink: {
      due: ignored,
      started: ignored,
      outcome: (outcome) => outcomes.push(outcome),
      journey: (outcome) => journeys.push(outcome),
      gap: ignored,
      tick: ignored,
      idle: ignored,
    },
    origin: micros(0),
  });
  if (stopAt !== undefined) clock.at(micros(stopAt), () => loop.stop());
  void loop.run();
  while (clock.step());
  return { outcomes, journeys };
}

/** Asks so many times, `every` after the call and after each time, and ends at `end` after the call. */
function asks(times: number, every: number, end: number, succeeded = true) {
  return (call: OutsideCall, clock: VirtualClock, wake: () => void): void => {
    const from = clock.now();
    const after = (us: number): Micros => micros(from + us);
    for (let i = 1; i <= times; i++) {
      clock.at(after(i * every), () => {
        call.asks(clock.now());
        wake();
      });
    }
    clock.at(after(end), () => {
      call.ended({ end: clock.now(), succeeded, saved: {}, why: "returned" });
    });
  };
}

function counts({ outcomes, journeys }: Ran) {
  const of = (name: string) => outcomes.filter(({ operation }) => operation === name).length;
  return {
    theirs: of("theirs"),
    own: of("own"),
    completed: journeys.filter(({ completed }) => completed).length,
    journeys: journeys.length,
    notReached: journeys.reduce((sum, { notReached }) => sum + notReached, 0),
    notDue: journeys.reduce((sum, { notDue }) => sum + notDue, 0),
  };
}

const EACH = { journeys: 10, completed: 10, notReached: 0, notDue: 0 };

describe("a call's requests", () => {
  test("are due when they come, and the next step after the call's end", () => {
    const ran = run(asks(1, 7 * MS, 50 * MS));
    expect(counts(ran)).toEqual({ ...EACH, theirs: 10, own: 10 });
    const [first, second] = ran.outcomes;
    expect(first).toMatchObject({ operation: "theirs", due: 7 * MS, end: 27 * MS, poll: 1 });
    expect(second).toMatchObject({ operation: "own", due: 55 * MS });
    expect(ran.journeys[0]).toMatchObject({ due: 0, end: 75 * MS });
  });

  test("are no more than it may make", () => {
    const ran = run(asks(9, MS, 60 * MS));
    expect(counts(ran)).toEqual({ ...EACH, theirs: 30, own: 10 });
    expect(ran.outcomes.slice(0, 3).map(({ poll }) => poll)).toEqual([1, 2, 3]);
  });

  test("that nobody waited for end before the journey goes on", () => {
    const ran = run(asks(1, 7 * MS, 8 * MS));
    expect(counts(ran)).toEqual({ ...EACH, theirs: 10, own: 10 });
    // The call ended at 8 ms, and its request at 27 ms.
    const own = ran.outcomes.find(({ operation }) => operation === "own");
    expect(own?.due).toBeGreaterThanOrEqual(13 * MS);
    expect(own?.kind === "answered" && own.start).toBeGreaterThanOrEqual(27 * MS);
  });

  test("wait for the cap as others do", () => {
    const { outcomes } = run(asks(3, 1, 1), { perSecondCap: 20 });
    const starts = outcomes.flatMap((one) => ("start" in one ? [one.start] : []));
    for (const at of starts) {
      const within = starts.filter((other) => other >= at && other < at + 1e6);
      expect(within.length).toBeLessThanOrEqual(20);
    }
  });
});

describe("a call", () => {
  test("that fails ends its journey", () => {
    const ran = run(asks(1, 7 * MS, 50 * MS, false));
    expect(counts(ran)).toEqual({ ...EACH, theirs: 10, own: 0, completed: 0, notReached: 10 });
  });

  test("without a request leaves its own one unreached", () => {
    const ran = run(asks(0, 0, 50 * MS));
    expect(counts(ran)).toEqual({ ...EACH, theirs: 0, own: 10, notReached: 10 });
  });

  test("that never ends is cut off with the drain", () => {
    const ran = run(() => {});
    expect(counts(ran)).toEqual({ ...EACH, theirs: 0, own: 0, completed: 0, notDue: 20 });
    expect(ran.journeys[0]?.end).toBe(2_000 * MS);
  });

  test("under way when the run is stopped ends with it, and its requests have one outcome each", () => {
    const ran = run(asks(2, 15 * MS, 500 * MS), { stopAt: 232 * MS });
    expect(ran.outcomes.map(({ kind }) => kind)).toEqual([
      ...["answered", "answered", "answered", "answered"],
      ...["unfinished", "unfinished"],
    ]);
    expect(new Set(ran.outcomes.map(({ request }) => request)).size).toBe(6);
    expect(ran.journeys).toHaveLength(3);
    expect(counts(ran)).toMatchObject({ completed: 0, notDue: 3 });
  });

  test("asks for nothing once it has ended", () => {
    const late: (number | undefined)[] = [];
    run((call, clock, wake) => {
      asks(1, MS, 2 * MS)(call, clock, wake);
      clock.at(micros(clock.now() + 50 * MS), () => late.push(call.asks(clock.now())));
    });
    expect(late).toEqual(Array.from({ length: 10 }, () => undefined));
  });
});
