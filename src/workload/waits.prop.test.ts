import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Micros, micros } from "../base/units.ts";
import type { Cap, Slot } from "./roles.ts";
import { missedByRunner, splitWait } from "./waits.ts";

/** The plainest cap there is: one every `gap` microseconds. */
class EvenCap implements Cap {
  next = 0;
  readonly gap: number;
  constructor(gap: number) {
    this.gap = gap;
  }
  beginAt(): void {}
  earliest(from: Micros): Micros {
    return micros(Math.max(from, this.next));
  }
  readonly steeredUntil: Micros = micros(0);
  take(now: Micros): Slot | undefined {
    if (now < this.next) return undefined;
    this.next = now + this.gap;
    return {
      written: (at) => {
        this.next = Math.max(this.next, at + this.gap);
      },
      ended: () => {},
    };
  }
}

interface Request {
  /** From the due time before to this one. */
  readonly gap: number;
  /** From its due time until a connection is idle; negative: one was. */
  readonly line: number;
  /** How late the runner is. */
  readonly lag: number;
}

const requests = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 2000 }),
    line: fc.integer({ min: -1000, max: 3000 }),
    lag: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 5000 })),
  }),
  { minLength: 1, maxLength: 60 },
);

/** What a run does: starts in order, each when connection and cap allow and the runner has woken. */
function simulate(list: readonly Request[], capGap: number) {
  const cap = new EvenCap(capGap);
  const shadowCap = new EvenCap(capGap);
  let due = 0;
  let now = 0;
  return list.map(({ gap, line, lag }) => {
    due += gap;
    const lineSince = micros(Math.max(0, due + line));
    const start = micros(Math.max(now, due, lineSince, cap.next) + lag);
    now = start;
    cap.take(start);
    const split = splitWait({ due: micros(due), lineSince, start }, { shadowCap });
    return { due, lineSince, start, ...split };
  });
}

describe("splitWait", () => {
  it.each([
    ["no wait at all", [100, 50, 100], 0, [0, 0, 0]],
    ["a connection came late", [100, 400, 400], 0, [300, 0, 0]],
    ["the cap held it back", [100, 50, 700], 700, [0, 600, 0]],
    ["the runner was late", [100, 50, 150], 0, [0, 0, 50]],
    ["first the connection, then the cap, then the runner", [100, 400, 1000], 700, [300, 300, 300]],
    ["the cap's wait ran out while no connection was idle", [100, 800, 900], 700, [700, 0, 100]],
    ["a connection that is said to be idle only later", [100, 900, 500], 0, [400, 0, 0]],
    ["a cap that would have allowed it only later", [100, 50, 300], 800, [0, 200, 0]],
  ])("%s", (_, [due = 0, lineSince = 0, start = 0], capFree, [inFlight, cap, runnerLag]) => {
    const shadow = new EvenCap(1000);
    shadow.next = capFree;
    const at = { due: micros(due), lineSince: micros(lineSince), start: micros(start) };
    expect(splitWait(at, { shadowCap: shadow }).waits).toEqual({
      inFlight,
      cap,
      steering: 0,
      runnerLag,
    });
  });

  it("adds up, and no part is negative", () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 1500 }), (list, capGap) => {
        for (const { due, start, waits } of simulate(list, capGap)) {
          expect(waits.inFlight + waits.cap + waits.runnerLag).toBe(start - due);
          expect(Math.min(waits.inFlight, waits.cap, waits.runnerLag)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it("finds the start that a runner never late would have made, by its plainest definition", () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 1500 }), (list, capGap) => {
        let shadowBefore = Number.NEGATIVE_INFINITY;
        for (const { due, lineSince, start, waits } of simulate(list, capGap)) {
          const shadowStart = Math.max(due, lineSince, shadowBefore + capGap);
          expect(start - waits.runnerLag).toBe(shadowStart);
          expect(waits.inFlight).toBe(Math.max(due, lineSince) - due);
          shadowBefore = shadowStart;
        }
      }),
    );
  });

  it("blames a runner that is never late for nothing", () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 1500 }), (list, capGap) => {
        const punctual = list.map((request) => ({ ...request, lag: 0 }));
        // In order, a request also waits for the one before it; that is the cap's doing here only if connections come in order.
        const ordered = punctual.map((request) => ({
          ...request,
          line: Math.min(0, request.line),
        }));
        for (const { waits } of simulate(ordered, capGap)) expect(waits.runnerLag).toBe(0);
      }),
    );
  });

  it("takes a slot of the shadow's cap at the shadow's start, to be told of the answer", () => {
    const shadow = new EvenCap(1000);
    const at = { due: micros(0), lineSince: micros(0), start: micros(500) };
    expect(splitWait(at, { shadowCap: shadow }).shadowSlot).toBeDefined();
    expect(shadow.next).toBe(1000);
  });

  it("takes its slot in its own time where the clamp had to hold", () => {
    const early = new EvenCap(1000);
    early.next = 900;
    const at = { due: micros(0), lineSince: micros(0), start: micros(500) };
    expect(splitWait(at, { shadowCap: early }).waits.cap).toBe(500);
    expect(early.next).toBe(1900);
  });

  it("takes none where the cap waits for an answer, and blames the cap", () => {
    const at = { due: micros(0), lineSince: micros(0), start: micros(500) };
    const blamed = { inFlight: 0, cap: 500, steering: 0, runnerLag: 0 };
    expect(splitWait(at, { shadowCap: HELD }).waits).toEqual(blamed);
  });
});

const HELD: Cap = {
  beginAt: () => {},
  earliest: () => undefined,
  steeredUntil: micros(0),
  take: () => undefined,
};

describe("missedByRunner", () => {
  it.each([
    ["nothing held it back", [100, 50], 0, true, 1100],
    ["its connection came just in time", [100, 600], 0, true, 1600],
    ["its connection came too late", [100, 601], 0, false, 0],
    ["the cap would have let it go just in time", [100, 50], 600, true, 1600],
    ["the cap would have let it go too late", [100, 50], 601, false, 601],
  ])("%s", (_, [due = 0, lineSince = 0], capFree, missed, nextFree) => {
    const shadow = new EvenCap(1000);
    shadow.next = capFree;
    const request = { due: micros(due), lineSince: micros(lineSince), limit: micros(600) };
    expect(missedByRunner(request, { shadowCap: shadow })).toBe(missed);
    // The shadow has sent what the runner missed, and nothing else.
    expect(shadow.next).toBe(nextFree);
  });

  it("is not the runner's where the cap waits for an answer", () => {
    const request = { due: micros(0), lineSince: micros(0), limit: micros(600) };
    expect(missedByRunner(request, { shadowCap: HELD })).toBe(false);
  });

  it("tells of the answer too, so that a slot held until then is not held for ever", () => {
    const ends: unknown[] = [];
    const shadowCap: Cap = {
      ...HELD,
      earliest: (from) => from,
      take: () => ({ written: () => {}, ended: (at, answered) => void ends.push([at, answered]) }),
    };
    const request = { due: micros(100), lineSince: micros(0), limit: micros(600) };
    expect(missedByRunner(request, { shadowCap })).toBe(true);
    expect(ends).toEqual([[600, true]]);
  });
});
