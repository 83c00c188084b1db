import { connect, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { type Random, seededRandom } from "../src/base/random.ts";
import { perSecond, seconds } from "../src/base/units.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { generateEmulatorKey } from "../src/guard/api-key.ts";
import { approve } from "../src/guard/approval.ts";
import type { GuardedConnection } from "../src/guard/connection.ts";
import { Door } from "../src/guard/door.ts";
import { emulatorTarget } from "../src/guard/environments.ts";
import { emulatorFacts } from "../src/guard/facts.support.ts";
import { ConnectPacer, GuardedLane } from "../src/guard/lane.ts";
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

describe("the pacer of connects", () => {
  /** The largest draw there is: the whole pause is waited. */
  const longest: Random = { next: () => 1 - 2 ** -53, fork: () => longest };

  /** One that has seen a connect succeed, unless told otherwise. */
  async function makePacer({
    rate,
    random = seededRandom(1),
    isProven = true,
  }: {
    readonly rate?: number;
    readonly random?: Random;
    readonly isProven?: boolean;
  } = {}) {
    const clock = new VirtualClock();
    const pacer = new ConnectPacer(rate === undefined ? undefined : perSecond(rate), clock, random);
    if (isProven) pacer.saw("open", await pacer.turn());
    clock.freeze(seconds(100));
    return { pacer, clock, from: clock.now() };
  }

  /** When each of some turns comes, in microseconds; and what each was given. */
  async function turns(pacer: ConnectPacer, clock: VirtualClock, count: number) {
    const came: number[] = [];
    const all = Array.from({ length: count }, async () => {
      const turn = await pacer.turn();
      came.push(clock.now());
      return turn;
    });
    await clock.runAll();
    return { came, given: await Promise.all(all) };
  }

  /** Fails so many connects, one after the other. */
  async function fail(pacer: ConnectPacer, clock: VirtualClock, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [turn] = (await turns(pacer, clock, 1)).given;
      if (turn) pacer.saw("refused", turn);
    }
  }

  it("gives turns at the approved rate, over all lanes together", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5 });
    const first = await turns(pacer, clock, 4);
    expect(first.came.map((at) => at - from)).toEqual([0, 200_000, 400_000, 600_000]);
    clock.freeze(seconds(10));
    const next = await turns(pacer, clock, 2);
    expect(next.came.map((at) => at - from)).toEqual([10_600_000, 10_800_000]);
  });

  it("gives none before its first may be made", async () => {
    const clock = new VirtualClock();
    const pacer = new ConnectPacer(perSecond(5), clock, seededRandom(1), seconds(1));
    expect((await turns(pacer, clock, 1)).came).toEqual([1_000_000]);
  });

  it("gives as many as are asked for where there is no rate", async () => {
    const { pacer, clock, from } = await makePacer();
    expect((await turns(pacer, clock, 3)).came).toEqual([from, from, from]);
  });

  it("gives no second one before the first has got through: a slow name must not let many go together", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5, isProven: false });
    const came: number[] = [];
    const first = await pacer.turn();
    for (let i = 0; i < 3; i++) void pacer.turn().then(() => came.push(clock.now() - from));
    await clock.runAll();
    clock.freeze(seconds(2));
    pacer.saw("open", first);
    await clock.runAll();
    expect(came).toEqual([2_000_000, 2_200_000, 2_400_000]);
  });

  it("pauses twice as long after each failure, up to 5 s, and not at all after a success", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    const pauses: number[] = [];
    await fail(pacer, clock, 1);
    for (let i = 0; i < 8; i++) {
      const from = clock.now();
      const { came, given } = await turns(pacer, clock, 1);
      pauses.push((came[0] ?? 0) - from);
      if (given[0]) pacer.saw("refused", given[0]);
    }
    expect(pauses.map((us) => Math.round(us / 1000))).toEqual([
      100, 200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
    const { given } = await turns(pacer, clock, 1);
    if (given[0]) pacer.saw("open", given[0]);
    await fail(pacer, clock, 1);
    const from = clock.now();
    await turns(pacer, clock, 1);
    expect(Math.round((clock.now() - from) / 1000)).toBe(100);
  });

  it("waits a random part of the pause, so that many clients do not come back together", async () => {
    const pauses = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => {
        const { pacer, clock } = await makePacer({ random: seededRandom(seed) });
        await fail(pacer, clock, 5);
        const from = clock.now();
        await turns(pacer, clock, 1);
        return clock.now() - from;
      }),
    );
    // From 0 to 1600 ms, around 800 ms on average.
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_600_000);
    const mean = pauses.reduce((sum, at) => sum + at, 0) / pauses.length;
    expect(mean).toBeGreaterThan(700_000);
    expect(mean).toBeLessThan(900_000);
    expect(new Set(pauses).size).toBeGreaterThan(150);
  });

  it("makes up for no turn that a frozen process missed", async () => {
    const { pacer, clock, from } = await makePacer({ rate: 5 });
    await turns(pacer, clock, 1);
    const all = turns(pacer, clock, 3);
    clock.freeze(seconds(2));
    expect((await all).came.map((at) => at - from)).toEqual([2_000_000, 2_200_000, 2_400_000]);
  });

  it("makes those that were asked for before a failure wait too, and tries one at a time until one succeeds", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    await fail(pacer, clock, 1);
    const from = clock.now();
    const came: number[] = [];
    const given: Awaited<ReturnType<ConnectPacer["turn"]>>[] = [];
    for (let i = 0; i < 4; i++) {
      void pacer.turn().then((turn) => {
        came.push(Math.round((clock.now() - from) / 1000));
        given.push(turn);
      });
    }
    await clock.runAll();
    expect(came).toEqual([100]);
    if (given[0]) pacer.saw("refused", given[0]);
    await clock.runAll();
    expect(came).toEqual([100, 300]);
    if (given[1]) pacer.saw("open", given[1]);
    await clock.runAll();
    expect(came).toEqual([100, 300, 300, 300]);
  });

  it("takes failures of connects that were under way together for one, but for a wrong certificate", async () => {
    const { pacer, clock } = await makePacer({ random: longest });
    const [first, second, third, fourth] = (await turns(pacer, clock, 4)).given;
    if (!first || !second || !third || !fourth) throw new Error("four turns");
    const from = clock.now();
    expect([pacer.saw("refused", first), pacer.saw("reset", second)]).toEqual([true, false]);
    const next = await turns(pacer, clock, 1);
    expect(Math.round((clock.now() - from) / 1000)).toBe(100);
    expect(next.given).toEqual([{ failures: 1 }]);
    expect(pacer.saw("timeout", third)).toBe(false);
    expect(pacer.saw("certificate", fourth)).toBe(true);
  });

  it("never comes before the approved rate's own time", async () => {
    const { pacer, clock, from } = await makePacer({
      rate: 1,
      random: { ...longest, next: () => 0 },
    });
    await fail(pacer, clock, 1);
    expect((await turns(pacer, clock, 1)).came).toEqual([from + 1_000_000]);
  });
});
