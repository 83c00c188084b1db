import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { counter } from "./feed.ts";
import { ASKED_AS, OutsideFeed } from "./outside-feed.ts";
import type { Scenario } from "./workload.ts";

function scenario(name: string): Scenario {
  return {
    name,
    weight: 1,
    steps: [{ operation: name, category: "dispute", thinkTime: micros(0) }],
  };
}

function feed(endsAt = 1000): OutsideFeed {
  return new OutsideFeed([scenario("a"), scenario("b")], micros(endsAt), counter());
}

test("gives what was asked for, in order, each once and not before it is due", () => {
  const one = feed();
  expect(one.ask(1, micros(10))).toBe(0);
  expect(one.ask(0, micros(20))).toBe(1);
  expect(one.nextDue).toBe(10);
  expect([...one.arrivedBy(micros(9))]).toEqual([]);
  const [first, ...none] = one.arrivedBy(micros(10));
  expect(none).toEqual([]);
  expect(first?.journey).toMatchObject({
    id: 0,
    index: 1,
    scenario: { name: "b" },
    phase: "steady",
  });
  expect(first?.journey.values).toEqual({ [ASKED_AS]: "0" });
  expect([...one.arrivedBy(micros(500))].map(({ journey }) => journey.id)).toEqual([1]);
});

test("keeps the run going to its end, and no longer", () => {
  const one = feed();
  expect(one.nextDue).toBe(1000);
  expect([...one.arrivedBy(micros(1000))]).toEqual([]);
  expect([one.nextDue, one.isOver]).toEqual([undefined, true]);
});

test("ends sooner when it is told to, never later", () => {
  const one = feed();
  one.endBy(micros(2000));
  expect(one.nextDue).toBe(1000);
  one.endBy(micros(300));
  expect(one.nextDue).toBe(300);
  expect([...one.arrivedBy(micros(300))]).toEqual([]);
  expect(one.nextDue).toBeUndefined();
});
