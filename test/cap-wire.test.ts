import { writeFileSync } from "node:fs";
import pLimit from "p-limit";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import type { Report } from "../src/report/schema.ts";
import { CAP_LANES, expectCaps, freeze, longestSilence, RATE, sleep } from "./support/cap-lanes.ts";
import { CAME_TO_ITS_END, type Ended, readReport, start, workspace } from "./support/cli.ts";
import { type Insult, type Recorder, type Recording, startRecorder } from "./support/recorder.ts";

/**
 * The cap as an independent server sees it: the built program on real sockets, caps of 1, 5, 50 and 500/s side by side,
 * through what a network, a server and a machine do to a run. None of the bounds asks the machine to be quick.
 */

/** When an insult begins, in seconds after the first request. */
const FROM_S = 2;
const LASTS_S = 6;

/** @param more further sections */
function profileOf(maxInFlight: number, more: string): string {
  const scenarios = CAP_LANES.map(
    ({ category, rate, operation }) =>
      `  - { name: ${category}, weight: ${rate * 10}, steps: [{ operation: ${operation} }] }\n`,
  );
  const caps = CAP_LANES.map(({ category, cap }) => `${category}: ${cap}/s`);
  return `name: wire
kind: capacity
workload:
  model: open
  stages:
    - { rate: ${RATE}/s, for: ${LASTS_S}s }
  maxInFlight: ${maxInFlight}
  requestTimeout: 10s
  drainTimeout: 3s
scenarios:
${scenarios.join("")}thresholds:
  - { figure: errors, max: 50 }
limits: { perCategory: { ${caps.join(", ")} } }
${more}`;
}

interface Setup {
  readonly insults?: readonly Insult[];
  /** And connections of each lane. Default: enough for the cap to be what binds, on a busy machine too. */
  readonly maxInFlight?: number;
  readonly latencyMs?: number;
  /** Further sections of the profile. */
  readonly more?: string;
  /** Done when an insult begins. */
  readonly meanwhile?: (signal: (one: NodeJS.Signals) => void, recorder: Recorder) => unknown;
}

interface Seen {
  readonly maxInFlight: number;
  readonly ended: Ended;
  readonly report: Report;
  readonly recording: Recording;
}

type OnTestFinished = (clean: () => void) => void;

/** With it the first four draws of the connects' back-off are above 0.8: it waits for nearly as long as it may. */
const SEED = "6";

let certificate: Certificate;
beforeAll(async () => {
  certificate = await makeCertificate(Date.now());
});

/** Most of a run is waiting: two at once take half the time, and disturb each other as a busy machine does. */
const twoAtOnce = pLimit(2);

/** Runs the profile against the recorder, and holds what every run must keep, whatever is done to it. */
function watch(setup: Setup, onTestFinished: OnTestFinished): Promise<Seen> {
  return twoAtOnce(() => watchOne(setup, onTestFinished));
}

async function watchOne(
  { insults = [], maxInFlight = 40, latencyMs = 5, more = "", meanwhile }: Setup,
  onTestFinished: OnTestFinished,
): Promise<Seen> {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("wire.yaml"), profileOf(maxInFlight, more));
  const recorder = await startRecorder({ certificate, state: at.state, insults, latencyMs });
  onTestFinished(recorder.kill);
  const target = ["--emulator-url", recorder.url];
  const running = start(at, ["run", "wire.yaml", "--out", "out", "--seed", SEED, ...target]);
  if (meanwhile) {
    await recorder.first;
    await sleep(FROM_S * 1000);
    await meanwhile((signal) => running.child.kill(signal), recorder);
  }
  const ended = await running.ended;
  const recording = await recorder.end();
  const seen = { maxInFlight, ended, report: readReport(at.path("out")), recording };
  expectCaps(recording);
  expectOwnStamps(seen);
  expectSameAccount(seen);
  return seen;
}

/** The runner's own stamps, taken after each write, keep the cap exactly. A run that was stopped early may lack a lane. */
function expectOwnStamps({ report: { rateLimits }, recording }: Seen): void {
  for (const { category, cap, route } of CAP_LANES) {
    const own = rateLimits.find((one) => one.category === category);
    if (own) expect(own.peakInOneSecond, category).toBeLessThanOrEqual(cap);
    else expect(recording.requests.filter((one) => one.route === route)).toEqual([]);
  }
}

