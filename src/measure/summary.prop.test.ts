import fc from "fast-check";
import { expect, test } from "vitest";
import { micros } from "../base/units.ts";
import type { Answered, Dropped, JourneyOutcome, Outcome } from "../workload/outcome.ts";
import { CensoredHistogram } from "./censored.ts";
import type { Counts } from "./counts.ts";
import { anyFate, endOf, type Fate, play } from "./fates.support.ts";
import { MemoryRecord } from "./record.support.ts";
import { Recorder } from "./recorder.ts";
import type { Sample } from "./samples.ts";
import { summarise } from "./summary.ts";

/** What a record is summed up to, against a list of all that happened. */

interface Times {
  readonly known: readonly number[];
  readonly censored: readonly number[];
}

const fates = fc.array(anyFate, { maxLength: 80 });

function summaryOf(played: readonly Fate[]) {
  return summarise(play(played).memory.contents(), []);
}

/** Every sample is there, and no other: histograms of the same samples are encoded alike. */
function expectTimes({ times }: Sample, { known, censored }: Times): void {
  const naive = new CensoredHistogram();
  for (const us of known) naive.record(us);
  for (const us of censored) naive.recordCensored(us);
  expect(times.encode()).toEqual(naive.encode());
  expect([times.maxUs, times.censoredMaxUs]).toEqual([naive.maxUs, naive.censoredMaxUs]);
}

function isExpected(outcome: Outcome): outcome is Answered {
  return outcome.kind === "answered" && outcome.expected;
}

function lagOf(outcome: Outcome): number {
  return outcome.kind === "dropped" ? 0 : outcome.waits.runnerLag;
}

/** The rules on samples, written down once more; of the steady phase. */
function timesOf(all: readonly Fate[]) {
  const steady = all.map(({ outcome }) => outcome).filter(({ phase }) => phase === "steady");
  const known = steady.filter(isExpected);
  const lasting = steady.filter(
    (one) =>
      one.kind === "unfinished" ||
      (one.kind === "failed" && one.code === "timeout") ||
      (one.kind === "dropped" && one.reason !== "runner"),
  );
  const response = (of: readonly Outcome[]): number[] => of.map((one) => endOf(one) - one.due);
  const service = (of: readonly Outcome[]): number[] =>
    of.flatMap((one) => (one.kind === "dropped" ? [] : [endOf(one) - one.start]));
  const prompt = (of: readonly Outcome[]): number[] =>
    of.map((one) => endOf(one) - one.due - lagOf(one));
  return {
    response: { known: response(known), censored: response(lasting) },
    service: { known: service(known), censored: service(lasting) },
    withoutLag: { known: prompt(known), censored: prompt(lasting) },
    failed: service(steady.filter((one) => one.kind === "failed" && one.code !== "timeout")),
    unexpected: service(steady.filter((one) => one.kind === "answered" && !one.expected)),
    firstByte: known.flatMap(({ phases }) => (phases ? [phases.waitUs] : [])),
    body: known.flatMap(({ phases }) => (phases ? [phases.bodyUs] : [])),
  };
}

function countsOf(of: readonly Fate[]): Counts {
  const outcomes = of.map(({ outcome }) => outcome);
  const number = (kind: Outcome["kind"]): number =>
    outcomes.filter((one) => one.kind === kind).length;
  const drops = (reason: Dropped["reason"]): number =>
    outcomes.filter((one) => one.kind === "dropped" && one.reason === reason).length;
  return {
    planned: of.length,
    sent: of.filter(({ sent }) => sent).length,
    answered: number("answered"),
    failed: number("failed"),
    unfinished: number("unfinished"),
    dropped: number("dropped"),
    drops: {
      "in-flight": drops("in-flight"),
      cap: drops("cap"),
      "quota-steering": drops("quota-steering"),
      runner: drops("runner"),
      "run-ended": drops("run-ended"),
    },
    unexpected: outcomes.filter((one) => one.kind === "answered" && !one.expected).length,
    retries: of.filter(({ request }) => request.attempt > 1).length,
    polls: of.filter(({ request }) => request.attempt === 1 && request.poll > 1).length,
  };
}

