import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pLimit from "p-limit";
import { beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { EXIT } from "../src/base/errors.ts";
import { seconds } from "../src/base/units.ts";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import { generateEmulatorKey } from "../src/guard/api-key.ts";
import { approve } from "../src/guard/approval.ts";
import { GuardedConnection } from "../src/guard/connection.ts";
import { Door } from "../src/guard/door.ts";
import { emulatorTarget } from "../src/guard/environments.ts";
import { emulatorFacts } from "../src/guard/facts.support.ts";
import type { Report } from "../src/report/schema.ts";
import { sleep } from "./support/cap-lanes.ts";
import { makeAuthority, makeLeaf, type ServerCertificate } from "./support/certificates.ts";
import { loadProfile, readReport, start, undisturbed, until, workspace } from "./support/cli.ts";
import { KlarnaWorld, klarnaAuthority } from "./support/klarna-world.ts";
import {
  type Insult,
  type Recorder,
  type RecorderOptions,
  type Recording,
  startRecorder,
} from "./support/recorder.ts";

/**
 * Every reason to stop, given by a real server or a real event, as an independent recorder sees what follows: from the
 * trigger to the last byte that reaches it, TLS's own included, 250 ms at most.
 */

const MOST_US = 250_000;
/** When what makes the runner stop begins, in seconds after the first request. */
const FROM_S = 1;
const LATER = { fromS: FROM_S, toS: 60 };
const ERROR_PAGE = {
  headers: { "content-type": "text/html" },
  body: "<html>Request blocked</html>",
};
const REPORTS = [
  "junit.xml",
  "openmetrics.txt",
  "record",
  "report.html",
  "report.json",
  "summary.md",
];

/** Microseconds of the machine's monotonic clock, as the recorder's. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** When the recorder sent, or did, what must stop the run. */
type Trigger = (recording: Recording) => number | undefined;

/** So many answers of a status, counted from 1. */
function answer(status: number, count = 1): Trigger {
  return ({ requests }) =>
    requests
      .filter((one) => one.status === status && one.answeredAt !== null)
      .map(({ answeredAt }) => answeredAt ?? 0)
      .sort((a, b) => a - b)[count - 1];
}

/** So many connections that came after the others were reset. */
function connect(count: number): Trigger {
  return ({ firstUs, connections }) =>
    connections.filter(({ at }) => at >= (firstUs ?? 0) + FROM_S * 1e6)[count - 1]?.at;
}

interface Reason {
  readonly what: string;
  readonly code: string;
  /** Default: stopped, and its exit code. */
  readonly verdict?: Report["verdict"];
  readonly exitCode?: number;
  readonly insults?: () => readonly Insult[];
  readonly recorder?: Pick<RecorderOptions, "latencyMs" | "headers">;
  /** Default: when `act` was called. */
  readonly trigger?: Trigger;
}

let emulators: Certificate;
let klarnas: ServerCertificate;
let strangers: ServerCertificate;
beforeAll(async () => {
  emulators = await makeCertificate(Date.now());
  klarnas = await makeLeaf(await klarnaAuthority(), {
    dns: "api-global.test.klarna.com",
  });
  strangers = await makeLeaf(await makeAuthority("Interceptor Ltd"), {
    dns: "api-global.test.klarna.com",
  });
});

const threeAtOnce = pLimit(3);

type OnTestFinished = (clean: () => void | Promise<void>) => void;

interface Seen {
  readonly report: Report;
  readonly exitCode: number | null;
  readonly dir: string;
  readonly recording: Recording;
  readonly triggerUs: number;
}

/** How long after its trigger a run went on, in microseconds; never more than what is certain. */
function wentOnFor({ recording: { lastByte }, triggerUs }: Seen): number {
  return (lastByte?.since ?? 0) - triggerUs;
}

/** A machine that holds the runner itself back proves nothing: three tries at most. */
async function inTime<S extends Seen>(attempt: () => Promise<S>): Promise<S> {
  for (let left = 2; ; left--) {
    const seen = await threeAtOnce(attempt);
    if (wentOnFor(seen) <= MOST_US || left === 0) return seen;
  }
}

function expectStopped(
  seen: Seen,
  { code, verdict = "stopped", exitCode = EXIT.stopped }: Reason,
): void {
  const { report, dir } = seen;
  const words = expect.stringMatching(/[a-z]\S* \S*[a-z0-9]/);
  expect(report.stopReason).toMatchObject({ code, text: words, advice: words });
  expect([report.verdict, seen.exitCode]).toEqual([verdict, exitCode]);
  expect(readdirSync(dir).sort()).toEqual(REPORTS);
  const { totals } = report;
  expect(totals.sent).toBeGreaterThan(0);
  expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
  expect(totals.planned).toBe(totals.sent + totals.dropped);
  expect(totals.forecast).toBe(totals.planned + totals.notReached + totals.notDue);
  expect(seen.recording.lastByte).not.toBeNull();
  expect(wentOnFor(seen)).toBeLessThanOrEqual(MOST_US);
}

const RESET: Insult = { kind: "reset", fromS: FROM_S };

/** What a server can do, on any environment. */
const BY_A_SERVER: readonly Reason[] = [
  {
    what: "an answer of 401",
    code: "STOP_UNAUTHORIZED",
    insults: () => [{ kind: "answer", status: 401, ...LATER }],
    trigger: answer(401),
  },
  {
    what: "an answer of 403 that is no error object",
    code: "STOP_PROTECTION_RULE",
    insults: () => [{ kind: "answer", status: 403, ...ERROR_PAGE, ...LATER }],
    trigger: answer(403),
  },
  {
    what: "a redirect",
    code: "STOP_REDIRECT",
    insults: () => [
      { kind: "answer", status: 308, headers: { location: "https://api.klarna.com/" }, ...LATER },
    ],
    trigger: answer(308),
  },
  {
    what: "nothing but errors: at the eleventh of the last twenty",
    code: "STOP_ERRORS",
    insults: () => [{ kind: "answer", status: 500, ...LATER }],
    trigger: answer(500, 11),
  },
  {
    what: "every connection reset, and each new one: at the fifth",
    code: "STOP_CONNECT_FAILURES",
    insults: () => [RESET, { kind: "shut", ...LATER }],
    trigger: connect(5),
  },
  {
    what: "a new connection that meets another's certificate: at the first",
    code: "STOP_CERTIFICATE",
    insults: () => [RESET, { kind: "mask", certificate: strangers, ...LATER }],
    trigger: connect(1),
  },
];

interface Act {
  /** Done `FROM_S` after the first request; the trigger, where there is no other. */
  readonly act?: (run: Acted) => void;
}

/** What stands in reach of the runner's user. */
interface Acted {
  /** The state directory. */
  readonly state: string;
  readonly interrupt: (signal: NodeJS.Signals) => void;
}

const BY_FILE: Reason & Act = {
  what: "a file named STOP",
  code: "STOP_FILE",
  act: ({ state }) => writeFileSync(join(state, "STOP"), ""),
};

function bySignal(signal: NodeJS.Signals): Reason & Act {
  return {
    what: signal,
    code: "STOP_SIGNAL",
    exitCode: EXIT.interrupted,
    act: ({ interrupt }) => interrupt(signal),
  };
}

// A test waits for its turn.
const TIMEOUT_MS = 150_000;

const ON_KLARNA: readonly (Reason & Act & { readonly wallJumpMs?: number })[] = [
  ...BY_A_SERVER,
  {
    what: "the first answer of 429",
    code: "STOP_THROTTLED",
    verdict: "invalid",
    exitCode: EXIT.invalid,
    insults: () => [{ kind: "answer", status: 429, ...LATER }],
    trigger: answer(429),
  },
  {
    what: "three answers running by which somebody else uses the quota",
    code: "STOP_SHARED_QUOTA",
    verdict: "invalid",
    exitCode: EXIT.invalid,
    recorder: {
      headers: { "x-ratelimit-limit": "50", "x-ratelimit-remaining": [...twenty("49"), "3"] },
    },
    trigger: answer(200, 23),
  },
  {
    what: "an answer by which there is no quota at all",
    code: "STOP_THROTTLED",
    verdict: "invalid",
    exitCode: EXIT.invalid,
    recorder: { headers: { "x-ratelimit-limit": [...twenty("50"), "0"] } },
    trigger: answer(200, 21),
  },
  BY_FILE,
  bySignal("SIGINT"),
  { what: "a wall clock set 6 s on", code: "STOP_CLOCK_JUMP", act: () => {}, wallJumpMs: 6000 },
  { what: "a wall clock set 6 s back", code: "STOP_CLOCK_JUMP", act: () => {}, wallJumpMs: -6000 },
];

function twenty(value: string): string[] {
  return new Array<string>(20).fill(value);
}

/** 20 reads a second, of 25 that a baseline may make of this category. */
const BASELINE = `name: wire
kind: baseline
workload:
  model: open
  stages:
    - { rate: 20/s, for: 6s }
  maxInFlight: 4
  requestTimeout: 5s
scenarios:
  - name: read
    steps: [{ operation: payment-request.read, with: { payment_request_id: wire } }]
thresholds:
  - { figure: errors, max: 50 }
limits: { rate: 25/s }
`;

/** The whole run but for the command line, behind the door's seams. */
async function runOnKlarna(
  { insults, recorder: options, trigger, act, wallJumpMs = 0 }: (typeof ON_KLARNA)[number],
  onTestFinished: OnTestFinished,
): Promise<Seen> {
  const world = await KlarnaWorld.start();
  onTestFinished(() => world.close());
  world.pretendSmokePassed();
  const recorder = await startRecorder({
    certificate: klarnas,
    insults: insults?.() ?? [],
    ...options,
  });
  onTestFinished(recorder.kill);
  world.port = Number(new URL(recorder.url).port);
  const clock = systemClock();
  let setOnMs = 0;
  const run = await world.clearedRun({
    profile: world.profile(BASELINE),
    clock: { ...clock, wallMs: () => clock.wallMs() + setOnMs },
  });
  const running = run.execute();
  const acted =
    act &&
    atFirst(recorder, () => {
      setOnMs = wallJumpMs;
      act({ state: world.state, interrupt: () => run.interrupt() });
    });
  const { report, exitCode, dir } = await running;
  const actedUs = await acted;
  const recording = await recorder.end();
  return {
    report,
    exitCode,
    dir,
    recording,
    triggerUs: actedUs ?? trigger?.(recording) ?? Number.NaN,
  };
}

/** @returns when `act` was called */
async function atFirst(recorder: Recorder, act: () => void): Promise<number> {
  await recorder.first;
  await sleep(FROM_S * 1000);
  const at = nowUs();
  act();
  return at;
}

describe.concurrent("a run on Klarna's test environment, played by a recorder", {
  timeout: TIMEOUT_MS,
}, () => {
  test.for(ON_KLARNA)(
    "is stopped by $what, and no byte follows",
    async (reason, { onTestFinished }) => {
      expectStopped(await inTime(() => runOnKlarna(reason, onTestFinished)), reason);
    },
  );
});

const ON_THE_EMULATOR: readonly (Reason & Act)[] = [
  ...BY_A_SERVER,
  {
    what: "a 429 storm: at the fifth",
    code: "STOP_THROTTLED",
    recorder: { latencyMs: 250 },
    insults: () => [{ kind: "answer", status: 429, ...LATER }],
    trigger: answer(429, 5),
  },
  BY_FILE,
  bySignal("SIGINT"),
  bySignal("SIGTERM"),
  bySignal("SIGHUP"),
];

/** 60 requests a second. */
const OPEN = loadProfile({ rate: "30/s", lasts: "6s" });

/** About as many, of users who are played by a process of its own. */
const CLOSED = `name: load
kind: capacity
workload: { model: closed, virtualUsers: 12, thinkTime: 190ms, for: 6s, requestTimeout: 10s }
scenarios:
  - name: create
    steps: [{ operation: payment-request.create }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: 200/s }
`;

/** The program itself. */
async function runOnTheEmulator(
  profile: string,
  { insults, recorder: options, trigger, act }: Reason & Act,
  onTestFinished: OnTestFinished,
): Promise<Seen> {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("load.yaml"), profile);
  const recorder = await startRecorder({
    certificate: emulators,
    state: at.state,
    insults: insults?.() ?? [],
    ...options,
  });
  onTestFinished(recorder.kill);
  const running = start(at, ["run", "load.yaml", "--out", "out", "--emulator-url", recorder.url]);
  const acted =
    act &&
    atFirst(recorder, () => {
      act({ state: at.state, interrupt: (signal) => running.child.kill(signal) });
    });
  const { code, stderr } = await running.ended;
  const actedUs = await acted;
  const recording = await recorder.end();
  const dir = at.path("out");
  const report = readReport(dir);
  expect(stderr).toContain(report.stopReason?.code);
  const triggerUs = actedUs ?? trigger?.(recording) ?? Number.NaN;
  return { report, exitCode: code, dir, recording, triggerUs };
}

