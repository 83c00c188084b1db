import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { seededRandom } from "../src/base/random.ts";
import { perSecond, seconds } from "../src/base/units.ts";
import { generateEmulatorKey } from "../src/guard/api-key.ts";
import { approve } from "../src/guard/approval.ts";
import { ConnectPacer } from "../src/guard/connect-pacer.ts";
import type { GuardedConnection } from "../src/guard/connection.ts";
import { Door } from "../src/guard/door.ts";
import { emulatorTarget } from "../src/guard/environments.ts";
import { emulatorFacts } from "../src/guard/facts.support.ts";
import { GuardedLane } from "../src/guard/lane.ts";
import {
  type Authority,
  makeAuthority,
  makeLeaf,
  type ServerCertificate,
} from "./support/certificates.ts";
import { answerOf, type Received, type Scripted, startScripted } from "./support/https-script.ts";
import { freePort } from "./support/loopback.ts";

/** Lanes over real TLS on loopback. */

const GET = { method: "GET", path: "/v2/payment/requests/a", headers: {} } as const;

let authority: Authority;
let certificate: ServerCertificate;
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await makeLeaf(authority);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(
  answer: (socket: TLSSocket, request: Received) => void = (socket) => socket.write(answerOf(200)),
): Promise<Scripted> {
  const server = await startScripted(certificate, answer);
  cleanUps.push(() => server.close());
  return server;
}

interface LaneOptions {
  readonly inFlight?: number;
  /** Told of each socket as it is made. */
  readonly onSocket?: (socket: Socket) => void;
}

/** A lane to a port, and what it told. */
function makeLane(port: number, { inFlight = 3, onSocket }: LaneOptions = {}) {
  const clock = systemClock();
  const told = { connects: [] as string[], errors: [] as unknown[], lines: 0 };
  const target = emulatorTarget({ url: `https://127.0.0.1:${port}`, caPem: authority.caPem });
  const door = new Door(target, approve(emulatorFacts()), clock, {
    resolve: () => Promise.reject(new Error("no name to resolve")),
    connect: (address, toPort) => {
      const socket = connect({ host: address, port: toPort });
      onSocket?.(socket);
      return socket;
    },
    roots: [],
  });
  const lane = new GuardedLane(
    { category: "dispute", capPerSecond: perSecond(1000), inFlight },
    { holdsSlotUntilAnswered: false },
    {
      door,
      origin: target.origin,
      key: generateEmulatorKey().key,
      clock,
      onConnect: (result) => told.connects.push(result.kind === "open" ? "open" : result.failure),
      onError: (error) => told.errors.push(error),
      onLine: () => told.lines++,
    },
    new ConnectPacer(undefined, clock, seededRandom(1)),
  );
  cleanUps.push(() => lane.close());
  return { lane, door, told };
}

function take(lane: GuardedLane): GuardedConnection {
  const line = lane.takeLine();
  if (!line) throw new Error("no line");
  return line;
}

