import { connect, Socket } from "node:net";
import { rootCertificates, TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../src/base/clock.ts";
import { VirtualClock } from "../src/base/virtual-clock.ts";
import { makeCertificate } from "../src/emulator/certificate.ts";
import { approve } from "../src/guard/approval.ts";
import { Door, type DoorSeams } from "../src/guard/door.ts";
import { emulatorTarget, klarnaTarget, plainTarget } from "../src/guard/environments.ts";
import { emulatorFacts, klarnaFacts, PERMIT } from "../src/guard/facts.support.ts";
import type { OpenResult, OpenSocket } from "../src/guard/opening.ts";
import {
  type Authority,
  makeAuthority,
  makeLeaf,
  type ServerCertificate,
} from "./support/certificates.ts";
import { freePort, type Loopback, startTcp, startTls } from "./support/loopback.ts";

/** Real handshakes on loopback. No test here resolves a name or connects anywhere else. */

const KLARNA = "api-global.test.klarna.com";
const approvedEmulator = approve(emulatorFacts());
const approvedKlarna = approve(klarnaFacts());

const loopback: DoorSeams = {
  resolve: () => Promise.reject(new Error("no name is resolved for the emulator")),
  connect: (address, port) => {
    expect(address).toBe("127.0.0.1");
    return connect({ host: address, port });
  },
  roots: [],
};

let authority: Authority;
let good: ServerCertificate;
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  good = await makeLeaf(authority);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function keep(server: Loopback): Loopback {
  cleanUps.push(() => server.close());
  return server;
}

function emulatorDoor(port: number, caPem = authority.caPem, clock = systemClock()): Door {
  const target = emulatorTarget({ url: `https://127.0.0.1:${port}`, caPem });
  return new Door(target, approvedEmulator, clock, loopback);
}

async function open(door: Door): Promise<OpenResult> {
  const result = await door.open();
  if (result.kind === "open") cleanUps.push(() => result.socket.raw.destroy());
  return result;
}

function encrypted({ stream }: OpenSocket): TLSSocket {
  if (!(stream instanceof TLSSocket)) throw new Error("not TLS");
  return stream;
}

/** Long enough for what a client might still have sent to arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

function expectFailed(result: OpenResult, failure: string): string {
  expect(result).toMatchObject({ kind: "failed", failure });
  return result.kind === "failed" ? result.detail : "";
}

it("no door to Klarna is made with the machine's own network in a process that is not under the tripwire", () => {
  const make = () => new Door(klarnaTarget("klarna-test"), approvedKlarna, systemClock());
  expect(make).toThrow(expect.objectContaining({ code: "GUARD_TRIPWIRE_UNARMED" }));
});

describe("the door to an emulator", () => {
  it("opens on the one certificate that its registration names", async () => {
    const { caPem, key, cert } = await makeCertificate(Date.now());
    const server = keep(await startTls({ key, cert }));
    const door = emulatorDoor(server.port, caPem);
    const result = await open(door);
    expect(result).toMatchObject({ kind: "open", socket: { address: "127.0.0.1" } });
    if (result.kind !== "open") return;
    const { connectUs, tlsUs } = result.socket;
    const tls = encrypted(result.socket);
    expect([tls.authorized, tls.getProtocol(), tls.alpnProtocol]).toEqual([true, "TLSv1.3", false]);
    expect(connectUs).toBeGreaterThan(0);
    expect(tlsUs).toBeGreaterThan(0);
    expect([door.opened, door.failures, door.addresses]).toEqual([1, 0, ["127.0.0.1"]]);
    for (let turn = 0; turn < 100 && server.serverNames.length < 1; turn++) await settle();
    expect([server.accepted, server.serverNames, server.received]).toEqual([1, [false], ""]);
  });

  it("takes TLS 1.2, and asks for HTTP/1.1 alone", async () => {
    const server = keep(
      await startTls({ ...good, maxVersion: "TLSv1.2", ALPNProtocols: ["h2", "http/1.1"] }),
    );
    const result = await open(emulatorDoor(server.port));
    if (result.kind !== "open") throw new Error(result.detail);
    const tls = encrypted(result.socket);
    expect([tls.getProtocol(), tls.alpnProtocol]).toEqual(["TLSv1.2", "http/1.1"]);
  });

  it("leaves an open socket with no listener of its own, and with Node's", async () => {
    const server = keep(await startTls(good));
    const result = await open(emulatorDoor(server.port));
    if (result.kind !== "open") throw new Error(result.detail);
    const { raw } = result.socket;
    const tls = encrypted(result.socket);
    expect([tls.listenerCount("error"), raw.listenerCount("connect")]).toEqual([0, 0]);
    // Node releases the TLS session in a listener of its own.
    expect(tls.listeners("close").map(({ name }) => name)).toEqual(["onSocketCloseDestroySSL"]);
  });

  const bad: readonly (readonly [string, () => Promise<ServerCertificate>, RegExp])[] = [
    [
      "another authority's",
      async () => makeLeaf(await makeAuthority()),
      /signature|unable|certificate/,
    ],
    ["a self-signed one", () => makeLeaf(authority, { selfSigned: true }), /self-signed/],
    ["one that has expired", () => makeLeaf(authority, { from: -3, until: -2 }), /expired/],
    ["one of the future", () => makeLeaf(authority, { from: 2, until: 3 }), /not yet valid/],
    [
      "one for another address",
      () => makeLeaf(authority, { ip: "127.0.0.2" }),
      /127\.0\.0\.1 is not in/,
    ],
    ["one for a name", () => makeLeaf(authority, { dns: "localhost" }), /IP/],
    [
      "one for a name that spells the address",
      () => makeLeaf(authority, { dns: "127.0.0.1" }),
      /IP/,
    ],
    [
      "one with a critical extension that nobody knows",
      () => makeLeaf(authority, { unknownExtension: true }),
      /critical/,
    ],
    ["a client's", () => makeLeaf(authority, { usage: "clientAuth" }), /purpose/],
  ];
  it.each(bad)("stays shut on %s certificate, before a byte of HTTP", async (_, make, why) => {
    const server = keep(await startTls(await make()));
    const door = emulatorDoor(server.port);
    expect(expectFailed(await open(door), "certificate")).toMatch(why);
    await settle();
    expect([door.opened, door.failures, server.accepted, server.received]).toEqual([0, 1, 1, ""]);
  });

  it("stays shut on a server that speaks TLS 1.1 at most", async () => {
    const server = keep(
      await startTls({
        ...good,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0",
      }),
    );
    expectFailed(await open(emulatorDoor(server.port)), "certificate");
    await settle();
    expect(server.received).toBe("");
  });

  it("offers TLS 1.3 and 1.2, and nothing older", async () => {
    const hello = new Promise<Buffer>((resolve) => {
      void startTcp((socket) =>
        socket.once("data", (data) => {
          resolve(data);
          socket.destroy();
        }),
      ).then((server) => open(emulatorDoor(keep(server).port)));
    });
    // The extension supported_versions (RFC 8446, section 4.2.1): type 43, its length, the list's length, the list.
    const offered = /002b(\w{4})(\w{2})((?:03\w{2})+)/.exec((await hello).toString("hex"));
    expect(offered?.slice(1)).toEqual(["0005", "04", "03040303"]);
  });

  it.each([
    ["answers in plain HTTP", "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"],
    ["answers nonsense", "SSH-2.0-OpenSSH_9.2\r\n"],
  ])("stays shut on a server that %s, and tells it nothing but its hello", async (_, answer) => {
    const server = keep(await startTcp((socket) => socket.once("data", () => socket.end(answer))));
    const door = emulatorDoor(server.port);
    expectFailed(await open(door), "certificate");
    await settle();
    expect(door.failures).toBe(1);
    // A TLS record of type 22, handshake, and at most an alert, 21, after it.
    expect(server.received).toMatch(/^\u0016\u0003[\u0001-\u0003]/);
    expect(server.received).not.toMatch(/HTTP|GET|POST|klarna/);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ["closes at once", (socket) => socket.end()],
    ["resets at once", (socket) => socket.resetAndDestroy()],
    ["closes in the middle of the handshake", (socket) => socket.once("data", () => socket.end())],
    [
      "resets in the middle of the handshake",
      (socket) => socket.once("data", () => socket.resetAndDestroy()),
    ],
  ])("counts a server that %s as one reset", async (_, treat) => {
    const server = keep(await startTcp(treat));
    const door = emulatorDoor(server.port);
    expectFailed(await open(door), "reset");
    await settle();
    expect([door.failures, door.opened]).toEqual([1, 0]);
  });

  it("tells a port on which nobody listens", async () => {
    const door = emulatorDoor(await freePort());
    expect(expectFailed(await open(door), "refused")).toContain("ECONNREFUSED 127.0.0.1:");
    expect(door.failures).toBe(1);
  });

  it("gives a server that never answers 10 s, and no more", async () => {
    const clock = new VirtualClock();
    let accept: (socket: Socket) => void = () => {};
    const accepted = new Promise<Socket>((resolve) => {
      accept = resolve;
    });
    const server = keep(await startTcp((socket) => accept(socket)));
    const door = emulatorDoor(server.port, authority.caPem, clock);
    const opening = open(door);
    const socket = await accepted;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    expect(clock.pending).toBe(1);
    clock.step();
    expect(clock.now()).toBe(10_000_000);
    expect(expectFailed(await opening, "timeout")).toBe("no connection within 10 s");
    socket.end();
    await closed;
    expect([door.failures, clock.pending]).toEqual([1, 0]);
  });

  it("gives a network that never connects 10 s too", async () => {
    const clock = new VirtualClock();
    const raw = new Socket();
    const target = emulatorTarget({ url: "https://127.0.0.1:9", caPem: authority.caPem });
    const opening = new Door(target, approvedEmulator, clock, {
      ...loopback,
      connect: () => raw,
    }).open();
    await settle();
    clock.step();
    expectFailed(await opening, "timeout");
    expect(raw.destroyed).toBe(true);
  });

  it("leaves no timer behind, however it ended", async () => {
    const clock = new VirtualClock();
    const server = keep(await startTls(good));
    const opening = open(emulatorDoor(server.port, authority.caPem, clock));
    for (let turn = 0; turn < 400 && server.serverNames.length === 0; turn++) await settle();
    await settle();
    // What is left is the hand-over, due at once; the time-out has gone.
    expect([clock.step(), clock.now(), clock.pending]).toEqual([true, 0, 0]);
    expect((await opening).kind).toBe("open");
    await open(emulatorDoor(await freePort(), authority.caPem, clock));
    expect(clock.pending).toBe(0);
  });

  it("hands a connection over where it can be reset at once", async () => {
    // Within OpenSSL's own callback this ends the process by a segmentation fault.
    const server = keep(await startTls(good));
    for (let i = 0; i < 3; i++) {
      const result = await emulatorDoor(server.port).open();
      if (result.kind !== "open") throw new Error(result.detail);
      result.socket.raw.resetAndDestroy();
      result.socket.stream.destroy();
    }
    await settle();
    expect(server.received).toBe("");
  });

  it("tells a connection that ends before it is handed over as a reset", async () => {
    const clock = new VirtualClock();
    const server = keep(await startTls({ ...good, onSocket: (socket) => socket.destroy() }));
    const door = emulatorDoor(server.port, authority.caPem, clock);
    const result = await door.open();
    expectFailed(result, "reset");
    clock.step();
    await settle();
    expect([door.opened, door.failures]).toEqual([0, 1]);
  });

  it("trusts no root of Node's, of the system's, or of its seams", async () => {
    const server = keep(await startTls(good));
    const other = await makeAuthority("another authority");
    const target = emulatorTarget({ url: `https://127.0.0.1:${server.port}`, caPem: other.caPem });
    const seams = { ...loopback, roots: [authority.caPem] };
    expectFailed(
      await open(new Door(target, approvedEmulator, systemClock(), seams)),
      "certificate",
    );
  });

  it("passes a refusal of the connect itself on, as the tripwire's is", async () => {
    const target = emulatorTarget({ url: "https://127.0.0.1:9", caPem: authority.caPem });
    const seams: DoorSeams = {
      ...loopback,
      connect: () => {
        throw new Error("tripwire");
      },
    };
    await expect(new Door(target, approvedEmulator, systemClock(), seams).open()).rejects.toThrow(
      "tripwire",
    );
  });

  it("shows what a server put into a certificate only as visible text", async () => {
    const server = keep(await startTls(await makeLeaf(authority, { dns: "a\u001b[31m.example" })));
    const detail = expectFailed(await open(emulatorDoor(server.port)), "certificate");
    expect(detail).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe("the door to Klarna, its network played by loopback", () => {
  /** A door that resolves as told and is connected to a server of ours, whatever address it asks for. */
  function klarnaDoor(
    server: Loopback | undefined,
    changed: Partial<DoorSeams> = {},
    approved = approvedKlarna,
  ) {
    const asked: string[] = [];
    const seams: DoorSeams = {
      resolve: async (hostname) => {
        asked.push(`resolve ${hostname}`);
        return ["198.20.0.1", "2606:4700::1111"];
      },
      connect: (address, port) => {
        asked.push(`connect ${address}:${port}`);
        return connect({ host: "127.0.0.1", port: server?.port ?? 9 });
      },
      roots: [authority.caPem],
      ...changed,
    };
    return {
      door: new Door(klarnaTarget("klarna-test"), approved, systemClock(), seams),
      asked,
    };
  }

  it("resolves the name once, pins its first address, port 443, and asks for the server by name", async () => {
    const server = keep(await startTls(await makeLeaf(authority, { dns: KLARNA })));
    const { door, asked } = klarnaDoor(server);
    const first = await open(door);
    const again = await Promise.all([open(door), open(door)]);
    const timed = [first, ...again].map((one) => one.kind === "open" && "dnsUs" in one.socket);
    expect(timed).toEqual([true, false, false]);
    expect(asked).toEqual([
      `resolve ${KLARNA}`,
      ...new Array<string>(3).fill("connect 198.20.0.1:443"),
    ]);
    expect([door.addresses, door.opened, door.connectsPerSecond]).toEqual([["198.20.0.1"], 3, 5]);
    for (let turn = 0; turn < 100 && server.serverNames.length < 3; turn++) await settle();
    expect(server.serverNames).toEqual([KLARNA, KLARNA, KLARNA]);
    expect(server.received).toBe("");
  });

  it.each([
    ["the live host", "api-global.klarna.com"],
    ["another test host", "api.playground.klarna.com"],
    ["a wildcard one level up", "*.klarna.com"],
    ["a host below it", `x.${KLARNA}`],
    ["a proxy", "proxy.example"],
  ])("stays shut on a certificate for %s", async (_, dns) => {
    const server = keep(await startTls(await makeLeaf(authority, { dns })));
    expectFailed(await open(klarnaDoor(server).door), "certificate");
    await settle();
    expect(server.received).toBe("");
  });

  it("stays shut on a proxy's own authority: the bundled roots are all that is trusted", async () => {
    const server = keep(await startTls(await makeLeaf(authority, { dns: KLARNA })));
    const { door } = klarnaDoor(server, { roots: rootCertificates });
    expect(expectFailed(await open(door), "certificate")).toMatch(/certificate/);
  });

  it.each([
    ["a private one", ["10.0.0.1"], "private"],
    ["loopback", ["127.0.0.1"], "loopback"],
    ["a VPN client's", ["100.64.0.1"], "shared by a carrier or a VPN client"],
    [
      "an IPv4 address in IPv6's clothes",
      ["::ffff:127.0.0.1"],
      "reserved, or another form of an IPv4 address",
    ],
    ["a public one and a private one", ["198.20.0.1", "192.168.1.1"], "private"],
    ["a name", ["api.klarna.com"], "not a plain address"],
  ])("refuses an answer of %s, and connects to nothing", async (_, answers, kind) => {
    const { door, asked } = klarnaDoor(undefined, { resolve: async () => answers });
    const refusal = expect.objectContaining({
      name: "Refusal",
      code: "GUARD_ADDRESS_NOT_PUBLIC",
      message: `${KLARNA} resolves to ${answers.at(-1)}, which is ${kind}`,
    });
    await expect(door.open()).rejects.toThrow(refusal);
    await expect(door.open()).rejects.toThrow(refusal);
    expect([asked, door.addresses]).toEqual([[], []]);
  });

  it("connects to an address of the permit's list, and to no other", async () => {
    const server = keep(await startTls(await makeLeaf(authority, { dns: KLARNA })));
    const permitted = (addresses: string[]) =>
      klarnaDoor(server, {}, approve(klarnaFacts({ permit: { ...PERMIT, addresses } })));
    const other = permitted(["198.20.0.2"]);
    await expect(other.door.open()).rejects.toThrow(
      expect.objectContaining({ name: "Refusal", code: "GUARD_ADDRESS_NOT_PERMITTED" }),
    );
    expect(other.asked).toEqual([`resolve ${KLARNA}`]);
    expect((await open(permitted(["198.20.0.2", "198.20.0.1"]).door)).kind).toBe("open");
  });

  it("counts a name that can't be resolved, and asks again the next time", async () => {
    const server = keep(await startTls(await makeLeaf(authority, { dns: KLARNA })));
    const answers = [[], ["198.20.0.1"]];
    let asked = 0;
    const resolve = async (): Promise<string[]> => {
      if (asked++ === 0) throw new Error("getaddrinfo ENOTFOUND");
      return answers.shift() ?? [];
    };
    const { door } = klarnaDoor(server, { resolve });
    expect(expectFailed(await open(door), "name")).toBe("getaddrinfo ENOTFOUND");
    expect(expectFailed(await open(door), "name")).toBe("no address");
    expect((await open(door)).kind).toBe("open");
    expect([door.failures, door.opened]).toEqual([2, 1]);
  });
});

