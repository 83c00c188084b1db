import { describe, expect, it } from "vitest";
import { seededRandom } from "../base/random.ts";
import { micros, perSecond, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { Course, type Part } from "./course.ts";
import type { OpenWorkload } from "./workload.ts";

const step = { operation: "read", category: "dispute", thinkTime: micros(0) };
const WORKLOAD: OpenWorkload = {
  model: "open",
  arrivals: "uniform",
  stages: [{ phase: "steady", from: perSecond(1), to: perSecond(1), duration: seconds(10) }],
  scenarios: [{ name: "read", weight: 1, steps: [step] }],
  setUp: { scenario: { name: "set-up", weight: 1, steps: [step] }, timeout: seconds(5) },
  maxInFlight: 4,
  maxLateness: undefined,
  requestTimeout: seconds(10),
  drainTimeout: seconds(5),
};

function firstOf(part: Part | undefined) {
  const [first] = [...(part?.feed.arrivedBy(seconds(5)) ?? [])];
  if (!first) throw new Error("nobody arrived");
  return first.journey;
}

describe("what a journey comes with", () => {
  it("is what the set-up saved, and its own row, not the set-up's", () => {
    const course = new Course(
      {
        workload: WORKLOAD,
        clock: new VirtualClock(),
        random: seededRandom(1),
        arrivalValues: (scenario) => ({ "carts.amount": scenario === 0 ? "own" : "set-up's" }),
      },
      undefined,
      () => {},
    );
    const setUp = course.begin(micros(0));
    const { values, onEnd } = firstOf(setUp);
    expect(values).toEqual({ "carts.amount": "set-up's" });
    onEnd?.({ completed: true, values: { ...values, shared: "id-1" }, why: "200" });
    const { values: own } = firstOf(course.after(setUp, seconds(1), 0));
    expect(own).toEqual({ shared: "id-1", "carts.amount": "own" });
  });
});
