import { X509Certificate } from "node:crypto";
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
import { ClientCertificate, readClientCertificate } from "./client-certificate.ts";
import { usageError } from "./errors.support.ts";

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
  const shown = `client certificate ${certificate.fingerprint}`;
  expect([String(certificate), certificate.toJSON(), inspect(certificate)]).toEqual([
    shown,
    shown,
    shown,
  ]);
});

it("is made of files that were read here, and of nothing else", () => {
  // @ts-expect-error the mint token is not exported
  expect(() => new ClientCertificate(Symbol("guard mint"), good.cert, good.key)).toThrow(
    /come from readClientCertificate/,
  );
});

it("is good from its first millisecond to the one before its end", () => {
  const { validFrom, validTo } = new X509Certificate(good.cert);
  const at = (nowMs: number) => () => readClientCertificate(files(good.cert, good.key), nowMs);
  const [from, until] = [Date.parse(validFrom), Date.parse(validTo)];
  expect(at(from)).not.toThrow();
  expect(at(until - 1)).not.toThrow();
  for (const nowMs of [from - 1, until, Number.NaN]) {
    expect(at(nowMs)).toThrow(usageError("CLIENT_CERTIFICATE_EXPIRED"));
    expect(at(nowMs)).toThrow(`from ${validFrom} to ${validTo}`);
    expect(at(nowMs)).toThrow(expect.objectContaining({ place: { file: join(dir, "cert.pem") } }));
  }
});

it.each<[string, () => ReturnType<typeof files>, string, "cert" | "key"]>([
  ["another's key", () => files(good.cert, other.key), "belongs to another", "key"],
  ["no certificate", () => files("nothing", good.key), "certificate is not PEM", "cert"],
  ["no key", () => files(good.cert, "nothing"), "private key is not PEM", "key"],
  [
    "a certificate that is not there",
    () => ({ ...files(good.cert, good.key), cert: join(dir, "none") }),
    "can't be read: ENOENT",
    "cert",
  ],
])("says what is wrong, and in which file: %s", (_, make, why, which) => {
  const paths = make();
  const read = () => readClientCertificate(paths, Date.now());
  expect(read).toThrow(usageError("CLIENT_CERTIFICATE_UNUSABLE"));
  expect(read).toThrow(why);
  expect(read).toThrow(expect.objectContaining({ place: { file: paths[which] } }));
});

it("names the option of a key that can't be read", () => {
  const paths = { ...files(good.cert, good.key), key: join(dir, "none") };
  expect(() => readClientCertificate(paths, Date.now())).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("--client-key") }),
  );
});

it.each([
  ["another's key", () => files(good.cert, other.key), 0, "CLIENT_CERTIFICATE_UNUSABLE"],
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