/** How often each text occurs. */
function tallied(texts: readonly string[]): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const text of texts) tally[text] = (tally[text] ?? 0) + 1;
  return tally;
}

test("counts are those of a list of all that happened", () => {
  fc.assert(
    fc.property(fates, (all) => {
      const summary = summaryOf(all);
      const inSteady = (of: readonly Fate[]) => of.filter((one) => one.request.phase === "steady");
      expect(summary.totals).toEqual(countsOf(all));
      expect(summary.steady).toEqual(countsOf(inSteady(all)));
      expect(summary.operations.map(({ name }) => name).sort()).toEqual(
        [...new Set(all.map(({ request }) => request.operation))].sort(),
      );
      for (const operation of summary.operations) {
        const own = all.filter(({ request }) => request.operation === operation.name);
        expect(operation.counts).toEqual(countsOf(own));
        expect(operation.steady).toEqual(countsOf(inSteady(own)));
        const answers = own.flatMap(({ outcome: one }) => (one.kind === "answered" ? [one] : []));
        const failures = own.flatMap(({ outcome: one }) =>
          one.kind === "failed" ? [one.code] : [],
        );
        expect(operation.results).toEqual(
          tallied([...answers.map(({ status }) => String(status)), ...failures]),
        );
        const connections = answers.flatMap(({ phases }) => (phases ? [phases.connection] : []));
        expect(operation.phases).toMatchObject({
          newConnections: connections.filter((one) => one === "new").length,
          reusedConnections: connections.filter((one) => one === "reused").length,
        });
      }
      expect(summary.throttled).toBe(
        all.filter(({ outcome }) => outcome.kind === "answered" && outcome.status === 429).length,
      );
      expect(summary.cleanUpRequests).toBe(
        all.filter(
          ({ request }) =>
            request.phase === "clean-up" && request.attempt === 1 && request.poll === 1,
        ).length,
      );
      expect(summary.timeline.reduce((sum, { planned }) => sum + planned, 0)).toBe(all.length);
      expect(summary.problems).toEqual([]);
    }),
  );
});

test("each distribution has the samples of its class, and each sample is in one", () => {
  fc.assert(
    fc.property(fates, (all) => {
      const { operations, pooled, waits } = summaryOf(all);
      for (const operation of operations) {
        const own = timesOf(all.filter(({ request }) => request.operation === operation.name));
        expectTimes(operation.serviceTime, own.service);
        expectTimes(operation.responseTime, own.response);
        expectTimes(operation.responseTimeWithoutLag, own.withoutLag);
        expectTimes(operation.failedServiceTime, { known: own.failed, censored: [] });
        expectTimes(operation.unexpectedServiceTime, { known: own.unexpected, censored: [] });
        expectTimes(operation.phases.firstByte, { known: own.firstByte, censored: [] });
        expectTimes(operation.phases.body, { known: own.body, censored: [] });
      }
      const together = timesOf(all);
      expectTimes(pooled.serviceTime, together.service);
      expectTimes(pooled.responseTime, together.response);
      expectTimes(pooled.responseTimeWithoutLag, together.withoutLag);
      const sent = all.flatMap((one) => (one.request.phase === "steady" ? (one.sent ?? []) : []));
      const wait = (of: "cap" | "inFlight" | "runnerLag" | "steering"): Times => {
        return { known: sent.map(({ waits }) => waits[of]), censored: [] };
      };
      expectTimes(waits.capWait, wait("cap"));
      expectTimes(waits.inFlightWait, wait("inFlight"));
      expectTimes(waits.runnerLag, wait("runnerLag"));
      const steered = wait("steering").known.filter((us) => us > 0);
      expectTimes(waits.steeringWait, { known: steered, censored: [] });
    }),
  );
});

function whatOf(outcome: Outcome): string {
  if (outcome.kind === "answered") return String(outcome.status);
  if (outcome.kind === "failed") return outcome.code;
  return outcome.kind === "dropped" ? `dropped: ${outcome.reason}` : "unfinished";
}

