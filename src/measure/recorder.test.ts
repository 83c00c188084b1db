import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import { CensoredHistogram } from "./censored.ts";
import { type Fate, play } from "./fates.support.ts";
import { formatLogEntry } from "./interval-log.ts";
import { answered, due, MemoryRecord, sent } from "./record.support.ts";
import { recordIntervalUs } from "./record-interval.ts";
import { Recorder } from "./recorder.ts";
import { summarise } from "./summary.ts";
import { formatTag } from "./tags.ts";

test("errors are counted beyond the lines they get", () => {
  const fates = Array.from({ length: 57 }, (_, i): Fate => {
    const request = due(i * 100_000, { request: i });
    const started = sent(request);
    const outcome = { ...answered(started, 10_000, 500), correlationId: `id-${i}` };
    return { request, sent: started, outcome };
  });
  const { memory } = play(fates);
  expect(memory.lines.events.filter((line) => line.includes('"request",'))).toHaveLength(20);
  const [error, ...others] = summarise(memory.contents(), []).errors;
  expect(others).toEqual([]);
  expect(error).toMatchObject({ what: "500", count: 57, firstAtUs: 10_000 });
  expect(error?.correlationIds).toEqual(Array.from({ length: 10 }, (_, i) => `id-${i}`));
});

test("the slowest answers of the run are kept, whatever their order", () => {
  const services = Array.from({ length: 200 }, (_, i) => 1_000 + ((i * 7919) % 200) * 500);
  const fates = services.map((serviceUs, i): Fate => {
    const request = due(i * 50_000, { request: i });
    const started = sent(request);
    return { request, sent: started, outcome: answered(started, serviceUs) };
  });
  const slowest = summarise(play(fates).memory.contents(), []).slowest;
  expect(slowest.map(({ responseTimeUs }) => responseTimeUs)).toEqual(
    [...services].sort((a, b) => b - a).slice(0, 20),
  );
});

test("after a gap, requests are planned where they were due, and the gap shows", () => {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(1_000_000));
  recorder.due(due(1_000_000));
  recorder.outcome({ ...due(1_000_000), kind: "dropped", at: micros(1_000_000), reason: "cap" });
  recorder.gap(micros(1_500_000), micros(4_200_000));
  recorder.tick(micros(4_200_000));
  for (const at of [2_000_000, 3_000_000, 4_000_000]) {
    recorder.due(due(at));
    recorder.outcome({ ...due(at), kind: "dropped", at: micros(4_200_000), reason: "runner" });
  }
  recorder.close();
  recorder.checkAccounting();
  const summary = summarise(memory.contents(), [{ phase: "steady", duration: micros(3_000_000) }]);
  expect(
    summary.timeline.map(({ planned, dropped, gap, phase }) => [planned, dropped, gap, phase]),
  ).toEqual([
    [1, 1, true, "steady"],
    [1, 0, true, "steady"],
    [1, 0, true, "steady"],
    [1, 3, true, "drain"],
  ]);
  expect(summary.totals.drops.runner).toBe(3);
  // Dropped by the runner: no sample. Dropped by the cap: one, of what it had waited.
  expect(summary.operations[0]?.responseTime.times.count).toBe(1);
});

test("a request lost or counted twice is a fault, named by operation", () => {
  const lost = new Recorder(new MemoryRecord(), micros(0));
  lost.due(due(0));
  lost.close();
  expect(() => lost.checkAccounting()).toThrow(
    expect.objectContaining({
      code: "FAULT_ACCOUNTING",
      message:
        "requests do not add up for payment-request.create: not planned 1 = dropped 0 + sent 0",
    }),
  );
  const twice = new Recorder(new MemoryRecord(), micros(0));
  const started = sent(due(0));
  twice.due(due(0));
  twice.started(started);
  twice.outcome(answered(started, 5));
  twice.outcome(answered(started, 5));
  expect(() => twice.checkAccounting()).toThrow(
    expect.objectContaining({ code: "FAULT_ACCOUNTING" }),
  );
});

test("closing an interval encodes nothing; `flushOne` does, one histogram at a time", () => {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const header = memory.lines.intervals.length;
  const answer = (at: number): void => {
    const started = sent(due(at));
    recorder.due(due(at));
    recorder.started(started);
    recorder.outcome(answered(started, 1000));
  };
  const written = (): number => memory.lines.intervals.length - header;
  answer(0);
  recorder.tick(micros(1_000_000));
  expect(written()).toBe(0);
  expect([recorder.flushOne(), recorder.flushOne()]).toEqual([true, true]);
  expect(written()).toBe(2);
  // The loop was never idle again: what is left goes out when the next interval closes.
  answer(1_000_000);
  recorder.tick(micros(2_000_000));
  expect(written()).toBe(6);
  recorder.close();
  expect(written()).toBe(12);
  expect(memory.retries).toBe(3);
});