describe.concurrent.each([
  ["open", OPEN],
  ["closed", CLOSED],
])(
  "an %s run on a registered emulator, played by a recorder",
  {
    timeout: TIMEOUT_MS,
  },
  (_, profile) => {
    test.for(ON_THE_EMULATOR)(
      "is stopped by $what, and no byte follows",
      async (reason, { onTestFinished }) => {
        const attempt = () => runOnTheEmulator(profile, reason, onTestFinished);
        expectStopped(await inTime(attempt), reason);
      },
    );
  },
);

describe.concurrent("a stop that the profile turns off, on the emulator", {
  timeout: TIMEOUT_MS,
}, () => {
  test.for([
    { stop: "errors", status: 500, verdict: "failed" },
    { stop: "throttled", status: 429, verdict: "invalid" },
  ] as const)(
    "$stop: the run goes on to its end",
    async ({ stop, status, verdict }, { onTestFinished }) => {
      const attempt = async () => {
        const at = workspace();
        onTestFinished(at.remove);
        const profile = `${loadProfile({ rate: "30/s", lasts: "3s" })}stops: { ${stop}: off }\n`;
        writeFileSync(at.path("load.yaml"), profile);
        const insults: Insult[] = [{ kind: "answer", status, fromS: FROM_S, toS: 4 }];
        const options = { state: at.state, insults, latencyMs: 250 };
        const recorder = await startRecorder({ certificate: emulators, ...options });
        onTestFinished(recorder.kill);
        const run = ["run", "load.yaml", "--out", "out", "--emulator-url", recorder.url];
        const { code } = await threeAtOnce(() => start(at, run).ended);
        const { requests } = await recorder.end();
        return { code, requests, report: readReport(at.path("out")) };
      };
      const isInvalidAnyway = verdict === "invalid";
      const { requests, report } = await (isInvalidAnyway ? attempt() : undisturbed(attempt));
      expect([report.stopReason, report.verdict]).toEqual([null, verdict]);
      // Eleven errors of the last twenty, or five answers of 429, would have ended it.
      const met = requests.filter((one) => one.status === status).length;
      expect(met).toBeGreaterThan(stop === "errors" ? 11 : 5);
      const check = report.guard.checks.find(({ code }) => code === "STOPS");
      expect(check?.text).toMatch(/^the profile turns off the stop at /);
    },
  );
});