function evidenceOf(outcome: Outcome) {
  const told = outcome.kind === "answered" || outcome.kind === "failed" ? outcome.errorCode : null;
  const during = outcome.kind === "failed" ? outcome.during : null;
  return { errorCode: told ?? null, during: during ?? null };
}

test("errors are grouped, the slowest answers found, small runs kept whole", () => {
  fc.assert(
    fc.property(fc.array(anyFate, { maxLength: 250, size: "max" }), (all) => {
      const summary = summaryOf(all);
      const groups = new Map<string, { count: number; firstAtUs: number }>();
      for (const { outcome } of all) {
        if (isExpected(outcome)) continue;
        const { errorCode, during } = evidenceOf(outcome);
        const key = [outcome.operation, whatOf(outcome), errorCode, during].join(" ");
        const group = groups.get(key) ?? { count: 0, firstAtUs: Number.POSITIVE_INFINITY };
        const firstAtUs = Math.min(group.firstAtUs, endOf(outcome));
        groups.set(key, { count: group.count + 1, firstAtUs });
      }
      const seen = summary.errors.map(
        ({ operation, what, errorCode, during, count, firstAtUs }) =>
          [[operation, what, errorCode, during].join(" "), { count, firstAtUs }] as const,
      );
      expect(new Map(seen)).toEqual(groups);
      expect(seen.length).toBe(groups.size);
      const counts = summary.errors.map(({ count }) => count);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
      const times = all.flatMap(({ outcome: one }) =>
        one.kind === "answered" ? [one.end - one.due] : [],
      );
      expect(summary.slowest.map(({ responseTimeUs }) => responseTimeUs)).toEqual(
        times.sort((a, b) => b - a).slice(0, 20),
      );
      expect(summary.unfinished).toHaveLength(countsOf(all).unfinished);
      expect(summary.requests.map(({ endUs }) => endUs).sort()).toEqual(
        all.map(({ outcome }) => endOf(outcome)).sort(),
      );
    }),
    { numRuns: 40 },
  );
});

const anyJourney = fc
  .record({
    scenario: fc.constantFrom("a", "b, c"),
    phase: fc.constantFrom<JourneyOutcome["phase"]>("warm-up", "steady"),
    dueUs: fc.integer({ min: 0, max: 3_000_000 }),
    lastedUs: fc.integer({ min: 0, max: 2_000_000 }),
    how: fc.constantFrom("completed", "cut short", "failed"),
    notReached: fc.nat(3),
    notDue: fc.nat(3),
  })
  .map(({ dueUs, lastedUs, how, ...more }): JourneyOutcome => {
    const ended = { completed: how === "completed", cutShort: how === "cut short" };
    return { journey: 0, due: micros(dueUs), end: micros(dueUs + lastedUs), ...ended, ...more };
  });

test("journeys are counted; those of the steady phase that completed have a time, those that were cut short at least one", () => {
  fc.assert(
    fc.property(fc.array(anyJourney, { maxLength: 60 }), (all) => {
      const memory = new MemoryRecord();
      const recorder = new Recorder(memory, micros(0));
      for (const one of [...all].sort((a, b) => a.end - b.end)) recorder.journey(one);
      recorder.close();
      const { journeys, notReached, notDue } = summarise(memory.contents(), []);
      expect(journeys).toHaveLength(new Set(all.map(({ scenario }) => scenario)).size);
      for (const { scenario, started, completed, responseTime } of journeys) {
        const own = all.filter((one) => one.scenario === scenario);
        const done = own.filter((one) => one.completed);
        expect([started, completed]).toEqual([own.length, done.length]);
        const steady = own.filter(({ phase }) => phase === "steady");
        const times = (all: readonly JourneyOutcome[]) => all.map(({ end, due }) => end - due);
        expectTimes(responseTime, {
          known: times(steady.filter((one) => one.completed)),
          censored: times(steady.filter((one) => one.cutShort)),
        });
      }
      expect(notReached).toBe(all.reduce((sum, one) => sum + one.notReached, 0));
      expect(notDue).toBe(all.reduce((sum, one) => sum + one.notDue, 0));
    }),
  );
});
