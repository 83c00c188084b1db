import { describe, expect, it } from "vitest";
import { FAR, type Micros, micros, seconds } from "../base/units.ts";
import { Gate, type Pending } from "./gate.ts";
import { FIRST_TURN, type Journey, type Turn } from "./journey.ts";
import type { Cap, Lane, Line } from "./roles.ts";

class FakeLane implements Lane {
  readonly category: string;
  readonly cap: Cap = {
    beginAt: () => {},
    earliest: (from) =>
      this.earliest === undefined ? undefined : micros(Math.max(from, this.earliest)),
    take: () => undefined,
    steeredUntil: micros(0),
  };
  readonly shadowCap = this.cap;
  lines = 1;
  earliest: Micros | undefined = micros(0);
  constructor(category: string) {
    this.category = category;
  }
  readonly freeSince = micros(0);
  hasLine(): boolean {
    return this.lines > 0;
  }
  takeLine(): Line | undefined {
    return undefined;
  }
  wantLine(): void {}
}

const scenario = {
  name: "one",
  weight: 1,
  steps: [{ operation: "o", category: "a", thinkTime: seconds(0) }],
} as const;
let made = 0;
function pending(category: string, due: number, step = 0, turn: Turn = FIRST_TURN): Pending {
  const journey: Journey = {
    id: made,
    index: 0,
    scenario,
    phase: "steady",
    due: micros(due),
    values: {},
    allowed: [],
    passedOver: 0,
  };
  return {
    request: made++,
    journey: journey.id,
    scenario: "one",
    operation: "o",
    category,
    phase: "steady",
    due: micros(due),
    attempt: turn.attempt,
    poll: turn.poll,
    from: journey,
    step,
    turn,
  };
}

/** What is served when every offer is taken, as `category due step`. */
function served(gate: Gate<Line>, take: (one: Pending) => boolean = () => true): string[] {
  const order: string[] = [];
  gate.serve((one, lane) => {
    expect(lane.category).toBe(one.category);
    const taken = take(one);
    order.push(`${one.category} ${one.due} ${one.step}${taken ? "" : " declined"}`);
    return taken;
  });
  return order;
}

describe("Gate", () => {
  it("serves started journeys first, then the longest due, over all lanes", () => {
    const gate = new Gate([new FakeLane("a"), new FakeLane("b")]);
    for (const one of [
      pending("a", 10),
      pending("b", 5),
      pending("a", 20),
      pending("b", 30, 1),
      pending("a", 25, 2),
    ]) {
      gate.add(one);
    }
    expect(served(gate)).toEqual(["a 25 2", "b 30 1", "b 5 0", "a 10 0", "a 20 0"]);
    expect(gate.isEmpty).toBe(true);
  });

  it("knows a journey that retries or polls its first step for a started one", () => {
    const gate = new Gate([new FakeLane("a")]);
    gate.add(pending("a", 10));
    gate.add(pending("a", 20, 0, { ...FIRST_TURN, attempt: 2 }));
    gate.add(pending("a", 30, 0, { ...FIRST_TURN, poll: 2 }));
    expect([...gate.lateArrivals(100)].map(({ pending: { due } }) => due)).toEqual([10]);
    expect(served(gate)).toEqual(["a 20 0", "a 30 0"]);
  });

  it("leaves a lane alone once its head is declined, and goes on with the others", () => {
    const gate = new Gate([new FakeLane("a"), new FakeLane("b")]);
    for (const one of [pending("a", 1), pending("a", 2), pending("b", 3), pending("b", 4)])
      gate.add(one);
    expect(served(gate, ({ category }) => category === "b")).toEqual([
      "a 1 0 declined",
      "b 3 0",
      "b 4 0",
    ]);
    expect(gate.isEmpty).toBe(false);
    expect(served(gate)).toEqual(["a 1 0", "a 2 0"]);
  });

  it("tells how many wait in the lane", () => {
    const gate = new Gate([new FakeLane("a"), new FakeLane("b")]);
    for (const one of [pending("a", 1), pending("a", 2, 1), pending("a", 3), pending("b", 9)])
      gate.add(one);
    const seen: number[] = [];
    gate.serve((_, __, waiting) => {
      seen.push(waiting);
      return true;
    });
    expect(seen).toEqual([3, 2, 1, 1]);
  });

  it("has a lane for each category of the plan and no other", () => {
    const gate = new Gate([new FakeLane("a")]);
    expect(() => gate.add(pending("b", 1))).toThrow(new TypeError("no lane for b"));
  });

  it("takes out new arrivals that are too late, and no step of a started journey", () => {
    const lane = new FakeLane("a");
    const gate = new Gate([lane]);
    for (const one of [pending("a", 10), pending("a", 20), pending("a", 30), pending("a", 5, 1)])
      gate.add(one);
    const late = [...gate.lateArrivals(20)];
    expect(late.map(({ pending: { due } }) => due)).toEqual([10]);
    expect(late[0]?.lane).toBe(lane);
    expect(served(gate)).toEqual(["a 5 1", "a 20 0", "a 30 0"]);
  });

  it("gives out everything in the end", () => {
    const gate = new Gate([new FakeLane("a"), new FakeLane("b")]);
    for (const one of [pending("a", 1), pending("b", 2, 1), pending("a", 3, 1)]) gate.add(one);
    expect([...gate.drain()].map(({ due }) => due).sort()).toEqual([1, 2, 3]);
    expect([gate.isEmpty, [...gate.drain()]]).toEqual([true, []]);
  });

  it.each<
    [
      string,
      {
        hasRoom?: boolean;
        lines?: number;
        waitsForAnswer?: boolean;
        maxLateness?: number;
        step?: number;
      },
      number,
    ]
  >([
    ["the cap's next time", {}, 700],
    ["an arrival's age, if that comes first", { maxLateness: 500 }, 601],
    ["the cap, if that comes first", { maxLateness: 5000 }, 700],
    ["never, with no connection idle", { lines: 0 }, FAR],
    ["an arrival's age, with no connection idle", { lines: 0, maxLateness: 5000 }, 5101],
    ["never, at the in-flight bound", { hasRoom: false }, FAR],
    ["never, while the cap waits for an answer", { waitsForAnswer: true }, FAR],
    [
      "never by age, for a step of a started journey",
      { hasRoom: false, maxLateness: 5000, step: 1 },
      FAR,
    ],
  ])(
    "next looks again at %s",
    (_, { hasRoom = true, lines = 1, maxLateness, step = 0, waitsForAnswer = false }, at) => {
      const lane = new FakeLane("a");
      lane.earliest = waitsForAnswer ? undefined : micros(700);
      lane.lines = lines;
      const gate = new Gate([lane]);
      gate.add(pending("a", 100, step));
      const lateness = maxLateness === undefined ? undefined : micros(maxLateness);
      expect(gate.nextChange(micros(50), hasRoom, lateness)).toBe(at);
    },
  );

  it("asks the cap for a time from now on", () => {
    const gate = new Gate([new FakeLane("a")]);
    gate.add(pending("a", 100));
    expect(gate.nextChange(micros(900), true, undefined)).toBe(900);
  });

  it("never looks again at nothing", () => {
    expect(new Gate([new FakeLane("a")]).nextChange(micros(0), true, seconds(1))).toBe(FAR);
  });
});
