import { lookup } from "node:dns";
import { EventEmitter, getEventListeners } from "node:events";
import { type Socket, connect as tcpConnect } from "node:net";
import { createSecureContext, rootCertificates, connect as tlsConnect } from "node:tls";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { micros } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { approve } from "./approval.ts";
import { Door, type DoorSeams } from "./door.ts";
import { emulatorTarget, klarnaTarget, plainTarget } from "./environments.ts";
import { WORDS } from "./errors.support.ts";
import { emulatorFacts, klarnaFacts } from "./facts.support.ts";
import type { OpenResult } from "./opening.ts";
import { isTripwireArmed, withLookupTicket, withTicket } from "./tripwire.ts";

/**
 * What the door asks of Node, and what it makes of each thing that a socket can tell, with sockets played by objects. On
 * real ones: test/door.test.ts.
 */

vi.mock("node:dns", () => ({ lookup: vi.fn() }));
vi.mock("node:net", async (original) => ({ ...(await original<object>()), connect: vi.fn() }));
vi.mock("node:tls", async (original) => ({
  ...(await original<object>()),
  connect: vi.fn(),
  createSecureContext: vi.fn(() => "the context"),
}));
vi.mock("./tripwire.ts", () => ({
  isTripwireArmed: vi.fn(),
  withTicket: vi.fn((_, work: () => unknown) => work()),
  withLookupTicket: vi.fn((_, work: () => unknown) => work()),
}));

class PlayedSocket extends EventEmitter {
  connecting = false;
  authorized = true;
  authorizationError: Error | undefined;
  readonly ends: string[] = [];
  destroy(): this {
    this.ends.push("destroyed");
    return this;
  }
  resetAndDestroy(): this {
    this.ends.push("reset");
    return this;
  }
  getPeerCertificate(): object {
    return { issuer: { CN: "A Proxy" } };
  }
}

const emulator = emulatorTarget({ url: "https://127.0.0.1:8443", caPem: "the emulator's own" });
const HOST = "api-global.test.klarna.com";

let raw: PlayedSocket;
let tls: PlayedSocket;
let clock: VirtualClock;
beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(isTripwireArmed).mockReturnValue(true);
  raw = new PlayedSocket();
  tls = new PlayedSocket();
  clock = new VirtualClock();
  vi.mocked(tcpConnect).mockReturnValue(raw as unknown as Socket);
  vi.mocked(tlsConnect).mockReturnValue(tls as never);
});

/** Has a door opened as far as the sockets, which are then told what to do. */
async function opening(
  door = new Door(emulator, approve(emulatorFacts()), clock),
  signal?: AbortSignal,
) {
  const opened = door.open(signal);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return { door, opened };
}

function klarnaDoor(seams?: DoorSeams): Door {
  return new Door(klarnaTarget("klarna-test"), approve(klarnaFacts()), clock, seams);
}

function answerLookup(error: Error | null, addresses: readonly string[] = []): void {
  const answers = addresses.map((address) => ({ address, family: 4 }));
  vi.mocked(lookup).mockImplementation(((_: string, __: object, done: unknown) => {
    if (typeof done === "function") done(error, answers);
  }) as never);
}

describe("what the door asks the machine's own network for", () => {
  it("a name, all of its addresses, under a ticket for that name; then the first, under a ticket for it", async () => {
    answerLookup(null, ["198.20.0.1", "198.20.0.2"]);
    await opening(klarnaDoor());
    expect(vi.mocked(withLookupTicket).mock.calls.map(([name]) => name)).toEqual([HOST]);
    const [name, how] = vi.mocked(lookup).mock.calls[0] ?? [];
    expect([name, how]).toEqual([HOST, { all: true, order: "ipv4first" }]);
    const to = { address: "198.20.0.1", port: 443 };
    expect(vi.mocked(withTicket).mock.calls.map(([ticket]) => ticket)).toEqual([to]);
    const options = { host: "198.20.0.1", port: 443, noDelay: true, keepAlive: true };
    expect(vi.mocked(tcpConnect).mock.calls).toEqual([[options]]);
  });

  it("and tells a name that can't be resolved by the system's own words", async () => {
    answerLookup(new Error("getaddrinfo ENOTFOUND"));
    const { door, opened } = await opening(klarnaDoor());
    expect(await opened).toEqual({
      kind: "failed",
      failure: "name",
      detail: "getaddrinfo ENOTFOUND",
    });
    expect([door.failuresByKind, door.failures]).toEqual([{ name: 1 }, 1]);
    expect(tcpConnect).not.toHaveBeenCalled();
  });

  it.each<[string, () => Door, object, object]>([
    [
      "for Klarna Node's bundled roots, and its host by name",
      klarnaDoor,
      { ca: rootCertificates },
      { host: HOST, servername: HOST },
    ],
    [
      "for an emulator its own certificate, and no name",
      () => new Door(emulator, approve(emulatorFacts()), clock),
      { ca: ["the emulator's own"] },
      { host: "127.0.0.1" },
    ],
  ])("TLS with every setting said: %s", async (_, make, context, peer) => {
    answerLookup(null, ["198.20.0.1"]);
    await opening(make());
    const [asked] = vi.mocked(createSecureContext).mock.calls.at(-1) ?? [];
    const ciphers = expect.stringMatching(/^TLS_AES_256_GCM_SHA384:\S+:!aNULL:\S+:@SECLEVEL=2$/);
    expect(asked).toEqual({ ...context, minVersion: "TLSv1.2", ciphers });
    expect(vi.mocked(tlsConnect).mock.calls).toEqual([
      [
        {
          ...peer,
          socket: raw,
          secureContext: "the context",
          rejectUnauthorized: true,
          checkServerIdentity: expect.any(Function),
          ALPNProtocols: ["http/1.1"],
        },
      ],
    ]);
  });
});