test("a request due at an interval's end is on its way before the interval is closed", () => {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const [first, next] = [due(999_999, { request: 0 }), due(1_000_000, { request: 1 })];
  recorder.due(first);
  recorder.due(next);
  recorder.started(sent(next));
  recorder.tick(micros(1_000_000));
  expect([memory.lines.counts, memory.retries]).toEqual([[], 0]);
  recorder.tick(micros(1_000_100));
  expect([memory.lines.counts.length, memory.retries]).toEqual([1, 1]);
  recorder.outcome(answered(sent(next), 5));
  recorder.due(due(2_000_000, { request: 2 }));
  expect(recorder.live(micros(2_000_000)).plannedPerSecond).toBeGreaterThan(0);
  recorder.close();
  const { timeline } = summarise(memory.contents(), []);
  expect(timeline.map(({ planned, started }) => [planned, started])).toEqual([
    [1, 0],
    [1, 1],
    [1, 0],
  ]);
});

test("the live view: rates of the last seconds, percentiles, what is in flight", () => {
  const recorder = new Recorder(new MemoryRecord(), micros(0));
  for (let i = 0; i < 100; i++) {
    const request = due(i * 100_000);
    const started = sent(request);
    recorder.due(request);
    recorder.started(started);
    if (i < 98) recorder.outcome(answered(started, i < 40 ? 80_000 : 2_000));
  }
  const live = recorder.live(micros(10_000_000));
  expect(live).toMatchObject({
    elapsedUs: 10_000_000,
    plannedPerSecond: 10,
    startedPerSecond: 10,
    inFlight: 2,
    errors: 0,
    dropped: 0,
  });
  expect(live.recentP95Us).toBe(2_007); // to two digits: the slow ones are more than 5 s ago
  expect(live.runP95Us).toBe(80_383);
  expect(new Recorder(new MemoryRecord(), micros(0)).live(micros(0)).runP50Us).toBeNull();
});

test.each([false, true])(
  "an empty histogram in a foreign record is no sample (censored: %s)",
  (censored) => {
    const request = due(0);
    const started = sent(request);
    const { memory } = play([{ request, sent: started, outcome: answered(started, 1_000) }]);
    const subject = "payment-request.read";
    const tag = formatTag({ subject, series: "response", steady: true, censored });
    const histogram = new CensoredHistogram().encodeKnown();
    memory.append(
      "intervals",
      formatLogEntry({ tag, startUs: 0, lengthUs: 1_000_000, maxUs: 0, histogram }),
    );
    const { pooled, problems } = summarise(memory.contents(), []);
    expect(pooled.responseTime.times.count).toBe(1);
    expect(problems).toEqual([]);
  },
);

test("a completed journey has a time, one that was cut short at least its own, others are counted", () => {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const journey = { journey: 0, scenario: "check, out", phase: "steady" as const, due: micros(0) };
  const end = (us: number, completed: boolean, cutShort: boolean) =>
    recorder.journey({
      ...journey,
      end: micros(us),
      completed,
      cutShort,
      notReached: completed ? 0 : 1,
      notDue: 0,
    });
  end(7_000, true, false);
  end(9_000, false, true);
  end(11_000, false, false);
  recorder.close();
  const { journeys, notReached, notDue } = summarise(memory.contents(), []);
  expect(journeys).toHaveLength(1);
  expect(journeys[0]).toMatchObject({ scenario: "check, out", started: 3, completed: 1 });
  expect(journeys[0]?.responseTime.times.maxUs).toBe(7_000);
  expect(journeys[0]?.responseTime.times.censoredMaxUs).toBe(9_000);
  expect(journeys[0]?.responseTime.times.count).toBe(2);
  expect(memory.lines.intervals.some((line) => line.includes("journey:censored"))).toBe(true);
  expect([notReached, notDue]).toEqual([2, 0]);
});

test("intervals are a second for an hour, ten beyond", () => {
  expect(recordIntervalUs(3_600_000_000)).toBe(1_000_000);
  expect(recordIntervalUs(3_600_000_001)).toBe(10_000_000);
});
