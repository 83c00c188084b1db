import type { Socket } from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Micros, micros, milliseconds, perSecond, seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { generateEmulatorKey } from "./api-key.ts";
import type { ConnectPacer } from "./connect-pacer.ts";
import { GuardedConnection } from "./connection.ts";
import type { Door } from "./door.ts";
import { GuardedLane } from "./lane.ts";
import type { OpenResult } from "./opening.ts";

/**
 * A lane's bookkeeping, with door, pacer and connections played by objects. On real ones: test/lane.test.ts.
 */

vi.mock("./connection.ts", () => ({ GuardedConnection: vi.fn() }));

class PlayedLine {
  isIdle = true;
  freeSince: Micros = micros(0);
  readonly close = vi.fn();
}

interface MadeLine {
  readonly line: PlayedLine;
  readonly onClosed: () => void;
  readonly onError: (error: Error) => void;
}

const { key } = generateEmulatorKey();
const TURN = { failures: 0 };

let made: MadeLine[];
let freeSince: Micros;
/** What waits for its turn, and for the door. */
let turns: (() => void)[];
let opens: { readonly resolve: (result: OpenResult) => void; readonly signal: AbortSignal }[];
let saw: ReturnType<typeof vi.fn<(...told: unknown[]) => boolean>>;
let told: unknown[];

beforeEach(() => {
  [made, turns, opens, told] = [[], [], [], []];
  freeSince = micros(0);
  saw = vi.fn((..._: unknown[]) => true);
  vi.mocked(GuardedConnection).mockImplementation(function play(
    ...[, , , , onClosed, onError = () => {}]: ConstructorParameters<typeof GuardedConnection>
  ) {
    const line = new PlayedLine();
    line.freeSince = freeSince;
    made.push({ line, onClosed, onError });
    return line as unknown as GuardedConnection;
  } as never);
});

function makeLane(inFlight = 3, holdsSlotUntilAnswered = false): GuardedLane {
  const door = {
    open: (signal: AbortSignal) =>
      new Promise<OpenResult>((resolve) => opens.push({ resolve, signal })),
  };
  const pacer = {
    turn: () => new Promise((resolve) => turns.push(() => resolve(TURN))),
    saw,
  };
  return new GuardedLane(
    { category: "dispute", capPerSecond: perSecond(1), inFlight },
    { holdsSlotUntilAnswered },
    {
      door: door as unknown as Door,
      origin: "https://127.0.0.1:8443",
      key,
      clock: new VirtualClock(),
      onConnect: (result) => told.push(result),
      onError: (error) => told.push(error),
      onLine: () => told.push("line"),
    },
    pacer as unknown as ConnectPacer,
  );
}

