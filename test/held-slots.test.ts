import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../src/base/random.ts";
import { type Bundled, bundled } from "./support/bundled.ts";
import {
  CAP_LANES,
  expectCaps,
  freeze,
  longestSilence,
  sleep,
  windowsOf,
} from "./support/cap-lanes.ts";
import {
  type Authority,
  makeAuthority,
  makeLeaf,
  type ServerCertificate,
} from "./support/certificates.ts";
import { type HeldSlotsResult, startHeldSlots } from "./support/held-slots.ts";
import { type Insult, type Recorder, type Recording, startRecorder } from "./support/recorder.ts";

/**
 * The cap and the pace of connects as they are on Klarna's environments, as an independent server sees them: a request
 * holds its slot until 1 s after its answer, so that no second of an answering server holds more than the cap, whatever
 * the network does. Caps of 1, 5, 50 and 500/s side by side.
 */

/** When an insult begins, in seconds after the first request. */
const FROM_S = 2;
const CONNECTS_PER_SECOND = 5;
/** With it the first four draws of the connects' back-off are above 0.8: it waits for nearly as long as it may. */
const SEED = 6;

interface Setup {
  readonly insults?: readonly Insult[];
  readonly resolveMs?: number;
  /** Done when an insult begins. */
  readonly meanwhile?: (signal: (one: NodeJS.Signals) => void, recorder: Recorder) => unknown;
}

interface Seen {
  readonly result: HeldSlotsResult;
  readonly recording: Recording;
}

type OnTestFinished = (clean: () => void) => void;

let program: Bundled;
let authority: Authority;
let certificate: ServerCertificate;
beforeAll(async () => {
  program = await bundled("held-slots.main.ts");
  authority = await makeAuthority();
  certificate = await makeLeaf(authority, { dns: "api-global.test.klarna.com" });
});
afterAll(() => program.remove());

/** Most of a run is waiting, for its connections first of all. */
const threeAtOnce = pLimit(3);

function watch(setup: Setup, onTestFinished: OnTestFinished): Promise<Seen> {
  return threeAtOnce(() => watchOne(setup, onTestFinished));
}

async function watchOne(
  { insults = [], resolveMs = 0, meanwhile }: Setup,
  onTestFinished: OnTestFinished,
): Promise<Seen> {
  const recorder = await startRecorder({ certificate, insults });
  onTestFinished(recorder.kill);
  const port = Number(new URL(recorder.url).port);
  const { caPem } = authority;
  const running = startHeldSlots(program, { port, caPem, resolveMs, lastsS: 5, seed: SEED });
  onTestFinished(() => running.signal("SIGKILL"));
  if (meanwhile) {
    await recorder.first;
    await sleep(FROM_S * 1000);
    await meanwhile(running.signal, recorder);
  }
  const result = await running.ended;
  const recording = await recorder.end();
  expect(result.errors).toEqual([]);
  expectCaps(recording);
  expectCapAsStamped(recording);
  expectPacedConnects(recording);
  expectSameAccount({ result, recording });
  return { result, recording };
}

/** The server's own stamps as they stand: what it reads late, after it was frozen, it reads at once. */
function expectCapAsStamped({ most }: Recording): void {
  for (const { cap, route } of CAP_LANES) {
    const second = windowsOf(most, route).find(({ windowS }) => windowS === 1);
    expect(second?.stamped ?? 0, route).toBeLessThanOrEqual(cap);
  }
}

/** Five a second, spaced evenly; one more where a busy machine held back the connect before it. */
function expectPacedConnects({ mostConnects }: Recording): void {
  for (const { windowS, certain } of mostConnects) {
    const limit = Math.ceil(CONNECTS_PER_SECOND * windowS) + 1;
    expect(certain, `connects in ${windowS} s`).toBeLessThanOrEqual(limit);
  }
}

function expectSameAccount({ result, recording }: Seen): void {
  const { sent, answered, failed, unfinished, opened, connectFailures } = result;
  expect(sent).toBe(answered + failed + unfinished);
  expect(recording.requests.length).toBeLessThanOrEqual(sent);
  expect(sent - recording.requests.length).toBeLessThanOrEqual(failed + unfinished);
  expect(recording.connections.length).toBeGreaterThanOrEqual(opened);
  // And those that the end of the run gave up.
  expect(recording.connections.length).toBeLessThanOrEqual(
    opened + connectFailures + CAP_LANES.length,
  );
}

