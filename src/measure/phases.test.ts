import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import type { AnswerPhases } from "../workload/outcome.ts";
import { parseLogLine } from "./interval-log.ts";
import { answered, due, failed, MemoryRecord, sent } from "./record.support.ts";
import { countsLineSchema, REQUESTS_KEPT } from "./record-format.ts";
import { Recorder } from "./recorder.ts";
import { summarise } from "./summary.ts";

const reused: AnswerPhases = { waitUs: micros(900), bodyUs: micros(100), connection: "reused" };
const opened: AnswerPhases = {
  ...reused,
  connection: "new",
  connectUs: micros(2_000),
  tlsUs: micros(7_000),
};

/** One request a second, each answered within it; `phasesAt` says what its time went on. */
function record(seconds: number, phasesAt: (second: number) => AnswerPhases | undefined) {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  for (let second = 0; second < seconds; second++) {
    const phase = second < 10 ? "warm-up" : "steady";
    const request = sent(due(second * 1_000_000, { request: second, phase }));
    recorder.due(request);
    recorder.started(request);
    const phases = phasesAt(second);
    const status = second === 20 ? 500 : 200;
    recorder.outcome({ ...answered(request, 1_000, status), ...(phases && { phases }) });
  }
  recorder.close();
  return memory;
}

function phasesOf(memory: MemoryRecord) {
  const [operation] = summarise(memory.contents(), []).operations;
  if (!operation) throw new Error("an operation was recorded");
  return operation.phases;
}

test("waits and bodies are those of expected steady answers, connections those of the whole run", () => {
  const phases = phasesOf(
    record(30, (second) => (second === 0 || second === 20 ? opened : reused)),
  );
  expect(phases.firstByte.times.count).toBe(19);
  expect(phases.firstByte.times.percentile(50).valueUs).toBe(900);
  expect(phases.body.times.maxUs).toBe(100);
  expect([phases.connect.times.count, phases.tls.times.count, phases.dns.times.count]).toEqual([
    2, 2, 0,
  ]);
  expect(phases.tls.times.maxUs).toBe(7_000);
  expect([phases.newConnections, phases.reusedConnections]).toEqual([2, 28]);
});

test("the log takes them once a minute, and loses none at the end", () => {
  const memory = record(150, () => reused);
  const entries = memory.lines.intervals.flatMap((line) => parseLogLine(line) ?? []);
  const lengths = entries
    .filter(({ tag }) => tag.endsWith(":first-byte"))
    .map(({ startUs, lengthUs }) => [startUs / 1e6, lengthUs / 1e6]);
  expect(lengths).toEqual([
    [10, 60],
    [70, 60],
    [130, 20],
  ]);
  expect(entries.filter(({ tag }) => tag.endsWith(":service"))).toHaveLength(139);
  expect(phasesOf(memory).firstByte.times.count).toBe(139);
});

test("a record without them has none", () => {
  const memory = record(30, () => undefined);
  memory.lines.counts = memory.lines.counts.map((line) =>
    line.replaceAll(/,"(?:new|reused)Connections":0/g, ""),
  );
  expect(countsLineSchema.safeParse(JSON.parse(memory.lines.counts[0] ?? "")).success).toBe(true);
  const phases = phasesOf(memory);
  expect([phases.firstByte.times.count, phases.newConnections, phases.reusedConnections]).toEqual([
    0, 0, 0,
  ]);
});

test("a small run keeps every request, whatever came of it, in the order of becoming due", () => {
  const memory = new MemoryRecord();
  const recorder = new Recorder(memory, micros(0));
  const slow = sent(due(1_000, { request: 0 }), 500);
  const quick = sent(due(2_000, { request: 1 }));
  const dropped = due(3_000, { request: 2 });
  for (const one of [slow, quick, dropped]) recorder.due(one);
  for (const one of [slow, quick]) recorder.started(one);
  recorder.outcome(failed(quick, 4_000, "timeout"));
  recorder.outcome({ ...dropped, kind: "dropped", at: micros(5_000), reason: "cap" });
  recorder.outcome(answered(slow, 9_000));
  recorder.close();
  const operation = "payment-request.create";
  const common = { type: "each", operation, phase: "steady", attempt: 1, poll: 1 };
  expect(summarise(memory.contents(), []).requests).toEqual([
    {
      ...common,
      request: 0,
      kind: "answered",
      what: "200",
      expected: true,
      dueUs: 1_000,
      startUs: 1_500,
      endUs: 10_500,
    },
    {
      ...common,
      request: 1,
      kind: "failed",
      what: "timeout",
      expected: false,
      dueUs: 2_000,
      startUs: 2_000,
      endUs: 6_000,
    },
    {
      ...common,
      request: 2,
      kind: "dropped",
      what: "cap",
      expected: false,
      dueUs: 3_000,
      startUs: null,
      endUs: 5_000,
    },
  ]);
});

test.each([
  [REQUESTS_KEPT, REQUESTS_KEPT],
  [REQUESTS_KEPT + 1, 0],
])("of %i requests, %i are shown one by one", (made, shown) => {
  const memory = record(made, () => reused);
  expect(summarise(memory.contents(), []).requests).toHaveLength(shown);
  const kept = memory.lines.events.filter((line) => line.includes('"each"'));
  expect(kept).toHaveLength(REQUESTS_KEPT);
});