async function turn(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function opened(): OpenResult & { readonly raw: { destroy: () => void } } {
  const raw = { destroy: vi.fn() };
  const socket = raw as unknown as Socket;
  const parts = { stream: socket, raw: socket, address: "127.0.0.1", connectUs: micros(1) };
  return { kind: "open", socket: parts, raw };
}

/** Has one connection opened. */
async function open(lane: GuardedLane): Promise<MadeLine> {
  lane.wantLine(1);
  turns.shift()?.();
  await turn();
  opens.shift()?.resolve(opened());
  await turn();
  const last = made.at(-1);
  if (!last) throw new Error("nothing was opened");
  return last;
}

describe("a lane's connects", () => {
  it("are filled up to what it may have, those under way counted", async () => {
    const lane = makeLane(3);
    lane.wantLine(1);
    void lane.fill(9);
    await turn();
    expect(turns).toHaveLength(3);
  });

  it("are told to the pacer by what came of them, each with its turn", async () => {
    const lane = makeLane();
    await open(lane);
    const failed: OpenResult = { kind: "failed", failure: "refused", detail: "why" };
    lane.wantLine(1);
    turns.shift()?.();
    await turn();
    opens.shift()?.resolve(failed);
    await turn();
    expect(saw.mock.calls).toEqual([
      ["open", TURN],
      ["refused", TURN],
    ]);
    expect(told).toEqual([expect.objectContaining({ kind: "open" }), "line", failed, "line"]);
  });

  it("are told to nobody else where they are no news", async () => {
    saw.mockReturnValue(false);
    const lane = makeLane();
    await open(lane);
    expect([told, lane.hasLine()]).toEqual([["line"], true]);
  });

  it("wait for no turn, and ask no door, once it is closed", async () => {
    const lane = makeLane();
    lane.wantLine(1);
    lane.close();
    turns.shift()?.();
    lane.wantLine(2);
    await turn();
    expect([turns, opens, saw.mock.calls]).toEqual([[], [], []]);
  });

  it("that end once it is closed are given up, and what they opened destroyed", async () => {
    const lane = makeLane();
    lane.wantLine(1);
    turns.shift()?.();
    await turn();
    const [asked] = opens;
    expect(asked?.signal.aborted).toBe(false);
    lane.close();
    expect(asked?.signal.aborted).toBe(true);
    const late = opened();
    asked?.resolve(late);
    await turn();
    expect(late.raw.destroy).toHaveBeenCalledOnce();
    expect([made, told.filter((one) => one !== "line")]).toEqual([[], []]);
  });
});

describe("a lane's connections", () => {
  it("have been idle without a break since the longest idle one was", async () => {
    const lane = makeLane();
    freeSince = seconds(1);
    await open(lane);
    freeSince = seconds(2);
    await open(lane);
    expect(lane.freeSince).toBe(seconds(1));
    const [first, second] = [lane.takeLine(), lane.takeLine()];
    expect([first, second]).toEqual(made.map(({ line }) => line));
    if (!first || !second) return;
    Object.assign(second, { freeSince: seconds(5) });
    lane.giveBack(second);
    Object.assign(first, { freeSince: seconds(6) });
    lane.giveBack(first);
    expect(lane.freeSince).toBe(seconds(5));
  });

  it("tell when they close, but not once the lane has closed them", async () => {
    const lane = makeLane();
    const first = await open(lane);
    const second = await open(lane);
    told = [];
    first.onClosed();
    expect(told).toEqual(["line"]);
    lane.close();
    second.onClosed();
    expect(told).toEqual(["line"]);
    expect([first, second].map(({ line }) => line.close.mock.calls.length)).toEqual([0, 1]);
  });

  it("tell a late refusal of the caller's certificate, and no other error", async () => {
    const lane = makeLane();
    const { onError } = await open(lane);
    told = [];
    const alert = Object.assign(new Error("why"), {
      code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    });
    onError(Object.assign(new Error("gone"), { code: "ECONNRESET" }));
    expect(told).toEqual([]);
    onError(alert);
    const refused = { kind: "failed", failure: "client-certificate", detail: "why" };
    expect(told).toEqual([refused]);
    lane.close();
    onError(alert);
    expect(told).toEqual([refused]);
  });
});

describe("a lane's caps", () => {
  it.each([
    [true, undefined],
    [false, 1_000_000],
  ])("hold a slot until it is answered where told so: %s", (holds, next) => {
    const lane = makeLane(3, holds);
    for (const cap of [lane.cap, lane.shadowCap, lane.unsteeredCap]) {
      cap.take(micros(0))?.written(micros(0));
      expect(cap.earliest(milliseconds(1))).toBe(next);
    }
  });

  it.each([
    { limit: undefined, remaining: 0, resetSeconds: 1 },
    { limit: 50, remaining: undefined, resetSeconds: 1 },
    { limit: undefined, remaining: undefined, resetSeconds: 1 },
  ])("are told nothing by an answer that says half: %j", (quota) => {
    const lane = makeLane();
    const steered = [lane.cap, lane.shadowCap].map((cap) => vi.spyOn(cap, "steer"));
    lane.steer(seconds(10), 1, quota);
    for (const spy of steered) expect(spy).not.toHaveBeenCalled();
  });
});