/** Requests went on after an insult's end: without that a test of it shows nothing. */
function expectWentOn({ firstUs, requests }: Recording, afterS: number): void {
  const from = (firstUs ?? 0) + afterS * 1e6;
  expect(requests.filter(({ at }) => at > from).length).toBeGreaterThan(20);
}

// A test waits for its turn.
const TIMEOUT_MS = 200_000;

describe.concurrent("slots held until answered, at an independent server", {
  timeout: TIMEOUT_MS,
}, () => {
  test("answers held for 2 s", async ({ onTestFinished }) => {
    const insults: Insult[] = [{ kind: "hold", fromS: FROM_S, toS: FROM_S + 2 }];
    const { recording } = await watch({ insults }, onTestFinished);
    expectWentOn(recording, FROM_S + 2);
  });

  test("every connection reset at once", async ({ onTestFinished }) => {
    const insults: Insult[] = [{ kind: "reset", fromS: FROM_S }];
    const { recording } = await watch({ insults }, onTestFinished);
    expectWentOn(recording, FROM_S);
  });

  test("the port refused for 2 s", async ({ onTestFinished }) => {
    const insults: Insult[] = [
      { kind: "reset", fromS: FROM_S },
      { kind: "refuse", fromS: FROM_S, toS: FROM_S + 2 },
    ];
    const { recording, result } = await watch({ insults }, onTestFinished);
    expectWentOn(recording, FROM_S + 2);
    expect(result.connectFailures).toBeGreaterThanOrEqual(3);
  });

  test("connections accepted and reset for 2 s: tried again with back-off and jitter, one at a time", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [
      { kind: "reset", fromS: FROM_S },
      { kind: "shut", fromS: FROM_S, toS: FROM_S + 2 },
    ];
    const { recording, result } = await watch({ insults }, onTestFinished);
    expectWentOn(recording, FROM_S + 2);
    const from = (recording.firstUs ?? 0) + FROM_S * 1e6;
    const connects = recording.connections.filter(({ at }) => at >= from);
    expect(result.connectFailures).toBeGreaterThanOrEqual(3);
    // The pauses that the seed draws, each a part of twice the one before; a connect is never earlier.
    const draws = seededRandom(SEED).fork("connect");
    for (let i = 0; i < result.connectFailures; i++) {
      const pauseUs = Math.floor(draws.next() * Math.min(5e6, 1e5 * 2 ** i));
      const waitedUs =
        (connects[i + 1]?.at ?? Number.POSITIVE_INFINITY) - (connects[i]?.since ?? 0);
      expect(waitedUs, `pause ${i}`).toBeGreaterThanOrEqual(pauseUs);
    }
  });

  test("the runner frozen for 2 s", async ({ onTestFinished }) => {
    const { recording } = await watch({ meanwhile: freeze }, onTestFinished);
    expect(longestSilence(recording)).toBeGreaterThan(1.9);
    expectWentOn(recording, FROM_S + 2);
  });

  test("the server frozen for 2 s: what it finds when it wakes is no more than the cap", async ({
    onTestFinished,
  }) => {
    const meanwhile = (_: unknown, { signal }: Recorder): Promise<void> => freeze(signal);
    const { recording } = await watch({ meanwhile }, onTestFinished);
    expect(longestSilence(recording)).toBeGreaterThan(1.9);
    expectWentOn(recording, FROM_S + 2);
  });

  test("a name that takes 2 s to resolve, and connections that take 400 ms to open", async ({
    onTestFinished,
  }) => {
    const insults: Insult[] = [
      { kind: "slow", fromS: -1, toS: 60, delayMs: 400 },
      { kind: "reset", fromS: FROM_S },
    ];
    const { recording } = await watch({ insults, resolveMs: 2000 }, onTestFinished);
    expectWentOn(recording, FROM_S + 0.5);
  });

  test("every answer a 429 for 2 s, and nobody slows down", async ({ onTestFinished }) => {
    const insults: Insult[] = [{ kind: "answer", status: 429, fromS: FROM_S, toS: FROM_S + 2 }];
    const { recording } = await watch({ insults }, onTestFinished);
    expectWentOn(recording, FROM_S + 2);
  });
});
