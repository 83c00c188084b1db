import { describe, expect, test } from "vitest";
import type { ExchangeEvent } from "../record-format.ts";
import { attemptsOf, byStart } from "./exchange.ts";
import { APPLICATION_ON_ITS_WAY_US, applicationExchanges } from "./from-application.ts";
import { judgeConformance } from "./judge.ts";
import type { PointCode } from "./point.ts";

let number = 0;
/** A write, sent so many milliseconds from the start and answered 20 ms later. */
function write(
  atMs: number,
  what: ExchangeEvent["what"],
  keyHash: string | null,
  intent = "cart",
): ExchangeEvent {
  const us = atMs * 1000;
  return {
    type: "exchange",
    operation: "payment-request.create",
    category: "payment-transaction-capture",
    request: number++,
    journey: number,
    attempt: 1,
    phase: "steady",
    dueUs: us,
    startUs: us + 5_000,
    endUs: us + 20_000,
    what,
    keyHash,
    intent,
    write: true,
    limitPerSecond: 12,
    remaining: 0,
    resetS: 1,
  };
}

function outcomeOf(events: readonly ExchangeEvent[], code: PointCode): string | undefined {
  const judged = judgeConformance(
    applicationExchanges(events),
    () => 12,
    APPLICATION_ON_ITS_WAY_US,
  );
  return judged.points.find((point) => point.code === code)?.outcome;
}

function attempts(events: readonly ExchangeEvent[]): number[] {
  return attemptsOf(byStart(applicationExchanges(events))).map((all) => all.length);
}

describe("what an application meant", () => {
  test("the same body with a new key after a 429 is a retry with a new key", () => {
    const events = [write(0, 429, "a"), write(2000, 201, "b")];
    expect(attempts(events)).toEqual([2]);
    expect(outcomeOf(events, "idempotency-key")).toBe("fail");
  });

  test("the same body with the same key is a retry as it should be", () => {
    const events = [write(0, 429, "a"), write(2000, 201, "a")];
    expect(attempts(events)).toEqual([2]);
    expect(outcomeOf(events, "idempotency-key")).toBe("pass");
  });

  test("a body that succeeded under two keys is several shoppers': none is taken for another's retry", () => {
    const events = [write(0, 201, "a"), write(10, 429, "b"), write(2000, 201, "c")];
    expect(attempts(events)).toEqual([1, 1, 1]);
    expect(outcomeOf(events, "idempotency-key")).toBe("untold");
  });

  test("and so is one that was refused for good under two keys, which nobody repeats", () => {
    const events = [
      write(0, 400, "a"),
      write(100, 429, "b"),
      write(2000, 400, "b"),
      write(2100, 400, "c"),
    ];
    expect(attempts(events)).toEqual([1, 2, 1]);
    expect(outcomeOf(events, "idempotency-key")).toBe("pass");
  });

  test("and one that is asked for under another key before the first has its answer", () => {
    const events = [write(0, 429, "a"), write(10, 429, "b"), write(2000, 201, "b")];
    expect(attempts(events)).toEqual([1, 2]);
    expect(outcomeOf(events, "idempotency-key")).toBe("pass");
  });

  test("and their own retries, with their keys, still are", () => {
    const events = [write(0, 201, "a"), write(10, 429, "b"), write(2000, 201, "b")];
    expect(attempts(events)).toEqual([1, 2]);
    expect(outcomeOf(events, "idempotency-key")).toBe("pass");
  });

  test("without keys, a body that succeeded twice tells nothing", () => {
    const events = [write(0, 201, null), write(10, 500, null), write(2000, 201, null)];
    expect(attempts(events)).toEqual([1, 1, 1]);
  });

  test("without a key, what failed and comes again is a repeated write without one", () => {
    const events = [write(0, 500, null), write(2000, 201, null)];
    expect(outcomeOf(events, "idempotency-key")).toBe("fail");
  });
});

test("it sent a request when that had come to the gate, however long it was held there", () => {
  const held = { ...write(0, 201, "a"), startUs: 1_500_000, endUs: 1_520_000 };
  expect(applicationExchanges([held])[0]).toMatchObject({
    readyUs: 0,
    startUs: 0,
    endUs: 1_520_000,
  });
});

test.each([
  [90, "pass"],
  [150, "fail"],
])(
  "what comes %i ms after a 429's answer, of another shopper: the reset is judged %s",
  (ms, outcome) => {
    const events = [
      write(0, 429, "a", "one"),
      write(20 + ms, 201, "b", "two"),
      write(2000, 201, "a", "one"),
    ];
    expect(outcomeOf(events, "reset")).toBe(outcome);
  },
);

test("what was never sent is no exchange", () => {
  expect(applicationExchanges([write(0, "not-sent", "a")])).toEqual([]);
});
