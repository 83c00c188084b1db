import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  makeAuthority,
  makeLeaf,
  type ServerCertificate,
} from "../../test/support/certificates.ts";
import { readClientCertificate } from "./client-certificate.ts";

let dir: string;
let good: ServerCertificate;
let other: ServerCertificate;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "klarna-perf-cert-"));
  const authority = await makeAuthority();
  good = await makeLeaf(authority, { usage: "clientAuth" });
  other = await makeLeaf(authority, { usage: "clientAuth" });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const DAY_MS = 86_400_000;

function files(cert: string, key: string, mode = 0o600): { cert: string; key: string } {
  const paths = { cert: join(dir, "cert.pem"), key: join(dir, "key.pem") };
  writeFileSync(paths.cert, cert);
  rmSync(paths.key, { force: true });
  writeFileSync(paths.key, key);
  chmodSync(paths.key, mode);
  return paths;
}

it("takes a certificate and the key that belongs to it, and shows neither", () => {
  const { certificate, warning } = readClientCertificate(files(good.cert, good.key), Date.now());
  expect(warning).toBeUndefined();
  expect(certificate.forContext()).toEqual({ cert: good.cert, key: good.key });
  const shown = `${certificate} ${JSON.stringify(certificate)} ${inspect(certificate)}`;
  expect(shown).toContain(certificate.fingerprint);
  expect(shown).not.toContain("PRIVATE");
});

it.each([
  ["another's key", () => files(good.cert, other.key), 0, "CLIENT_CERTIFICATE_UNUSABLE"],
  ["no certificate", () => files("nothing", good.key), 0, "CLIENT_CERTIFICATE_UNUSABLE"],
  ["no key", () => files(good.cert, "nothing"), 0, "CLIENT_CERTIFICATE_UNUSABLE"],
  [
    "a file that is not there",
    () => ({ cert: "/no", key: "/no" }),
    0,
    "CLIENT_CERTIFICATE_UNUSABLE",
  ],
  ["an expired one", () => files(good.cert, good.key), 30, "CLIENT_CERTIFICATE_EXPIRED"],
  ["one of the future", () => files(good.cert, good.key), -30, "CLIENT_CERTIFICATE_EXPIRED"],
  ["a key that others can read", () => files(good.cert, good.key, 0o644), 0, "GUARD_KEY_FILE_OPEN"],
])("refuses %s, and shows none of the key", (_, make, days, code) => {
  try {
    readClientCertificate(make(), Date.now() + days * DAY_MS);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code });
    expect(inspect(error)).not.toContain(good.key.split("\n")[1]);
  }
});
