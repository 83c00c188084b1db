import { describe, expect, it } from "vitest";
import type { Random } from "../base/random.ts";
import { micros, perSecond, seconds } from "../base/units.ts";
import { afterReset, QuotaSteering, windowTurns } from "./quota-steering.ts";

const cap = perSecond(20);

function told(limit: number, left: number, until = 1): QuotaSteering {
  const steering = new QuotaSteering();
  steering.learn(seconds(0), { limit, left, until: seconds(until) });
  return steering;
}

describe("QuotaSteering", () => {
  it("does nothing before an answer has told of a quota", () => {
    expect(new QuotaSteering().until(0)).toBeUndefined();
  });

  it.each([
    [50, undefined, 20],
    [10, undefined, 20],
    [9.99, 1e6, 19.98],
    [5, 1e6, 10],
    [1, 1e6, 2],
    [0, 1e6, 0],
    [-3, 1e6, 0],
  ])("of a quota of 50, with %d left: until %s, at %d/s", (left, until, slowed) => {
    const steering = told(50, left);
    expect(steering.until(0)).toBe(until);
    expect(steering.slowed(cap)).toBeCloseTo(slowed, 10);
  });

  it("lets nothing through of a quota of nothing", () => {
    expect(told(0, 0).slowed(cap)).toBe(0);
  });

  it("ends when the window has turned", () => {
    expect(told(50, 1).until(999_999)).toBe(1e6);
    expect(told(50, 1).until(1e6)).toBeUndefined();
  });

  it("counts our own requests until the next answer, which is what counts then", () => {
    const steering = told(50, 11);
    steering.took();
    expect(steering.until(0)).toBeUndefined();
    steering.took();
    expect(steering.until(0)).toBe(1e6);
    expect(steering.slowed(cap)).toBe(18);
    steering.learn(seconds(0), { limit: 50, left: 40, until: seconds(2) });
    expect(steering.until(0)).toBeUndefined();
  });

  it("gives nothing of a quota of nothing", () => {
    expect(told(0, 0).until(0)).toBeUndefined();
    const spent = told(0, 0);
    spent.took();
    expect(spent.slowed(cap)).toBe(0);
  });
});

describe("waiting for a reset", () => {
  const drawing = (next: number): Random => ({ next: () => next, fork: () => drawing(next) });

  it.each([
    [undefined, 0, 1],
    [1, 0.5, 1.25],
    [1, 1 - 2 ** -53, 1.5],
    [4, 0.5, 5],
    [0, 0, 1],
    [999_999_999, 0, 60],
  ])("a reset in %s s and a draw of %d: after %d s", (reset, draw, waited) => {
    expect(afterReset(seconds(3), reset, drawing(draw))).toBe(seconds(3 + waited));
  });

  it.each([
    [undefined, 1],
    [2, 2],
    [0, 1],
    [61, 60],
  ])("a window of which %s s are left turns within %d s", (reset, turns) => {
    expect(windowTurns(micros(5), reset)).toBe(turns * 1e6 + 5);
  });
});
