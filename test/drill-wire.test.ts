import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../src/base/errors.ts";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import { spacedAtMost } from "../src/guard/cap.support.ts";
import type { Report } from "../src/report/schema.ts";
import { CAME_TO_ITS_END, readReport, start, workspace } from "./support/cli.ts";
import { type Insult, type Recording, startRecorder } from "./support/recorder.ts";

/**
 * A drill's burst as an independent server sees it: the built program on real sockets. None of the bounds asks the
 * machine to be quick.
 */

/** Creates a second: 4 before and after, 18 for two seconds; capped at half the quota of 12, and at 1.5 times it. */
const [BURST_FROM_S, BURST_TO_S] = [1, 3];
const [CAP, BURST_CAP] = [6, 18];
const PROFILE = `name: drill
kind: rate-limit-drill
workload:
  model: open
  stages:
    - { rate: 4/s, for: 1s }
    - { rate: 18/s, for: 2s }
    - { rate: 4/s, for: 3s }
  maxInFlight: 20
  drainTimeout: 15s
scenarios:
  - name: create
    steps: [{ operation: payment-request.create }]
thresholds: [{ figure: errors, max: 0 }]
limits: { rate: 18/s }
`;

let certificate: Certificate;
beforeAll(async () => {
  certificate = await makeCertificate(Date.now());
});

interface Seen {
  readonly report: Report;
  readonly recording: Recording;
}

interface Setup {
  readonly insults?: readonly Insult[];
  /** Done when the burst has begun for certain. */
  readonly meanwhile?: (signal: (one: NodeJS.Signals) => void) => Promise<void>;
}

/** Runs the drill against the recorder, and holds what every drill must keep. */
async function watch(
  { insults = [], meanwhile }: Setup,
  onTestFinished: (clean: () => void) => void,
): Promise<Seen> {
  const at = workspace();
  onTestFinished(at.remove);
  writeFileSync(at.path("drill.yaml"), PROFILE);
  const recorder = await startRecorder({ certificate, state: at.state, insults });
  onTestFinished(recorder.kill);
  const running = start(at, ["run", "drill.yaml", "--out", "out", "--emulator-url", recorder.url]);
  await recorder.first;
  await sleep(1000 * (BURST_FROM_S + 0.2));
  await meanwhile?.((signal) => running.child.kill(signal));
  const ended = await running.ended;
  // The recorder has no quota, and its client does not try again: what that says of a client is judged elsewhere.
  expect([...CAME_TO_ITS_END, EXIT.failed, EXIT.inconclusive]).toContain(ended.code);
  const seen = { report: readReport(at.path("out")), recording: await recorder.end() };
  expectCaps(seen);
  return seen;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function expectCaps({ report, recording }: Seen): void {
  const { requests } = recording;
  expect(mostInOneSecond(requests)).toBeLessThanOrEqual(spacedAtMost(BURST_CAP, 1e6));
  expect(mostInOneSecond(afterBurst(recording))).toBeLessThanOrEqual(spacedAtMost(CAP, 1e6));
  // The runner's own stamps, taken after each write: exact.
  expect(report.rateLimits[0]?.peakInOneSecond).toBeLessThanOrEqual(BURST_CAP);
  expect(report.rateLimits[0]?.capPerSecond).toBe(BURST_CAP);
}

/** Those that certainly came when the burst was over: the first request came at the run's origin or later. */
function afterBurst({ requests, firstUs }: Recording): Recording["requests"] {
  return requests.filter(({ since }) => since >= (firstUs ?? 0) + BURST_TO_S * 1e6);
}

/** The most that certainly came within one second. */
function mostInOneSecond(requests: Recording["requests"]): number {
  const within = (from: number) =>
    requests.filter((one) => one.since >= from && one.at < from + 1e6);
  return Math.max(0, ...requests.map(({ since }) => within(since).length));
}

describe.concurrent("a drill's burst at an independent server", () => {
  test("that holds its answers until the burst is over: the backlog goes out at half the quota", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [{ kind: "hold", fromS: BURST_FROM_S, toS: BURST_TO_S + 0.2 }];
    const { report, recording } = await watch({ insults }, onTestFinished);
    expect(report.totals.sent).toBe(recording.requests.length);
    // Twenty are in flight when the burst ends. What else came due in it is sent after it, and waited for the cap.
    expect(afterBurst(recording).length).toBeGreaterThan(20);
    expect(report.waits.capWait.maxUs).toBeGreaterThan(1_000_000);
    expect(report.rateLimits[0]?.peakInOneSecond).toBeGreaterThan(CAP);
  });

  test("of a runner that was frozen until it was over: nothing is made up for", async ({
    onTestFinished,
  }) => {
    const meanwhile = async (signal: (one: NodeJS.Signals) => void): Promise<void> => {
      signal("SIGSTOP");
      await sleep(2000);
      signal("SIGCONT");
    };
    const { report } = await watch({ meanwhile }, onTestFinished);
    expect(report.totals.drops.runner).toBeGreaterThan(20);
  });
});