function get(line: GuardedConnection): Promise<string> {
  return new Promise((resolve) => {
    line.send(GET, seconds(20), {
      written: () => {},
      done: (exchange) => resolve(exchange.kind === "answered" ? "answered" : exchange.code),
    });
  });
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(holds()).toBe(true);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

describe("a lane", () => {
  it.each([
    ["as many as it may have", 10, 3],
    ["no more than it is told to", 2, 2],
    ["none when told so", 0, 0],
  ])("fills with %s", async (_, most, opened) => {
    const server = await serve();
    const { lane, door, told } = makeLane(server.port);
    await lane.fill(most);
    expect([door.opened, server.accepted, told.lines]).toEqual([opened, opened, opened]);
    expect(told.connects).toEqual(new Array(opened).fill("open"));
    expect(lane.hasLine()).toBe(opened > 0);
    await lane.fill(most);
    expect(door.opened).toBe(opened);
  });

  it("gives a connection to one request at a time, the longest idle first", async () => {
    const server = await serve();
    const { lane } = makeLane(server.port, { inFlight: 2 });
    await lane.fill(2);
    const [first, second] = [take(lane), take(lane)];
    expect([lane.hasLine(), lane.takeLine()]).toEqual([false, undefined]);
    await Promise.all([get(first), get(second)]);
    lane.giveBack(second);
    lane.giveBack(first);
    expect([take(lane), take(lane)]).toEqual([second, first]);
    expect(server.accepted).toBe(2);
  });

  it("takes back one whose request was refused, to be used again", async () => {
    const server = await serve();
    const { lane } = makeLane(server.port, { inFlight: 1 });
    await lane.fill(1);
    const line = take(lane);
    const bad = { ...GET, path: "/.." };
    expect(() => line.send(bad, seconds(1), { written: () => {}, done: () => {} })).toThrow(/path/);
    lane.giveBack(line);
    expect(await get(take(lane))).toBe("answered");
    expect([server.accepted, server.requests.length]).toEqual([1, 1]);
  });

  it("drops one that its answer closed, says nothing of an idle one, and opens another when asked", async () => {
    const server = await serve((socket) =>
      socket.write(answerOf(200, "", "connection: close\r\n")),
    );
    const { lane, told } = makeLane(server.port, { inFlight: 1 });
    await lane.fill(1);
    const line = take(lane);
    await get(line);
    lane.giveBack(line);
    expect(lane.hasLine()).toBe(false);
    lane.wantLine(1);
    await eventually(() => lane.hasLine());
    expect([server.accepted, told.connects]).toEqual([2, ["open", "open"]]);
  });

  it("forgets idle connections that the server closes, and tells that something has changed", async () => {
    const server = await serve();
    const { lane, told } = makeLane(server.port);
    await lane.fill(3);
    await settle();
    server.reset();
    await eventually(() => told.lines === 6);
    expect([lane.hasLine(), lane.takeLine()]).toEqual([false, undefined]);
    await lane.fill(3);
    expect([lane.hasLine(), server.accepted]).toEqual([true, 6]);
  });

  it("opens no more connections than wait, and no more than it may have", async () => {
    const server = await serve();
    const { lane, door } = makeLane(server.port, { inFlight: 2 });
    lane.wantLine(0);
    await settle();
    expect(server.accepted).toBe(0);
    for (let i = 0; i < 5; i++) lane.wantLine(1);
    await eventually(() => lane.hasLine());
    await settle();
    expect(server.accepted).toBe(1);
    for (let i = 0; i < 5; i++) lane.wantLine(5);
    await eventually(() => door.opened === 2);
    await settle();
    expect([server.accepted, door.opened]).toEqual([2, 2]);
  });

  it("tells of a connect that failed, makes none again by itself, and can be asked to", async () => {
    const { lane, told } = makeLane(await freePort(), { inFlight: 2 });
    await lane.fill(2);
    await settle();
    expect(told).toEqual({ connects: ["refused", "refused"], errors: [], lines: 2 });
    lane.wantLine(1);
    await eventually(() => told.connects.length === 3);
  });

  it("hands on what nobody foresaw, as a tripwire's hit is", async () => {
    const hit = new Error("tripwire");
    const { lane, told } = makeLane(await freePort(), {
      inFlight: 1,
      onSocket: (socket) => {
        socket.destroy();
        throw hit;
      },
    });
    await lane.fill(1);
    expect(told).toEqual({ connects: [], errors: [hit], lines: 1 });
  });

  it("closes everything: idle connections, busy ones, and those still being opened", async () => {
    const server = await serve(() => {});
    const { lane, door, told } = makeLane(server.port, { inFlight: 4 });
    await lane.fill(3);
    const busy = get(take(lane));
    await eventually(() => server.requests.length === 1);
    lane.wantLine(9);
    lane.close();
    expect(await busy).toMatch(/^connection-/);
    await settle();
    const after = { ...told, connects: told.connects.length };
    expect(lane.hasLine()).toBe(false);
    lane.wantLine(9);
    await lane.fill(4);
    await settle();
    expect({ ...told, connects: told.connects.length }).toEqual({ ...after, lines: told.lines });
    expect(after.connects).toBe(3);
    expect(door.opened).toBeLessThanOrEqual(4);
    await eventually(() => server.open === 0);
    expect(server.requests.length).toBe(1);
  });

  it("opens one connection alone before it opens others beside each other", async () => {
    const server = await serve();
    const linesBefore: number[] = [];
    const { lane, told } = makeLane(server.port, {
      inFlight: 4,
      onSocket: () => void linesBefore.push(told.lines),
    });
    await lane.fill(4);
    expect(linesBefore.slice(0, 2)).toEqual([0, 1]);
    expect(server.accepted).toBe(4);
  });

  it("closed during a handshake, ends the connection without a request and tells nobody of it", async () => {
    const server = await serve();
    const { lane, told } = makeLane(server.port, {
      onSocket: (socket) => socket.once("connect", () => lane.close()),
    });
    await lane.fill(2);
    await eventually(() => server.accepted === 1 && server.open === 0);
    expect([told, lane.hasLine(), server.received]).toEqual([
      { connects: [], errors: [], lines: 0 },
      false,
      "",
    ]);
  });

  it("lowers and pauses its cap and its shadow's alike", () => {
    const { lane } = makeLane(9);
    lane.lowerTo({ peak: perSecond(2), burstPeak: perSecond(6) });
    lane.pauseUntil(seconds(5));
    const seen = [lane.cap, lane.shadowCap].map((cap) => [
      cap.schedule.capPerSecond,
      cap.earliest(seconds(0)),
    ]);
    expect(seen).toEqual([
      [2, 5_000_000],
      [2, 5_000_000],
    ]);
  });

  it("slows its cap and its shadow's down alike, by what an answer says less its own requests since", () => {
    const { lane } = makeLane(9);
    const asked = [1, 2, 3].map(() => lane.countRequest());
    expect(asked).toEqual([1, 2, 3]);
    const all = [lane.cap, lane.shadowCap, lane.unsteeredCap];
    const earliest = () => all.map((cap) => cap.earliest(seconds(10)));
    // Of two that were left after the first request the others have taken both.
    lane.steer(seconds(10), 1, { limit: 50, remaining: 2, resetSeconds: 2 });
    expect(earliest()).toEqual([12_000_000, 12_000_000, 10_000_000]);
    // Of two after the third none has been taken.
    lane.steer(seconds(10), 3, { limit: 50, remaining: 2, resetSeconds: 2 });
    expect(earliest()).toEqual([10_000_000, 10_000_000, 10_000_000]);
  });

  it.each([
    { limit: undefined, remaining: 0, resetSeconds: 1 },
    { limit: 50, remaining: undefined, resetSeconds: 1 },
  ])("is not slowed down by an answer that says half: %j", (told) => {
    const { lane } = makeLane(9);
    lane.steer(seconds(10), 1, told);
    expect(lane.cap.earliest(seconds(10))).toBe(10_000_000);
  });
});
