import { describe, expect, test } from "vitest";
import { micros } from "../../base/units.ts";
import { type Likeness, likenessOf } from "../../klarna/idempotency.ts";
import type { Outcome } from "../../workload/outcome.ts";
import { Repeats } from "./repeats.ts";

function post(body: string, key?: string): Likeness {
  return likenessOf("POST", "/v2/payment/requests", body, key);
}

const sent = {
  request: 0,
  journey: 0,
  scenario: "",
  operation: "",
  category: "",
  phase: "steady",
  due: micros(0),
  attempt: 1,
  poll: 1,
  start: micros(0),
  waits: { inFlight: micros(0), cap: micros(0), steering: micros(0), runnerLag: micros(0) },
} as const;
const answered = (status: number): Outcome => ({
  ...sent,
  kind: "answered",
  end: micros(1),
  status,
  expected: status < 300,
});
const failed: Outcome = { ...sent, kind: "failed", end: micros(1), code: "timeout" };
const dropped: Outcome = { ...sent, kind: "dropped", at: micros(1), reason: "cap" };

test("a key that comes again is the next attempt, whatever came of the first", () => {
  const repeats = new Repeats();
  const attempts = ["a", "b", "a", "a"].map((key) => repeats.came(post("{}", key)));
  expect(attempts).toEqual([1, 1, 2, 3]);
  expect(repeats.unkeyed).toBe(0);
});

test.each([
  ["failed", failed, 1],
  ["was answered with a 500", answered(500), 1],
  ["succeeded", answered(201), 0],
  ["was found wrong", answered(400), 0],
  ["was throttled", answered(429), 0],
  ["was never sent", dropped, 0],
])("a write without a key that comes again when the first %s", (_, outcome, unkeyed) => {
  const repeats = new Repeats();
  const write = post("{}");
  repeats.came(write);
  repeats.ended(write, outcome);
  repeats.came(write);
  expect(repeats.unkeyed).toBe(unkeyed);
});

test("reads are never repeats: asking again is what they are for", () => {
  const repeats = new Repeats();
  const read = likenessOf("GET", "/v2/payment/requests/a", "", undefined);
  repeats.came(read);
  repeats.ended(read, failed);
  expect([repeats.came(read), repeats.unkeyed]).toEqual([1, 0]);
});

describe("a write without a key whose sender left before it was answered", () => {
  const sender = { isGone: false };
  const left = { isGone: true };

  test("comes again while the first is under way: it may be made twice", () => {
    const repeats = new Repeats();
    const write = post("{}");
    repeats.came(write);
    repeats.sent(write, left);
    repeats.came(write);
    expect(repeats.unkeyed).toBe(1);
  });

  test.each([
    [201, 1],
    [503, 1],
    [400, 0],
    [429, 0],
  ])("comes again after the first was answered with a %i that nobody read", (status, unkeyed) => {
    const repeats = new Repeats();
    const write = post("{}");
    repeats.came(write);
    repeats.sent(write, left);
    repeats.ended(write, answered(status), left);
    repeats.came(write);
    expect(repeats.unkeyed).toBe(unkeyed);
  });

  test("is told once for each time that it comes again", () => {
    const repeats = new Repeats();
    const write = post("{}");
    repeats.came(write);
    repeats.sent(write, left);
    repeats.came(write);
    repeats.sent(write, sender);
    repeats.ended(write, answered(201), sender);
    repeats.ended(write, answered(201), left);
    // Another shopper with the same cart.
    repeats.came(write);
    expect(repeats.unkeyed).toBe(1);
  });

  test("is no repeat of one whose sender waits, or that has a key", () => {
    const repeats = new Repeats();
    for (const [write, who] of [
      [post("{}"), sender],
      [post("{}", "a"), left],
    ] as const) {
      repeats.came(write);
      repeats.sent(write, who);
      repeats.came(write);
    }
    expect(repeats.unkeyed).toBe(0);
  });
});
