import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, makeCertificate } from "../src/emulator/certificate.ts";
import type { Report } from "../src/report/schema.ts";
import { CAME_TO_ITS_END, type Ended, readReport, start, workspace } from "./support/cli.ts";
import { type Insult, type Recorder, type Recording, startRecorder } from "./support/recorder.ts";

/** The cap and the kill switch as a server sees them that knows nothing of either: the built program on real sockets. */

const CAP = 50;
const RATE = 30;
const MAX_IN_FLIGHT = 40;
/** Creates and reads: a rate-limit category each, with a cap and connections of its own. */
const LANES = 2;

/** A journey is a create and a read, so that what holds creates back would let the reads go as one burst. */
const PROFILE = `name: wire
kind: capacity
workload:
  model: open
  stages:
    - { rate: ${RATE}/s, for: 2500ms }
  maxInFlight: ${MAX_IN_FLIGHT}
  requestTimeout: 5s
  drainTimeout: 5s
scenarios:
  - name: create-and-read
    steps:
      - operation: payment-request.create
        save: { id: $.payment_request_id }
      - operation: payment-request.read
        with: { payment_request_id: "{id}" }
thresholds:
  - { figure: errors, max: 0 }
limits: { rate: ${CAP}/s }
`;

interface Seen {
  readonly ended: Ended;
  readonly report: Report;
  readonly recording: Recording;
}

interface Case {
  readonly insults?: readonly Insult[];
  readonly latencyMs?: number;
  /** Done a second after the first request. */
  readonly meanwhile?: (runner: { signal(signal: NodeJS.Signals): void }, recorder: Recorder) => unknown;
}

let certificate: Certificate;
beforeAll(async () => {
  certificate = await makeCertificate(Date.now());
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs the profile against the recorder, and holds what every run must keep, whatever is done to it. */
async function watch({ meanwhile, ...options }: Case, finished: (clean: () => unknown) => void) {
  const at = workspace();
  finished(at.remove);
  writeFileSync(at.path("wire.yaml"), PROFILE);
  const recorder = await startRecorder({ certificate, state: at.state, ...options });
  const running = start(at, [
    ...["run", "wire.yaml", "--out", "out", "--seed", "5"],
    ...["--emulator-url", recorder.url],
  ]);
  if (meanwhile) {
    await recorder.first;
    await sleep(1000);
    await meanwhile({ signal: (signal) => running.child.kill(signal) }, recorder);
  }
  const ended = await running.ended;
  const seen = { ended, report: readReport(at.path("out")), recording: await recorder.end() };
  expectCap(seen);
  expectSameAccount(seen);
  return seen;
}

/**
 * The promise of the cap, for each category. The recorder counts only what certainly came within the window, so
 * that its own delays (and it is frozen, in one test) are not taken for the runner's.
 */
function expectCap({ recording, report }: Seen): void {
  for (const { method, windowS, requests } of recording.most) {
    const bound = Math.ceil(CAP * (windowS + 0.02)) + 1;
    expect(requests, `${method} in ${windowS} s`).toBeLessThanOrEqual(bound);
  }
  // The runner's own stamps, taken after each write: exact.
  for (const { category, peakInOneSecond } of report.rateLimits) {
    expect(peakInOneSecond, category).toBeLessThanOrEqual(CAP);
  }
}

/** Two accounts of one run agree: what was sent reached the server, but for what failed or was cut off on the way. */
function expectSameAccount({ recording, report }: Seen): void {
  const { totals, operations, guard } = report;
  expect(totals.planned).toBe(totals.sent + totals.dropped);
  expect(totals.sent).toBe(totals.answered + totals.failed + totals.unfinished);
  for (const { name, counts } of operations) {
    const method = name === "payment-request.create" ? "POST" : "GET";
    const arrived = recording.requests.filter((one) => one.method === method);
    expect(arrived.length).toBeLessThanOrEqual(counts.sent);
    expect(counts.sent - arrived.length).toBeLessThanOrEqual(counts.failed + counts.unfinished);
    const answered = arrived.filter(({ answeredAt }) => answeredAt !== null).length;
    expect(counts.answered).toBeLessThanOrEqual(answered);
  }
  // A connect that the runner gave up may have been accepted all the same.
  expect(recording.connections.length).toBeGreaterThanOrEqual(guard.connectionsOpened);
  expect(recording.connections.length).toBeLessThanOrEqual(
    guard.connectionsOpened + guard.connectFailures,
  );
}

/** Every request that was due was answered, and arrived exactly once. */
function expectNothingLost({ ended, report, recording }: Seen): void {
  expect(CAME_TO_ITS_END).toContain(ended.code === 3 ? 0 : ended.code);
  const { totals } = report;
  expect(totals.answered).toBe(totals.sent);
  expect(recording.requests.length).toBe(totals.sent);
}

test("debug", async ({ onTestFinished }) => {
  const kinds: Record<string, Case> = {
    none: {},
    hold: { insults: [{ kind: "hold", fromS: 0.8, toS: 1.8 }] },
    reset: { insults: [{ kind: "reset", fromS: 1 }] },
    refuse: { insults: [{ kind: "reset", fromS: 1 }, { kind: "refuse", fromS: 1, toS: 1.3 }] },
    refuseLong: { insults: [{ kind: "reset", fromS: 1 }, { kind: "refuse", fromS: 1, toS: 20 }] },
    slow: { insults: [{ kind: "reset", fromS: 1 }, { kind: "slow", fromS: -1, toS: 20, delayMs: 200 }] },
    frozen: { meanwhile: async (r) => { r.signal("SIGSTOP"); await sleep(1000); r.signal("SIGCONT"); } },
    frozenServer: { meanwhile: async (_, r) => { r.signal("SIGSTOP"); await sleep(1000); r.signal("SIGCONT"); } },
    brief429: { insults: [{ kind: "status", status: 429, most: 2, fromS: 1, toS: 9 }] },
    storm: { latencyMs: 250, insults: [{ kind: "status", status: 429, fromS: 1, toS: 9 }] },
    errors: { insults: [{ kind: "status", status: 500, fromS: 1, toS: 9 }] },
  };
  for (const [name, one] of Object.entries(kinds)) {
    if (process.env.ONLY && !process.env.ONLY.split(",").includes(name)) continue;
    const b = performance.now();
    try {
      const { ended, report, recording } = await watch(one, onTestFinished);
      console.log(name, Math.round(performance.now() - b), ended.code, ended.stderr.split("\n").slice(-6).join("|"), JSON.stringify({ t: report.totals, g: report.guard.connectionsOpened, f: report.guard.connectFailures, stop: report.stopReason, peak: report.rateLimits.map((r) => r.peakInOneSecond), capWait: report.waits.capWait.maxUs, lag: report.waits.runnerLag.maxUs }), recording.requests.length, recording.connections.length, recording.connections.filter((c) => c > (recording.firstUs ?? 0)).map((c) => Math.round((c - (recording.firstUs ?? 0)) / 1000)).join(), JSON.stringify(recording.most), recording.firstUs && report.stopReason ? (Math.max(...recording.requests.map((r) => r.at)) / 1000 + recording.wallOffsetMs) - (Date.parse(report.run.startedAt) + report.stopReason.atS * 1000) : "");
    } catch (e) { console.log(name, "FAILED", String(e).slice(0, 600)); }
  }
}, 120_000);
void describe;
void expectNothingLost;