/** Two accounts of one run agree: what was sent arrived, but for what failed or was cut off on its way. */
function expectSameAccount({ recording, report }: Seen): void {
  const { totals, operations, guard } = report;
  expect(totals.planned).toBe(totals.sent + totals.dropped);
  expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
  expect(totals.planned + totals.notReached + totals.notDue).toBe(totals.forecast);
  for (const { operation, route } of CAP_LANES) {
    const arrived = recording.requests.filter((one) => one.route === route);
    const told = operations.find(({ name }) => name === operation);
    if (!told) {
      expect(arrived, operation).toEqual([]);
      continue;
    }
    const { counts, results } = told;
    expect(arrived.length).toBeLessThanOrEqual(counts.sent);
    expect(counts.sent - arrived.length).toBeLessThanOrEqual(counts.failed + counts.unfinished);
    for (const [status, count] of Object.entries(results)) {
      if (!/^\d+$/.test(status)) continue;
      const answered = arrived.filter((one) => String(one.status) === status && one.answeredAt);
      expect(count, `${route}: ${status}`).toBeLessThanOrEqual(answered.length);
    }
  }
  // A connect that failed for the runner, or that the end of the run gave up, may have been accepted all the same.
  const { connectionsOpened, connectFailures } = guard;
  expect(recording.connections.length).toBeGreaterThanOrEqual(connectionsOpened);
  expect(recording.connections.length).toBeLessThanOrEqual(
    connectionsOpened + connectFailures + CAP_LANES.length,
  );
}

/** Not stopped; what was sent arrived once and was answered, but for `failed` at most. */
function expectSurvived({ ended, report, recording }: Seen, mostFailed = 0): void {
  expect(report.stopReason).toBeNull();
  const lanes = CAP_LANES.map(({ category }) => category);
  expect(report.rateLimits.map(({ category }) => category)).toEqual(expect.arrayContaining(lanes));
  expect(CAME_TO_ITS_END).toContain(ended.code);
  const { totals } = report;
  expect(totals.failed).toBeLessThanOrEqual(mostFailed);
  expect(totals.answered + totals.unfinished).toBe(totals.sent - totals.failed);
  expect(totals.sent - recording.requests.length).toBeLessThanOrEqual(
    totals.failed + totals.unfinished,
  );
}

/** Each lane's connections were opened before the first request, and none since. */
function expectNoConnects({ recording, maxInFlight }: Seen): void {
  expect(recording.connections.length).toBe(CAP_LANES.length * maxInFlight);
  expect(connectsSince(recording, 0)).toBe(0);
}

/**
 * No reconnect storm: after all connections were reset, one is opened only for a request that waits and finds none
 * idle. So there are no more of them than of requests, and each of a lane's places is filled again once at most.
 */
function expectConnectsOnDemand({ recording, maxInFlight }: Seen): void {
  const connects = connectsSince(recording, FROM_S);
  const from = (recording.firstUs ?? 0) + FROM_S * 1e6;
  expect(connects).toBeGreaterThanOrEqual(1);
  expect(connects).toBeLessThanOrEqual(recording.requests.filter(({ at }) => at >= from).length);
  expect(recording.connections.length).toBeLessThanOrEqual(2 * CAP_LANES.length * maxInFlight);
}

function connectsSince({ firstUs, connections }: Recording, s: number): number {
  return connections.filter(({ since }) => since > (firstUs ?? 0) + s * 1e6).length;
}

/** Some request was held back by the cap alone: without that a test of it shows nothing. */
function expectCapBound({ report }: Seen): void {
  expect(report.waits.capWait.maxUs).toBeGreaterThan(100_000);
}

// A test waits for its turn.
const TIMEOUT_MS = 150_000;

/**
 * Every connection reset at once, and more done to those that come after. No more requests are in flight than may fail
 * together; on a busy machine some more are written before all resets are seen, and may stop the run: then it is run
 * again, three times at most.
 */
async function watchReset(more: readonly Insult[], onTestFinished: OnTestFinished): Promise<Seen> {
  const insults: Insult[] = [{ kind: "reset", fromS: FROM_S }, ...more];
  for (let left = 2; ; left--) {
    const seen = await watch({ insults, maxInFlight: 8 }, onTestFinished);
    if (seen.report.stopReason?.code !== "STOP_ERRORS" || left === 0) return seen;
  }
}

