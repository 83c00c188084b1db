import fc from "fast-check";
import { micros } from "../base/units.ts";
import type {
  DropReason,
  Due,
  ExchangePhase,
  FailureCode,
  Outcome,
  Phase,
  Sent,
} from "../workload/outcome.ts";
import { due, MemoryRecord } from "./record.support.ts";
import { Recorder } from "./recorder.ts";

/** A request and what became of it. */
export interface Fate {
  readonly request: Due;
  readonly sent: Sent | null;
  readonly outcome: Outcome;
}

const us = (max: number) => fc.integer({ min: 0, max }).map(micros);

const anyRequest = fc
  .record({
    atUs: fc.integer({ min: 0, max: 5_000_000 }),
    operation: fc.constantFrom("a", "b"),
    phase: fc.constantFrom<Phase>("set-up", "warm-up", "ramp", "steady", "clean-up"),
    attempt: fc.integer({ min: 1, max: 2 }),
    poll: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ atUs, ...more }) => due(atUs, more));

const anyWaits = fc.record({
  inFlight: us(30_000),
  cap: us(30_000),
  steering: fc.oneof(fc.constant(micros(0)), us(30_000)),
  runnerLag: us(5_000),
});

const anySent = fc.tuple(anyRequest, anyWaits).map(([request, waits]): Sent => {
  const { inFlight, cap, steering, runnerLag } = waits;
  return { ...request, waits, start: micros(request.due + inFlight + cap + steering + runnerLag) };
});

const evidence = {
  errorCode: fc.constantFrom(undefined, "BAD_VALUE"),
  correlationId: fc.constantFrom(undefined, "id-1", "id-2"),
};

const anyPhases = fc.record({
  waitUs: us(1_000_000),
  bodyUs: us(10_000),
  connection: fc.constantFrom("new", "reused"),
});

const anyAnswer = fc
  .tuple(
    anySent,
    fc.record({
      serviceUs: us(3_000_000),
      status: fc.constantFrom(200, 201, 429, 500),
      phases: fc.option(anyPhases, { nil: undefined }),
      ...evidence,
    }),
  )
  .map(([sent, { serviceUs, status, ...more }]): Fate => {
    const end = micros(sent.start + serviceUs);
    return fate(sent, { ...sent, ...more, kind: "answered", end, status, expected: status < 300 });
  });

const anyFailure = fc
  .tuple(
    anySent,
    fc.record({
      serviceUs: us(3_000_000),
      code: fc.constantFrom<FailureCode>("timeout", "connection-reset"),
      during: fc.constantFrom<ExchangePhase | undefined>(undefined, "waiting", "body"),
      ...evidence,
    }),
  )
  .map(([sent, { serviceUs, ...more }]): Fate => {
    return fate(sent, { ...sent, ...more, kind: "failed", end: micros(sent.start + serviceUs) });
  });

const anyDrop = fc
  .tuple(
    anyRequest,
    us(100_000),
    fc.constantFrom<DropReason>("in-flight", "cap", "quota-steering", "runner", "run-ended"),
  )
  .map(([request, waited, reason]): Fate => {
    const at = micros(request.due + waited);
    return { request, sent: null, outcome: { ...request, kind: "dropped", at, reason } };
  });

const anyUnfinished = fc.tuple(anySent, us(3_000_000)).map(([sent, lasted]): Fate => {
  return fate(sent, { ...sent, kind: "unfinished", at: micros(sent.start + lasted) });
});

function fate(sent: Sent, outcome: Outcome): Fate {
  return { request: sent, sent, outcome };
}

/** Whatever can become of a request. */
export const anyFate = fc.oneof(anyAnswer, anyFailure, anyDrop, anyUnfinished);

export function endOf(outcome: Outcome): number {
  return outcome.kind === "answered" || outcome.kind === "failed" ? outcome.end : outcome.at;
}

/** Feeds every event in the order of time, as the run loop does. */
export function play(fates: readonly Fate[]): { memory: MemoryRecord; recorder: Recorder } {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const events: { at: number; tell: () => void }[] = [];
  for (const { request, sent, outcome } of fates) {
    events.push({ at: request.due, tell: () => recorder.due(request) });
    if (sent) events.push({ at: sent.start, tell: () => recorder.started(sent) });
    events.push({ at: endOf(outcome), tell: () => recorder.outcome(outcome) });
  }
  for (const { at, tell } of events.sort((a, b) => a.at - b.at)) {
    tell();
    recorder.tick(micros(at));
  }
  recorder.close();
  recorder.checkAccounting();
  return { memory, recorder };
}