test("a stop while connections are being opened: none is finished, and nothing is asked", async ({
  onTestFinished,
}) => {
  const world = await KlarnaWorld.start();
  onTestFinished(() => world.close());
  const insults: Insult[] = [{ kind: "slow", fromS: -1, toS: 60, delayMs: 1500 }];
  const recorder = await startRecorder({ certificate: klarnas, insults });
  onTestFinished(recorder.kill);
  world.port = Number(new URL(recorder.url).port);
  const run = await world.clearedRun({});
  const running = run.execute();
  // A run connects a second after it was cleared.
  await until(() => world.connected[0]);
  await sleep(200);
  run.interrupt();
  const { report, exitCode } = await running;
  expect([exitCode, report.totals.sent]).toEqual([EXIT.interrupted, 0]);
  // The server goes on with what it had accepted.
  await sleep(1500);
  const { connections, handshakes, requests } = await recorder.end();
  expect([connections.length, handshakes, requests.length]).toEqual([1, 0, 0]);
});

test("what a stop finds in the kernel's buffers is taken back: a server that did not read gets no more", async ({
  onTestFinished,
}) => {
  const recorder = await startRecorder({ certificate: emulators });
  onTestFinished(recorder.kill);
  const clock = systemClock();
  const target = emulatorTarget({ url: recorder.url, caPem: emulators.caPem });
  const opened = await new Door(target, approve(emulatorFacts()), clock).open();
  if (opened.kind !== "open") throw new Error(opened.detail);
  const { key } = generateEmulatorKey();
  const connection = new GuardedConnection(target.origin, opened.socket, key, clock, () => {});
  // So that it has finished the handshake on its side too.
  await sleep(100);
  recorder.signal("SIGSTOP");
  const body = JSON.stringify({ text: "x".repeat(1_000_000) });
  const request = { method: "POST", path: "/v2/payment/requests", headers: {}, body } as const;
  await new Promise<void>((resolve) => {
    connection.send(request, seconds(10), { written: resolve, done: () => {} });
  });
  await sleep(100);
  connection.reset();
  recorder.signal("SIGCONT");
  await sleep(500);
  const { bytes, requests } = await recorder.end();
  expect(requests.length).toBeLessThanOrEqual(1);
  expect(bytes).toBeGreaterThan(500);
  expect(bytes).toBeLessThan(800_000);
});
