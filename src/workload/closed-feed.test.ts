import { describe, expect, it } from "vitest";
import { seededRandom } from "../base/random.ts";
import { micros, perSecond, seconds } from "../base/units.ts";
import { ClosedFeed } from "./closed-feed.ts";
import type { ClosedWorkload } from "./workload.ts";

const ORIGIN = seconds(100);

function workload(changed: Partial<ClosedWorkload> = {}): ClosedWorkload {
  const step = { operation: "read", category: "dispute", thinkTime: micros(0) };
  const rate = perSecond(10);
  return {
    model: "closed",
    virtualUsers: 4,
    thinkTime: seconds(1),
    rampUp: seconds(2),
    stages: [
      { phase: "ramp", from: perSecond(0), to: rate, duration: seconds(2) },
      { phase: "steady", from: rate, to: rate, duration: seconds(10) },
    ],
    scenarios: [{ name: "read", weight: 1, steps: [step] }],
    maxInFlight: 4,
    maxLateness: undefined,
    requestTimeout: seconds(10),
    drainTimeout: seconds(5),
    ...changed,
  };
}

const at = (s: number) => micros(ORIGIN + s * 1e6);
const feedOf = (changed?: Partial<ClosedWorkload>) =>
  new ClosedFeed(workload(changed), seededRandom(1), ORIGIN);
const arrived = (feed: ClosedFeed, s: number) =>
  [...feed.arrivedBy(at(s))].map(({ journey, due }) => ({
    id: journey.id,
    phase: journey.phase,
    due: (due - ORIGIN) / 1e6,
  }));

describe("a closed workload's feed", () => {
  it("lets users who were there early join evenly over the ramp-up", () => {
    const feed = feedOf();
    for (const user of [3, 1, 0, 2]) feed.ready(user, at(-1));
    expect(feed.nextDue).toBe(at(0));
    expect(arrived(feed, 0.9)).toEqual([
      { id: 0, phase: "ramp", due: 0 },
      { id: 1, phase: "ramp", due: 0.5 },
    ]);
    expect(feed.nextDue).toBe(at(1));
    expect(arrived(feed, 5).map(({ due }) => due)).toEqual([1, 1.5]);
  });

  it("makes a journey due the moment its user is ready, and knows whose it is, once", () => {
    const feed = feedOf();
    feed.ready(2, at(7.25));
    expect(arrived(feed, 7.25)).toEqual([{ id: 0, phase: "steady", due: 7.25 }]);
    expect([feed.userOf(0), feed.userOf(0)]).toEqual([2, undefined]);
  });

  it("is over when its last stage is, and says when to look", () => {
    const feed = feedOf();
    expect(feed.nextDue).toBe(at(12));
    feed.ready(0, at(11.9));
    feed.ready(1, at(12));
    expect(arrived(feed, 12)).toEqual([{ id: 0, phase: "steady", due: 11.9 }]);
    expect(feed.nextDue).toBeUndefined();
    feed.ready(0, at(12.5));
    expect(arrived(feed, 13)).toEqual([]);
    expect(feed.nextDue).toBeUndefined();
  });
});
