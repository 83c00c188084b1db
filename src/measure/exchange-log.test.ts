import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import type { Answered } from "../workload/outcome.ts";
import { exchangesOf } from "./conformance/from-events.ts";
import { ExchangeLog } from "./exchange-log.ts";
import { EXCHANGES_KEPT, type ExchangeEvent, eventSchema } from "./record-format.ts";

const NO_WAIT = {
  inFlight: micros(0),
  cap: micros(0),
  steering: micros(0),
  runnerLag: micros(0),
};

function answered(request: number, change: Partial<Answered> = {}): Answered {
  return {
    kind: "answered",
    request,
    journey: request,
    scenario: "create",
    operation: "payment-request.create",
    category: "capture",
    phase: "steady",
    due: micros(request * 1_000),
    attempt: 1,
    poll: 1,
    start: micros(request * 1_000 + 10),
    end: micros(request * 1_000 + 500),
    waits: NO_WAIT,
    status: 429,
    expected: true,
    limits: { keyHash: "k", limitPerSecond: 12, remaining: 0, resetSeconds: 1 },
    ...change,
  };
}

const asIs = (time: number) => time;

function lines(...outcomes: Parameters<ExchangeLog["outcome"]>[0][]): ExchangeEvent[] {
  const log = new ExchangeLog();
  return outcomes.flatMap((outcome) => log.outcome(outcome, asIs) ?? []);
}

test("a line is what a record may hold, and says what was sent and what came back", () => {
  const [line] = lines(answered(3));
  expect(eventSchema.parse(line)).toEqual(line);
  expect(line).toMatchObject({ what: 429, keyHash: "k", limitPerSecond: 12, resetS: 1 });
  expect(line).toMatchObject({ dueUs: 3_000, startUs: 3_010, endUs: 3_500 });
});

test("what was dropped was not sent, and has no line", () => {
  const { end, ...rest } = answered(1);
  expect(lines({ ...rest, kind: "dropped", at: end, reason: "cap" })).toEqual([]);
});

test("a header that was not there, and an answer that never came, are null", () => {
  const { end, ...rest } = answered(1);
  const [bare, unfinished] = lines(answered(0, { limits: { keyHash: "k" } }), {
    ...rest,
    kind: "unfinished",
    at: end,
  });
  expect(bare).toMatchObject({ keyHash: "k", limitPerSecond: null, remaining: null, resetS: null });
  expect(unfinished).toMatchObject({ what: "unfinished", keyHash: null });
});

test("there are no more lines than a record keeps", () => {
  const log = new ExchangeLog();
  let kept = 0;
  for (let i = 0; i < EXCHANGES_KEPT + 5; i++) if (log.outcome(answered(i), asIs)) kept++;
  expect(kept).toBe(EXCHANGES_KEPT);
});

test("a retry has the intent of its journey's first attempt, whatever key it has; the next poll one of its own", () => {
  const journey = 7;
  const read = exchangesOf(
    lines(
      answered(0, { journey }),
      answered(1),
      answered(2, { journey, attempt: 2, limits: { keyHash: "fresh" } }),
      answered(3, { journey, poll: 2 }),
      answered(4, { journey, phase: "clean-up" }),
    ),
  );
  expect(read.map(({ intent }) => intent)).toEqual(["0", "1", "0", "3", "4"]);
});

test("what was refused before it was written was never sent", () => {
  const { status, expected, ...rest } = answered(0);
  expect(exchangesOf(lines({ ...rest, kind: "failed", code: "not-sent" }))).toEqual([]);
  const [timeout] = exchangesOf(lines({ ...rest, kind: "failed", code: "timeout" }));
  expect(timeout?.result).toBe("failed");
});
