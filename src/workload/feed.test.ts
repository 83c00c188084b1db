import { describe, expect, it } from "vitest";
import { seededRandom } from "../base/random.ts";
import { type Micros, micros, perSecond, seconds } from "../base/units.ts";
import { Feed } from "./feed.ts";
import type { OpenWorkload, Scenario } from "./workload.ts";

function scenario(name: string, weight: number): Scenario {
  return { name, weight, steps: [{ operation: "o", category: "a", thinkTime: seconds(0) }] };
}

function workload(more: Partial<OpenWorkload> = {}): OpenWorkload {
  return {
    model: "open",
    arrivals: "uniform",
    stages: [{ phase: "steady", from: perSecond(10), to: perSecond(10), duration: seconds(1) }],
    scenarios: [scenario("one", 1)],
    maxInFlight: 10,
    maxLateness: undefined,
    requestTimeout: seconds(1),
    drainTimeout: seconds(1),
    ...more,
  };
}

const ORIGIN = micros(5000);
const at = (s: number): Micros => micros(ORIGIN + s * 1e6);

describe("Feed", () => {
  it("lets journeys arrive by the plan, counted from the origin", () => {
    const feed = new Feed(workload(), seededRandom(1), ORIGIN);
    expect([feed.nextDue, feed.journeysLeft]).toEqual([5000, 10]);
    expect([...feed.arrivedBy(micros(4999))]).toEqual([]);
    const first = [...feed.arrivedBy(at(0.25))];
    expect(first.map(({ due, step, journey: { id } }) => [due, step, id])).toEqual([
      [5000, 0, 0],
      [105_000, 0, 1],
      [205_000, 0, 2],
    ]);
    expect(first[1]?.journey).toMatchObject({
      due: 105_000,
      phase: "steady",
      index: 0,
      values: {},
    });
    expect([feed.nextDue, feed.journeysLeft]).toEqual([305_000, 7]);
    expect([...feed.arrivedBy(at(100))].length).toBe(7);
    expect([feed.nextDue, feed.journeysLeft]).toEqual([undefined, 0]);
  });

  it("gives each journey values of its own", () => {
    const feed = new Feed(workload(), seededRandom(1), ORIGIN);
    const [first, second] = [...feed.arrivedBy(at(1))];
    Object.assign(first?.journey.values ?? {}, { id: "x" });
    expect(second?.journey.values).toEqual({});
  });

  it("draws scenarios by their weights, the same ones for a seed", () => {
    const mixed = workload({
      stages: [
        { phase: "steady", from: perSecond(100), to: perSecond(100), duration: seconds(100) },
      ],
      scenarios: [scenario("often", 3), scenario("seldom", 1)],
    });
    const draw = (seed: number) =>
      [...new Feed(mixed, seededRandom(seed), ORIGIN).arrivedBy(at(200))].map(
        ({ journey }) => journey.index,
      );
    const often = draw(1).filter((index) => index === 0).length / 10_000;
    expect(Math.abs(often - 0.75)).toBeLessThan(4 * Math.sqrt(0.1875 / 10_000));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("arrives at the same times whatever the scenarios are", () => {
    const dues = (scenarios: OpenWorkload["scenarios"]) =>
      [
        ...new Feed(
          workload({ arrivals: "poisson", scenarios }),
          seededRandom(4),
          ORIGIN,
        ).arrivedBy(at(2)),
      ].map(({ due }) => due);
    expect(dues([scenario("a", 1), scenario("b", 5)])).toEqual(dues([scenario("c", 1)]));
  });

  it("says how many have yet to arrive: for Poisson arrivals the mean less those that came", () => {
    const feed = new Feed(workload({ arrivals: "poisson" }), seededRandom(2), ORIGIN);
    const came = [...feed.arrivedBy(at(0.3))].length;
    expect(feed.journeysLeft).toBe(10 - came);
    expect([...feed.arrivedBy(at(100))].length).toBeGreaterThan(0);
    expect(feed.journeysLeft).toBe(0);
  });
});
