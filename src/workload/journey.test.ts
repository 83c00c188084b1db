import { describe, expect, it } from "vitest";
import { seededRandom } from "../base/random.ts";
import { micros, milliseconds, seconds } from "../base/units.ts";
import { arrival, hasStarted, learn, nextOf, type StepDue, stepsAfter } from "./journey.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Answer } from "./roles.ts";
import type { Step } from "./workload.ts";

const random = seededRandom(1);
const retry: RetryPolicy = {
  attempts: 3,
  on: [503],
  base: milliseconds(100),
  max: seconds(1),
  jitter: "none",
  ignoreReset: false,
  idempotencyKey: "same",
};

function step(more: Partial<Step> = {}): Step {
  return { operation: "o", category: "a", thinkTime: micros(0), ...more };
}

function begin(first: Step, ...others: Step[]): StepDue {
  return arrival({
    id: 0,
    index: 0,
    scenario: { name: "s", weight: 1, steps: [first, ...others] },
    phase: "steady",
    due: micros(0),
    values: {},
  });
}

type Answered = Extract<Answer, { kind: "answered" }>;
function answer(end: number, more: Partial<Answered> = {}): Answer {
  return {
    kind: "answered",
    end: micros(end),
    status: 200,
    expected: true,
    saved: {},
    ...more,
  };
}

/** What comes next, as step, due, poll and attempt; or how the journey ends. */
function after(of: StepDue, answer: Answer, request = 7): unknown {
  const next = nextOf(of, request, answer, random);
  if (typeof next === "string") return next;
  const { step, due, turn } = next;
  return [step, due, turn.poll, turn.attempt, turn.firstAttempt];
}

function again(of: StepDue, answer: Answer, request: number): StepDue {
  const next = nextOf(of, request, answer, random);
  if (typeof next === "string") throw new Error(`the journey ${next}`);
  return next;
}

describe("after an answer", () => {
  it("comes the next step, after its think time; after the last one the end", () => {
    const first = begin(step(), step({ thinkTime: seconds(1) }));
    expect(after(first, answer(500))).toEqual([1, 1_000_500, 1, 1, undefined]);
    expect(after(again(first, answer(500), 0), answer(900))).toBe("completed");
  });

  it.each<[string, Answer]>([
    ["that was not expected", answer(5, { expected: false })],
    ["that never came", { kind: "failed", end: micros(5), code: "timeout" }],
  ])("%s comes the end", (_, bad) => {
    expect(after(begin(step(), step()), bad)).toBe("failed");
  });
});

describe("a retry", () => {
  const bad = (end: number) => answer(end, { status: 503, expected: false });

  it("is the same step again after its back-off, as often as the policy says, then the end", () => {
    const first = begin(step({ retry }), step());
    const second = again(first, bad(10), 4);
    const third = again(second, bad(200_000), 5);
    expect(second).toMatchObject({
      step: 0,
      due: 100_010,
      turn: { poll: 1, attempt: 2, firstAttempt: 4 },
    });
    expect(third).toMatchObject({
      step: 0,
      due: 400_000,
      turn: { poll: 1, attempt: 3, firstAttempt: 4 },
    });
    expect(after(third, bad(500_000), 6)).toBe("failed");
    expect(after(third, answer(500_000), 6)).toEqual([1, 500_000, 1, 1, undefined]);
  });

  it("of a bad client is a write of its own", () => {
    const first = begin(step({ retry: { ...retry, idempotencyKey: "fresh" } }));
    expect(again(first, bad(10), 4).turn.firstAttempt).toBeUndefined();
  });

  it("goes before what the step expects: a drill may expect its 429 and retry it", () => {
    const first = begin(step({ retry: { ...retry, on: [429] } }), step());
    expect(after(first, answer(10, { status: 429 }))).toEqual([0, 100_010, 1, 2, 7]);
  });

  it("starts the journey, so that it goes before new arrivals", () => {
    const first = begin(step({ retry }));
    expect([hasStarted(first), hasStarted(again(first, bad(10), 0))]).toEqual([false, true]);
  });
});

describe("a poll", () => {
  const poll = { every: milliseconds(500), atMost: 3 };
  const notYet = (end: number, expected = true) => answer(end, { again: true, expected });

  it("asks again after its interval until the answer is there", () => {
    const first = begin(step({ poll }), step());
    const second = again(first, notYet(100), 0);
    expect(second).toMatchObject({ step: 0, due: 500_100, turn: { poll: 2, attempt: 1 } });
    expect(after(second, answer(600_000))).toEqual([1, 600_000, 1, 1, undefined]);
  });

  it("that never has its answer fails the step: its last one is not as expected", () => {
    const second = again(begin(step({ poll }), step()), notYet(100), 0);
    const third = again(second, notYet(600_000), 1);
    expect(third.turn.poll).toBe(3);
    expect(after(third, notYet(900_000, false))).toBe("failed");
  });

  it("is retried like any request, with attempts of its own", () => {
    const second = again(begin(step({ poll, retry }), step()), notYet(100), 0);
    const retried = again(second, answer(200, { status: 503, expected: false }), 1);
    expect(retried.turn).toEqual({ poll: 2, attempt: 2, firstAttempt: 1 });
    expect(again(retried, notYet(300), 2).turn).toEqual({
      poll: 3,
      attempt: 1,
      firstAttempt: undefined,
    });
  });
});

describe("a step with a condition", () => {
  it("runs only where an earlier answer allowed it, however long ago", () => {
    const first = begin(step(), step(), step({ conditional: true }), step());
    learn(first.journey, answer(1, { allows: [2] }));
    const second = again(first, answer(1), 0);
    expect(after(second, answer(2))).toEqual([2, 2, 1, 1, undefined]);
    const other = again(begin(step(), step(), step({ conditional: true }), step()), answer(1), 0);
    expect(after(other, answer(2))).toEqual([3, 2, 1, 1, undefined]);
  });

  it("that is passed over takes along the steps which read what it would have saved", () => {
    const reads = step({ needs: ["id"] });
    const first = begin(step(), step({ conditional: true }), reads, step({ conditional: true }));
    expect(after(first, answer(1))).toBe("completed");
    const other = begin(step(), step({ conditional: true }), reads);
    learn(other.journey, answer(1, { allows: [1] }));
    const second = again(other, answer(1), 0);
    learn(second.journey, answer(2, { saved: { id: "x" } }));
    expect(after(second, answer(2))).toEqual([2, 2, 1, 1, undefined]);
  });
});

it("counts the steps after one", () => {
  const first = begin(step(), step(), step());
  expect(stepsAfter(first)).toBe(2);
  expect(stepsAfter({ ...first, step: 2 })).toBe(0);
});
