import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeAuthority, makeLeaf } from "./support/certificates.ts";
import { answerOf } from "./support/https-script.ts";
import { KlarnaWorld, klarnaAuthority } from "./support/klarna-world.ts";
import { type Loopback, startTcp, startTls } from "./support/loopback.ts";

/** Whole runs to Klarna's name, behind the door's seams, where another server answers for it. */

const KLARNA = "api-global.test.klarna.com";

let world: KlarnaWorld;
const servers: Loopback[] = [];
beforeEach(async () => {
  world = await KlarnaWorld.start();
});
afterEach(async () => {
  await world.close();
  for (const server of servers.splice(0)) await server.close();
});

/** A server that answers any request, as what is not Klarna would. */
function answering(certificate: Parameters<typeof startTls>[0]): Promise<Loopback> {
  return startTls({
    ...certificate,
    onSocket: (socket) => socket.on("data", () => socket.write(answerOf(200, "{}"))),
  });
}

interface Impostor {
  readonly what: string;
  readonly start: () => Promise<Loopback>;
  /** What the stop's text says. */
  readonly says: string;
}

const IMPOSTORS: readonly Impostor[] = [
  {
    what: "a certificate for another name",
    start: async () =>
      answering(await makeLeaf(await klarnaAuthority(), { dns: "api-global.klarna.com" })),
    says: "its certificate, issued by `test authority`, was not accepted: Host: api-global.test.klarna.com. is not in the cert's altnames: DNS:api-global.klarna.com",
  },
  {
    what: "one that has expired",
    start: async () =>
      answering(await makeLeaf(await klarnaAuthority(), { dns: KLARNA, from: -3, until: -2 })),
    says: "its certificate, issued by `test authority`, was not accepted: certificate has expired",
  },
  {
    what: "one that is not valid yet",
    start: async () =>
      answering(await makeLeaf(await klarnaAuthority(), { dns: KLARNA, from: 2, until: 3 })),
    says: "its certificate, issued by `test authority`, was not accepted: certificate is not yet valid",
  },
  {
    what: "one that it signed itself",
    start: async () =>
      answering(await makeLeaf(await klarnaAuthority(), { dns: KLARNA, selfSigned: true })),
    says: "its certificate, issued by `test server`, was not accepted: self-signed certificate",
  },
  {
    what: "one of an intercepting proxy's own authority",
    start: async () =>
      answering(
        await makeLeaf(await makeAuthority("TLS Inspection, O=Example Corp"), { dns: KLARNA }),
      ),
    says: "its certificate, issued by `TLS Inspection, Example Corp`, was not accepted: unable to verify the first certificate",
  },
  {
    what: "TLS 1.1 at most",
    start: async () =>
      answering({
        ...(await makeLeaf(await klarnaAuthority(), { dns: KLARNA })),
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0",
      }),
    says: "the TLS handshake failed: ",
  },
  {
    what: "plain HTTP",
    start: () => startTcp((socket) => socket.on("data", () => socket.write(answerOf(200, "{}")))),
    says: "the TLS handshake failed: wrong version number",
  },
];

describe("a run to Klarna's name is stopped at once, at one connection and no request, by a server with", () => {
  it.each(IMPOSTORS)("$what", async ({ start, says }) => {
    const server = await start();
    servers.push(server);
    world.port = server.port;
    const { report, exitCode } = await world.run({});
    expect([report.verdict, exitCode]).toEqual(["stopped", 6]);
    expect(report.stopReason).toMatchObject({
      code: "STOP_CERTIFICATE",
      text: expect.stringContaining(says),
      advice: expect.stringContaining("have the host exempted from it"),
    });
    expect(report.totals).toMatchObject({ planned: 0, sent: 0 });
    expect(world.resolved).toEqual([KLARNA]);
    expect(server.accepted).toBe(1);
    expect(server.received).not.toMatch(/HTTP\/|GET \/|POST \/|authorization/);
    expect(report.guard).toMatchObject({ connectionsOpened: 0, connectFailures: 1 });
  });
});

/** What TLS puts into a record of its own to end a handshake: fatal, and why. */
function alert(why: number): Buffer {
  return Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, why]);
}

describe("a run is stopped at once by a server that refuses its client's certificate:", () => {
  it.each([
    [40, "handshake failure"],
    [42, "bad certificate"],
    [43, "unsupported certificate"],
    [44, "certificate revoked"],
    [45, "certificate expired"],
    [46, "certificate unknown"],
    [48, "unknown ca"],
    [49, "access denied"],
    [116, "certificate required"],
  ])("alert %d, %s", async (number, why) => {
    const server = await startTcp((socket) => socket.once("data", () => socket.end(alert(number))));
    servers.push(server);
    world.port = server.port;
    const { report, exitCode } = await world.run({});
    expect([report.verdict, exitCode]).toEqual(["stopped", 6]);
    expect(report.stopReason).toMatchObject({
      code: "STOP_CLIENT_CERTIFICATE",
      text: expect.stringContaining(why),
      advice: expect.stringContaining("--client-cert"),
    });
    expect(server.accepted).toBe(1);
  });
});

it("what an issuer calls itself is shown as foreign text: cut, and with nothing hidden in it", async () => {
  const name = `A\u001b[31m\u202eB ${"x".repeat(300)}`;
  const server = await answering(await makeLeaf(await makeAuthority(name), { dns: KLARNA }));
  servers.push(server);
  world.port = server.port;
  const { report } = await world.run({});
  expect(report.stopReason?.text).toContain("issued by `A‹U+001B›[31m‹U+202E›B xxx");
  expect(report.stopReason?.text).toContain("x…`, was not accepted: ");
});