describe("a door is refused", () => {
  const refused = (code: string) =>
    expect.objectContaining({ name: "Refusal", code, message: WORDS, hint: WORDS });

  it("to Klarna outside of the tripwire, but behind seams", () => {
    vi.mocked(isTripwireArmed).mockReturnValue(false);
    expect(() => klarnaDoor()).toThrow(refused("GUARD_TRIPWIRE_UNARMED"));
    expect(() => new Door(emulator, approve(emulatorFacts()), clock)).not.toThrow();
    const seams = { resolve: async () => [], connect: () => raw as never, roots: [] };
    expect(() => klarnaDoor(seams)).not.toThrow();
  });

  it("with an approval for elsewhere", () => {
    expect(() => new Door(emulator, approve(klarnaFacts()), clock)).toThrow(
      refused("GUARD_FORGED"),
    );
  });
});

/** As Node tells of a handshake that has come to its end. */
function finishHandshake(): void {
  clock.freeze(micros(30));
  raw.emit("connect");
  clock.freeze(micros(500));
  tls.emit("secure");
  tls.emit("secureConnect");
}

const coded = (code: string, message = "why") => Object.assign(new Error(message), { code });
const failed = (failure: string, detail: string): OpenResult =>
  ({ kind: "failed", failure, detail }) as OpenResult;
const listeners = () =>
  [raw, tls].map((one) => one.eventNames().flatMap((name) => one.listeners(name)).length);

