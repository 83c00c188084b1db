import { writeFileSync } from "node:fs";
import pLimit from "p-limit";
import { beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { EXIT } from "../src/base/errors.ts";
import { seededRandom } from "../src/base/random.ts";
import { micros, milliseconds, perSecond, seconds } from "../src/base/units.ts";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import { generateEmulatorKey } from "../src/guard/api-key.ts";
import { approve } from "../src/guard/approval.ts";
import type { GuardedConnection } from "../src/guard/connection.ts";
import { Door } from "../src/guard/door.ts";
import { emulatorTarget } from "../src/guard/environments.ts";
import { emulatorFacts } from "../src/guard/facts.support.ts";
import { ConnectPacer, GuardedLane } from "../src/guard/lane.ts";
import type { Report } from "../src/report/schema.ts";
import { OpenRun } from "../src/workload/open-run.ts";
import type { Performer } from "../src/workload/roles.ts";
import { CAME_TO_ITS_END, type Ended, readReport, start, workspace } from "./support/cli.ts";
import { type Insult, type Recorder, type Recording, startRecorder } from "./support/recorder.ts";
import { KeepingSink } from "./support/simulated-target.ts";

/**
 * The cap and the kill switch as an independent server sees them: the built program on real sockets, through what a
 * network, a server and a machine do to a run. None of the bounds asks the machine to be quick.
 */

/** Creates and reads: a rate-limit category each, with a cap and connections of its own. */
const LANES = 2;

interface Load {
  readonly rate: number;
  readonly cap: number;
  readonly lastsMs: number;
  readonly maxInFlight: number;
}
const LOAD: Load = { rate: 30, cap: 50, lastsMs: 2500, maxInFlight: 40 };

/** A journey is a create and a read, so that whatever holds creates back would let the reads go as one burst. */
function profileOf({ rate, cap, lastsMs, maxInFlight }: Load): string {
  return `name: wire
kind: capacity
workload:
  model: open
  stages:
    - { rate: ${rate}/s, for: ${lastsMs}ms }
  maxInFlight: ${maxInFlight}
  requestTimeout: 10s
  drainTimeout: 10s
scenarios:
  - name: create-and-read
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
thresholds:
  - { figure: errors, max: 50 }
limits: { rate: ${cap}/s }
`;
}

interface Setup {
  readonly load?: Load;
  readonly insults?: readonly Insult[];
  readonly latencyMs?: number;
  /** Done a second after the first request. */
  readonly meanwhile?: (signal: (one: NodeJS.Signals) => void, recorder: Recorder) => unknown;
}

interface Seen {
  readonly ended: Ended;
  readonly report: Report;
  readonly recording: Recording;
  readonly load: Load;
}

type OnTestFinished = (clean: () => void) => void;

/** With it the first four draws of the connects' back-off are above 0.8: it waits for nearly as long as it may. */
const SEED = "6";

let certificate: Certificate;
beforeAll(async () => {
  certificate = await makeCertificate(Date.now());
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function freeze(signal: (one: NodeJS.Signals) => void): Promise<void> {
  signal("SIGSTOP");
  await sleep(1000);
  signal("SIGCONT");
}

/** Most of a run is waiting: two at once take half the time, and disturb each other as a busy machine does. */
const twoAtOnce = pLimit(2);

/** Runs the profile against the recorder, and holds what every run must keep, whatever is done to it. */
function watch(setup: Setup, onTestFinished: OnTestFinished): Promise<Seen> {
  return twoAtOnce(() => watchOne(setup, onTestFinished));
}

async function watchOne(setup: Setup, onTestFinished: OnTestFinished): Promise<Seen> {
  const { meanwhile, load = LOAD, ...server } = setup;
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("wire.yaml"), profileOf(load));
  const recorder = await startRecorder({ certificate, state: at.state, ...server });
  onTestFinished(recorder.kill);
  const target = ["--emulator-url", recorder.url];
  const running = start(at, ["run", "wire.yaml", "--out", "out", "--seed", SEED, ...target]);
  if (meanwhile) {
    await recorder.first;
    await sleep(1000);
    await meanwhile((signal) => running.child.kill(signal), recorder);
  }
  const ended = await running.ended;
  const recording = await recorder.end();
  const seen = { ended, report: readReport(at.path("out")), recording, load };
  expectCap(seen);
  expectSameAccount(seen);
  return seen;
}

/**
 * The cap's promise (design, section 3.6), for each category. The recorder counts what certainly came within a window:
 * what it stamped late, because it was itself kept from running, is not taken for the runner's burst.
 */
function expectCap({ recording, report, load: { cap } }: Seen): void {
  for (const { method, windowS, requests } of recording.most) {
    // Less what floating point adds to a whole number.
    const bound = Math.ceil(cap * (windowS + 0.02) - 1e-9) + 1;
    expect(requests, `${method} in ${windowS} s`).toBeLessThanOrEqual(bound);
  }
  // The runner's own stamps, taken after each write: exact.
  for (const { category, peakInOneSecond } of report.rateLimits) {
    expect(peakInOneSecond, category).toBeLessThanOrEqual(cap);
  }
}

/** Two accounts of one run agree: what was sent arrived, but for what failed or was cut off on its way. */
function expectSameAccount({ recording, report }: Seen): void {
  const { totals, operations, guard } = report;
  expect(totals.planned).toBe(totals.sent + totals.dropped);
  expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
  expect(totals.planned + totals.notReached + totals.notDue).toBe(totals.forecast);
  for (const { name, counts, results } of operations) {
    const method = name === "payment-request.create" ? "POST" : "GET";
    const arrived = recording.requests.filter((one) => one.method === method);
    expect(arrived.length).toBeLessThanOrEqual(counts.sent);
    expect(counts.sent - arrived.length).toBeLessThanOrEqual(counts.failed + counts.unfinished);
    for (const status of [200, 201, 429, 500]) {
      const answered = arrived.filter((one) => one.status === status && one.answeredAt !== null);
      expect(results[status] ?? 0, `${method} ${status}`).toBeLessThanOrEqual(answered.length);
    }
  }
  // A connect that failed for the runner may have been accepted all the same.
  const { connectionsOpened, connectFailures } = guard;
  expect(recording.connections.length).toBeGreaterThanOrEqual(connectionsOpened);
  expect(recording.connections.length).toBeLessThanOrEqual(connectionsOpened + connectFailures);
}

/** Not stopped; what was sent arrived once and was answered, but for `failed` at most. */
function expectSurvived({ ended, report, recording }: Seen, mostFailed = 0): void {
  expect(report.stopReason).toBeNull();
  expect(CAME_TO_ITS_END).toContain(ended.code);
  const { totals } = report;
  expect(totals.failed).toBeLessThanOrEqual(mostFailed);
  expect(totals.answered).toBe(totals.sent - totals.failed);
  expect(totals.sent - recording.requests.length).toBeLessThanOrEqual(totals.failed);
}

/** Each lane's connections were opened before the first request, and none since. */
function expectNoConnects({ recording, load }: Seen): void {
  expect(recording.connections.length).toBe(LANES * load.maxInFlight);
  expect(connectsSince(recording, 0)).toBe(0);
}

/**
 * No reconnect storm: after all connections were reset, one is opened only for a request that waits and finds none
 * idle. So there are no more of them than of requests, and each of a lane's places is filled again once at most.
 */
function expectConnectsOnDemand({ recording, load }: Seen, resetS: number): void {
  const connects = connectsSince(recording, resetS);
  const from = (recording.firstUs ?? 0) + resetS * 1e6;
  expect(connects).toBeGreaterThanOrEqual(1);
  expect(connects).toBeLessThanOrEqual(recording.requests.filter(({ at }) => at >= from).length);
  expect(recording.connections.length).toBeLessThanOrEqual(2 * LANES * load.maxInFlight);
}

function connectsSince({ firstUs, connections }: Recording, s: number): number {
  return connections.filter((at) => at > (firstUs ?? 0) + s * 1e6).length;
}

/** The longest time between two requests, in seconds. */
function longestSilence({ requests }: Recording): number {
  return Math.max(...requests.slice(1).map(({ at }, i) => (at - (requests[i]?.at ?? 0)) / 1e6));
}

/** Some request was held back by the cap alone: without that a test of it shows nothing. */
function expectCapBound({ report }: Seen): void {
  expect(report.waits.capWait.maxUs).toBeGreaterThan(100_000);
}

describe.concurrent("the cap at an independent server", () => {
  test("of a run that nothing disturbs", async ({ onTestFinished }) => {
    const seen = await watch({}, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expect(seen.report.totals.dropped).toBe(seen.report.totals.drops.runner);
  });

  test("answers held for 1 s: the backlog of reads goes out evenly", async ({ onTestFinished }) => {
    const insults: Insult[] = [{ kind: "hold", fromS: 0.8, toS: 1.8 }];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
  });

  test("answers held for 0.5 s at a cap of 500/s", async ({ onTestFinished }) => {
    const load = { rate: 200, cap: 500, lastsMs: 1500, maxInFlight: 60 };
    const insults: Insult[] = [{ kind: "hold", fromS: 0.5, toS: 1 }];
    const seen = await watch({ load, insults }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
  });

  test("every connection reset at once", async ({ onTestFinished }) => {
    const seen = await watch({ insults: [{ kind: "reset", fromS: 1 }] }, onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen, 1);
  });

  test("the port refused for 0.2 s: waited out with back-off, then the backlog goes out evenly", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [
      { kind: "reset", fromS: 1 },
      { kind: "refuse", fromS: 1, toS: 1.2 },
    ];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen, 1);
    expectCapBound(seen);
    expect(seen.report.guard.connectFailures).toBeGreaterThanOrEqual(1);
    expect(seen.report.guard.connectFailures).toBeLessThanOrEqual(4);
  });

  test("every connection reset, and new ones accepted slowly", async ({ onTestFinished }) => {
    const insults: Insult[] = [
      { kind: "reset", fromS: 1 },
      { kind: "slow", fromS: -1, toS: 60, delayMs: 300 },
    ];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen, 10);
    expectConnectsOnDemand(seen, 1);
    expectCapBound(seen);
  });

  test("the runner frozen for 1 s: what came due meanwhile is dropped, nothing is made up for", async ({
    onTestFinished,
  }) => {
    const seen = await watch({ meanwhile: freeze }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expect(seen.ended.code).toBe(EXIT.invalid);
    expect(longestSilence(seen.recording)).toBeGreaterThan(0.9);
    expect(seen.report.totals.drops.runner).toBeGreaterThanOrEqual(0.9 * LOAD.rate);
    for (const { requests } of seen.recording.most.filter(({ windowS }) => windowS === 1)) {
      expect(requests).toBeLessThanOrEqual(LOAD.rate * 1.25);
    }
  });

  test("the server frozen for 1 s: what it finds when it wakes was written within the cap", async ({
    onTestFinished,
  }) => {
    const meanwhile = (_: unknown, { signal }: Recorder): Promise<void> => freeze(signal);
    const seen = await watch({ meanwhile }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
    expect(longestSilence(seen.recording)).toBeGreaterThan(0.9);
  });

  test("two answers of 429: silence for a second, then the backlog goes out evenly", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [{ kind: "status", status: 429, most: 2, fromS: 1, toS: 60 }];
    const seen = await watch({ insults }, onTestFinished);
    expectSurvived(seen);
    expectNoConnects(seen);
    expectCapBound(seen);
    const { requests } = seen.recording;
    const throttled = requests.filter(({ status }) => status === 429);
    expect(throttled.length).toBe(2);
    for (const { method, answeredAt } of throttled) {
      // The runner has 100 ms to read the answer.
      const quiet = [(answeredAt ?? 0) + 100_000, (answeredAt ?? 0) + 1_000_000];
      const sent = requests.filter(
        (one) => one.method === method && one.since > (quiet[0] ?? 0) && one.at < (quiet[1] ?? 0),
      );
      expect(sent).toEqual([]);
    }
  });
});

interface Stop {
  readonly what: string;
  readonly setup: Setup;
  readonly code: string;
  /** The answer of this status and number (from 1) makes the runner stop. */
  readonly trigger?: readonly [status: number, number: number];
}

describe.concurrent("the kill switch at an independent server", () => {
  test.for<Stop>([
    {
      what: "a 429 storm: stopped at the fifth",
      setup: { latencyMs: 250, insults: [{ kind: "status", status: 429, fromS: 1, toS: 60 }] },
      code: "STOP_THROTTLED",
      trigger: [429, 5],
    },
    {
      what: "nothing but errors: stopped at the eleventh of the last twenty",
      setup: { insults: [{ kind: "status", status: 500, fromS: 1, toS: 60 }] },
      code: "STOP_ERRORS",
      trigger: [500, 11],
    },
    {
      what: "the port refused for good: stopped at the fifth connect",
      setup: {
        insults: [
          { kind: "reset", fromS: 1 },
          { kind: "refuse", fromS: 1, toS: 60 },
        ],
      },
      code: "STOP_CONNECT_FAILURES",
    },
  ])(
    "$what, and nothing arrives from 250 ms after it on",
    async ({ setup, code, trigger }, { onTestFinished }) => {
      const seen = await watch(setup, onTestFinished);
      const { ended, recording, report } = seen;
      expect(ended.code).toBe(EXIT.stopped);
      expect(report.stopReason).toMatchObject({ code });
      expectNoConnects(seen);
      // Told by the runner, on the wall clock that both share.
      const stoppedMs = Date.parse(report.run.startedAt) + (report.stopReason?.atS ?? 0) * 1000;
      const arrivedMs = recording.requests.map(
        ({ since }) => since / 1000 + recording.wallOffsetMs,
      );
      expect(Math.max(...arrivedMs) - stoppedMs).toBeLessThanOrEqual(250);
      if (trigger) {
        // And from the answer that was the trigger, on the recorder's clock alone.
        const [status, number] = trigger;
        const answered = recording.requests
          .flatMap((one) => (one.status === status ? [one.answeredAt ?? Number.NaN] : []))
          .sort((a, b) => a - b);
        const last = Math.max(...recording.requests.map(({ since }) => since));
        expect(last - (answered[number - 1] ?? Number.NaN)).toBeLessThanOrEqual(250_000);
        // The answer that was the trigger has its place in the report too.
        const told = report.operations.map(({ results }) => results[status] ?? 0);
        expect(told.reduce((sum, one) => sum + one)).toBe(number);
      } else {
        expect(report.guard.connectFailures).toBe(5);
      }
    },
  );
});

/**
 * On Klarna's environments a request holds its slot until 1 s after its answer. No command reaches a server of ours
 * under those bounds, so the run loop and the guard are put together here.
 */
test("slots held until answered: no second of a server that was frozen holds more than the cap", async ({
  onTestFinished,
}) => {
  const cap = 10;
  const at = workspace();
  onTestFinished(at.remove);
  const recorder = await startRecorder({ certificate, state: at.state });
  onTestFinished(recorder.kill);
  const clock = systemClock();
  const target = emulatorTarget({ url: recorder.url, caPem: certificate.caPem });
  const errors: unknown[] = [];
  const lane = new GuardedLane(
    { category: "dispute", capPerSecond: perSecond(cap), inFlight: 20 },
    { holdsSlotUntilAnswered: true },
    {
      door: new Door(target, approve(emulatorFacts()), clock),
      origin: target.origin,
      key: generateEmulatorKey().key,
      clock,
      onConnect: () => {},
      onError: (error) => errors.push(error),
      onLine: () => run.wake(),
    },
    new ConnectPacer(undefined, clock, seededRandom(1)),
  );
  onTestFinished(() => lane.close());
  const performer: Performer<GuardedConnection> = {
    perform: (_, line, { written, done }) => {
      const read = { method: "GET", path: "/v2/payment/requests/a", headers: {} } as const;
      line.send(read, seconds(10), {
        written: () => written(clock.now()),
        done: (exchange) => {
          lane.giveBack(line);
          if (exchange.kind === "failed") return done(exchange);
          const { end, status } = exchange;
          done({ kind: "answered", end, status, expected: true, saved: {} });
        },
      });
    },
    abort: () => lane.close(),
  };
  const rate = perSecond(9);
  const sink = new KeepingSink();
  const run = new OpenRun({
    workload: {
      model: "open",
      arrivals: "uniform",
      stages: [{ phase: "steady", from: rate, to: rate, duration: seconds(3) }],
      scenarios: [
        {
          name: "read",
          weight: 1,
          steps: [{ operation: "read", category: "dispute", thinkTime: micros(0) }],
        },
      ],
      maxInFlight: 20,
      maxLateness: undefined,
      requestTimeout: seconds(10),
      drainTimeout: seconds(10),
    },
    clock,
    random: seededRandom(1),
    lanes: [lane],
    performer,
    sink,
    origin: micros(clock.now() + milliseconds(500)),
  });
  await lane.fill(20);
  const ended = run.run();
  await recorder.first;
  await sleep(1000);
  await freeze(recorder.signal);
  await ended;
  lane.close();
  const { requests } = await recorder.end();
  expect(errors).toEqual([]);
  expect(requests.length).toBe(sink.sents.length);
  expect(requests.length).toBeGreaterThanOrEqual(20);
  // Its stamps as they stand: when it woke it read several at once.
  const stamps = requests.map((one) => one.at);
  const seconds1 = stamps.map((from) => stamps.filter((s) => s >= from && s < from + 1e6).length);
  expect(Math.max(...seconds1)).toBeLessThanOrEqual(cap);
  expect(
    longestSilence({ firstUs: null, wallOffsetMs: 0, connections: [], most: [], requests }),
  ).toBeGreaterThan(0.9);
});
