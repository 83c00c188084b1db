import { X509Certificate } from "node:crypto";
import { get } from "node:https";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { type RunningServer, startServer } from "./server.ts";

let certificate: Certificate;
let server: RunningServer;
beforeAll(async () => {
  certificate = await makeCertificate(Date.now());
  server = await startServer({
    clock: new VirtualClock(),
    random: seededRandom(1),
    tls: certificate,
    options: {
      port: 0,
      quotas: "test",
      level: "partner",
      latency: { kind: "constant", us: 0 },
      apiKeys: null,
    },
  });
});
afterAll(() => server.close());

function statusOf(url: string, ca: string | undefined): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    get(url, { ...(ca === undefined ? {} : { ca }), agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

test("who trusts the authority alone gets through; nobody else, and no other authority's friend", async () => {
  expect(await statusOf(`${server.url}/`, certificate.caPem)).toBe(404);
  expect(await statusOf(`${server.url}/`, undefined)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  const other = await makeCertificate(Date.now());
  // It has the same name, but not the key that the certificate says it was signed with.
  expect(await statusOf(`${server.url}/`, other.caPem)).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
});

test("the certificate is for 127.0.0.1 only, and its key is in neither certificate", async () => {
  const localhost = server.url.replace("127.0.0.1", "localhost");
  expect(await statusOf(`${localhost}/`, certificate.caPem)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  const leaf = new X509Certificate(certificate.cert);
  expect(leaf.subjectAltName).toBe("IP Address:127.0.0.1");
  expect(leaf.ca).toBe(false);
  expect(new X509Certificate(certificate.caPem).ca).toBe(true);
  expect(`${certificate.cert}${certificate.caPem}`).not.toContain("PRIVATE");
});

test("TLS 1.1 is refused", async () => {
  const code = await new Promise((resolve) => {
    const socket = connect({
      port: server.port,
      host: "127.0.0.1",
      ca: certificate.caPem,
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("secureConnect", () => resolve(socket.getProtocol()));
  });
  expect(code).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
});