describe("an opening", () => {
  it("hands both sockets over in a turn of its own, with what each part took and no listener left", async () => {
    const aborter = new AbortController();
    clock.freeze(micros(1000));
    const { door, opened } = await opening(undefined, aborter.signal);
    finishHandshake();
    expect([door.opened, clock.pending]).toEqual([0, 1]);
    clock.step();
    expect(await opened).toEqual({
      kind: "open",
      socket: { stream: tls, raw, address: "127.0.0.1", connectUs: 30, tlsUs: 500 },
    });
    // The one for `secure` has run, and is Node's to keep.
    expect([listeners(), tls.eventNames()]).toEqual([[0, 1], ["secure"]]);
    expect([door.opened, door.failures, clock.pending]).toEqual([1, 0, 0]);
    expect(getEventListeners(aborter.signal, "abort")).toEqual([]);
    aborter.abort();
    expect([raw.ends, tls.ends]).toEqual([[], []]);
  });

  it("tells how long the name took, where the connection had it resolved", async () => {
    clock.freeze(micros(1000));
    vi.mocked(lookup).mockImplementation(((_: string, __: object, done: unknown) => {
      clock.freeze(micros(70));
      if (typeof done === "function") done(null, [{ address: "198.20.0.1" }]);
    }) as never);
    const { opened } = await opening(klarnaDoor());
    finishHandshake();
    clock.step();
    expect(await opened).toMatchObject({ socket: { dnsUs: 70, connectUs: 30, tlsUs: 500 } });
  });

  it("is refused once more if Node were to let a peer through that it has not authorized", async () => {
    const { door, opened } = await opening();
    tls.authorized = false;
    tls.authorizationError = coded("CERT_HAS_EXPIRED", "expired");
    finishHandshake();
    clock.step();
    const detail = "its certificate, issued by `A Proxy`, was not accepted: expired";
    expect(await opened).toEqual(failed("certificate", detail));
    expect([door.failuresByKind, raw.ends, tls.ends]).toEqual([
      { certificate: 1 },
      ["destroyed"],
      ["destroyed"],
    ]);
  });

  it.each<[string, () => unknown, OpenResult]>([
    [
      "the connect is refused",
      () => raw.emit("error", coded("ECONNREFUSED", "connect ECONNREFUSED")),
      failed("refused", "connect ECONNREFUSED"),
    ],
    [
      "the handshake breaks",
      () => tls.emit("error", coded("ERR_SSL_WRONG_VERSION_NUMBER")),
      failed("certificate", "the TLS handshake failed: why"),
    ],
    [
      "Node refuses the certificate",
      () => {
        tls.emit("secure");
        tls.authorizationError = coded("ANY");
        tls.emit("error", coded("ANY"));
      },
      failed("certificate", "its certificate, issued by `A Proxy`, was not accepted: why"),
    ],
    [
      "the server closes",
      () => tls.emit("close"),
      failed("reset", "closed during the TLS handshake"),
    ],
    ["nothing comes", () => clock.step(), failed("timeout", "no connection within 10 s")],
  ])("fails once, and leaves nothing open: %s", async (_, happens, expected) => {
    const aborter = new AbortController();
    const { door, opened } = await opening(undefined, aborter.signal);
    happens();
    for (const one of [raw, tls]) one.emit("error", new Error("and once more"));
    tls.emit("close");
    expect(await opened).toEqual(expected);
    expect([door.failures, door.opened, clock.pending]).toEqual([1, 0, 0]);
    expect([raw.ends, tls.ends]).toEqual([["destroyed"], ["destroyed"]]);
    expect(getEventListeners(aborter.signal, "abort")).toEqual([]);
  });

  it.each([
    [true, "destroyed"],
    [false, "reset"],
  ])("given up ends at once, and is no failure: still connecting %s", async (connecting, end) => {
    const aborter = new AbortController();
    const { door, opened } = await opening(undefined, aborter.signal);
    raw.connecting = connecting;
    aborter.abort();
    for (const one of [raw, tls]) one.emit("error", new Error("and then"));
    expect(await opened).toEqual(failed("reset", "given up"));
    expect([raw.ends, tls.ends, door.failures]).toEqual([[end], ["destroyed"], 0]);
    expect(clock.pending).toBe(0);
  });

  it("given up between the handshake's end and the handing over gives nothing", async () => {
    const aborter = new AbortController();
    const { door, opened } = await opening(undefined, aborter.signal);
    finishHandshake();
    aborter.abort();
    clock.step();
    expect(await opened).toEqual(failed("reset", "given up"));
    expect([door.opened, raw.ends]).toEqual([0, ["reset"]]);
  });

  it("given up while the name is resolved connects to nothing", async () => {
    const aborter = new AbortController();
    let answer: (addresses: readonly string[]) => void = () => {};
    const resolve = () => new Promise<readonly string[]>((done) => (answer = done));
    const connect = vi.fn();
    const { door, opened } = await opening(
      klarnaDoor({ resolve, connect, roots: [] }),
      aborter.signal,
    );
    aborter.abort();
    answer(["198.20.0.1"]);
    expect(await opened).toEqual(failed("reset", "given up"));
    expect([connect.mock.calls, door.failures]).toEqual([[], 0]);
  });
});

describe("an opening without TLS", () => {
  const plainDoor = () =>
    new Door(plainTarget({ url: "http://127.0.0.1:8080" }), approve(emulatorFacts()), clock);

  it("hands the socket over as it is, with what connecting took", async () => {
    const aborter = new AbortController();
    clock.freeze(micros(1000));
    const { opened } = await opening(plainDoor(), aborter.signal);
    clock.freeze(micros(30));
    raw.emit("connect");
    expect(await opened).toEqual({
      kind: "open",
      socket: { stream: raw, raw, address: "127.0.0.1", connectUs: 30 },
    });
    expect([listeners(), clock.pending]).toEqual([[0, 0], 0]);
    expect(getEventListeners(aborter.signal, "abort")).toEqual([]);
    expect(tlsConnect).not.toHaveBeenCalled();
  });

  it.each<[string, (aborter: AbortController) => unknown, OpenResult]>([
    ["refused", () => raw.emit("error", coded("ECONNREFUSED")), failed("refused", "why")],
    ["nothing comes", () => clock.step(), failed("timeout", "no connection within 10 s")],
    ["given up", (aborter) => aborter.abort(), failed("reset", "given up")],
  ])("bears what its socket says after its end: %s", async (_, happens, expected) => {
    const aborter = new AbortController();
    const { opened } = await opening(plainDoor(), aborter.signal);
    happens(aborter);
    expect(await opened).toEqual(expected);
    raw.emit("error", new Error("and once more"));
    expect([raw.ends, clock.pending]).toEqual([["destroyed"], 0]);
    expect(getEventListeners(aborter.signal, "abort")).toEqual([]);
  });
});