describe("the door to a bench's recorder", () => {
  const plainDoor = (port: number, clock = systemClock()) =>
    new Door(plainTarget({ url: `http://127.0.0.1:${port}` }), approvedEmulator, clock, loopback);

  it("opens without TLS, and leaves no listener of its own", async () => {
    const server = keep(await startTcp(() => {}));
    const door = plainDoor(server.port);
    const result = await open(door);
    if (result.kind !== "open") throw new Error(result.detail);
    const { stream, raw, connectUs, tlsUs, address } = result.socket;
    expect(stream).toBe(raw);
    expect([raw instanceof TLSSocket, tlsUs, address]).toEqual([false, undefined, "127.0.0.1"]);
    expect(connectUs).toBeGreaterThan(0);
    expect([raw.listenerCount("error"), raw.listenerCount("connect")]).toEqual([0, 0]);
    expect([door.opened, door.failures, door.addresses]).toEqual([1, 0, ["127.0.0.1"]]);
    expect(server.received).toBe("");
  });

  it("tells a refused connect", async () => {
    const door = plainDoor(await freePort());
    expectFailed(await open(door), "refused");
    expect([door.opened, door.failures]).toEqual([0, 1]);
  });

  it("gives up after 10 s, or when it is told to", async () => {
    const clock = new VirtualClock();
    const raw = new Socket();
    const seams = { ...loopback, connect: () => raw };
    const target = plainTarget({ url: "http://127.0.0.1:9" });
    const door = new Door(target, approvedEmulator, clock, seams);
    const opening = door.open();
    await settle();
    clock.step();
    expect(clock.now()).toBe(10_000_000);
    expectFailed(await opening, "timeout");
    expect([raw.destroyed, clock.pending]).toEqual([true, 0]);
    const aborter = new AbortController();
    const second = new Door(target, approvedEmulator, clock, {
      ...loopback,
      connect: () => new Socket(),
    });
    const given = second.open(aborter.signal);
    await settle();
    aborter.abort();
    expectFailed(await given, "reset");
    expect([second.opened, second.failures]).toEqual([0, 0]);
  });
});

describe("a door", () => {
  it("is made of nothing but what the guard made, all of it for one environment", () => {
    const target = emulatorTarget({ url: "https://127.0.0.1:9", caPem: authority.caPem });
    const forged = expect.objectContaining({ name: "Refusal", code: "GUARD_FORGED" });
    const parts = { ...approvedEmulator, bounds: approvedEmulator.bounds };
    // @ts-expect-error a copy of an approval is none
    expect(() => new Door(target, parts, systemClock(), loopback)).toThrow(forged);
    const address = "https://127.0.0.1:9";
    // @ts-expect-error an address is no target
    expect(() => new Door(address, approvedEmulator, systemClock(), loopback)).toThrow(forged);
    expect(() => new Door(target, approvedKlarna, systemClock(), loopback)).toThrow(forged);
    expect(
      () => new Door(klarnaTarget("klarna-test"), approvedEmulator, systemClock(), loopback),
    ).toThrow(forged);
    expect(
      () => new Door(klarnaTarget("playground-eu"), approvedKlarna, systemClock(), loopback),
    ).toThrow(forged);
  });
});