describe.concurrent("caps of 1, 5, 50 and 500/s at an independent server", {
  timeout: TIMEOUT_MS,
}, () => {
  test("of a run that nothing disturbs", async ({ onTestFinished }) => {
    const seen = await watch({}, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expect(seen.report.totals.drops.cap).toBe(0);
  });

  test("answers held for 2 s: the backlog goes out evenly", async ({ onTestFinished }) => {
    const insults: Insult[] = [{ kind: "hold", fromS: FROM_S, toS: FROM_S + 2 }];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
  });

  test("every connection reset at once", async ({ onTestFinished }) => {
    const seen = await watchReset([], onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen);
  });

  // Five failures in a row stop a run, after 1.5 s at most, and nothing turns that stop off; what it takes to outlive 2 s
  // is in held-slots.test.ts.
  test("the port refused for 0.9 s: waited out with back-off, then the backlog goes out evenly", async ({
    onTestFinished,
  }) => {
    const more: Insult[] = [{ kind: "refuse", fromS: FROM_S, toS: FROM_S + 0.9 }];
    const seen = await watchReset(more, onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen);
    expectCapBound(seen);
    expect(seen.report.guard.connectFailures).toBeGreaterThanOrEqual(1);
  });

  test("the port refused for 2 s: the fifth connect ends the run, within the cap to its end", async ({
    onTestFinished,
  }) => {
    const more: Insult[] = [{ kind: "refuse", fromS: FROM_S, toS: FROM_S + 2 }];
    const { report, ended, recording } = await watchReset(more, onTestFinished);
    expect(report.stopReason?.code).toBe("STOP_CONNECT_FAILURES");
    expect(ended.code).toBe(EXIT.stopped);
    expect(report.guard.connectFailures).toBeGreaterThanOrEqual(5);
    expect(recording.requests.length).toBeGreaterThan(FROM_S * 0.9 * RATE);
  });

  test("every connection reset, and new ones accepted slowly", async ({ onTestFinished }) => {
    const more: Insult[] = [{ kind: "slow", fromS: -1, toS: 60, delayMs: 500 }];
    const seen = await watchReset(more, onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen);
    expectCapBound(seen);
  });

  test("the runner frozen for 2 s: what came due meanwhile is dropped, nothing is made up for", async ({
    onTestFinished,
  }) => {
    const seen = await watch({ meanwhile: freeze }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expect(seen.ended.code).toBe(EXIT.invalid);
    expect(longestSilence(seen.recording)).toBeGreaterThan(1.9);
    expect(seen.report.totals.drops.runner).toBeGreaterThanOrEqual(2 * 0.9 * RATE);
  });

  test("the server frozen for 2 s: what it finds when it wakes was written within the cap", async ({
    onTestFinished,
  }) => {
    const meanwhile = (_: unknown, { signal }: Recorder): Promise<void> => freeze(signal);
    const seen = await watch({ meanwhile }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
    expect(longestSilence(seen.recording)).toBeGreaterThan(1.9);
  });

  test("four answers of 429: silence for a second, then the backlog goes out evenly", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [{ kind: "answer", status: 429, most: 4, fromS: FROM_S, toS: 60 }];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
    const { requests } = seen.recording;
    const throttled = requests.filter(({ status }) => status === 429);
    expect(throttled.length).toBe(4);
    for (const { route, answeredAt } of throttled) {
      const answered = answeredAt ?? 0;
      const others = requests.filter((one) => one.route === route && one.since > answered);
      // What a busy runner sent before it had read the answer.
      const unaware = others.filter(({ since }) => since < answered + 500_000);
      const from = unaware.at(-1)?.since ?? answered;
      const next = others[unaware.length]?.at ?? Number.POSITIVE_INFINITY;
      expect(next - from, route).toBeGreaterThanOrEqual(1_000_000);
    }
  });

  test("a storm of 429s for 2 s, the stops at it turned off: silence after each, then the backlog goes out evenly", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [{ kind: "answer", status: 429, fromS: FROM_S, toS: FROM_S + 2 }];
    // So many are under way when the first 429 comes back.
    const latencyMs = 100;
    const more = "stops: { throttled: off, errors: off }\n";
    const seen = await watch({ insults, latencyMs, more, maxInFlight: 60 }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
    const { requests, firstUs } = seen.recording;
    expect(requests.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
    const after = requests.filter(({ at }) => at > (firstUs ?? 0) + (FROM_S + 2) * 1e6);
    expect(after.length).toBeGreaterThan(RATE);
  });
});
