import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectFailure } from "../src/guard/connect-failure.ts";
import { type Authority, makeAuthority, makeLeaf } from "./support/certificates.ts";
import { type Loopback, startTls } from "./support/loopback.ts";

/** The door in a process of its own, under variables that add roots or turn checks off. */

const KLARNA = "api-global.test.klarna.com";

let dir: string;
let authority: Authority;
let server: Loopback;
let env: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "klarna-perf-door-"));
  await build({
    entryPoints: [fileURLToPath(new URL("support/door-probe.ts", import.meta.url))],
    outfile: join(dir, "probe.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  authority = await makeAuthority();
  writeFileSync(join(dir, "ca.pem"), authority.caPem);
  mkdirSync(join(dir, "certs"));
  writeFileSync(join(dir, "certs", hashedName("test authority")), authority.caPem);
  server = await startTls(await makeLeaf(authority, { dns: KLARNA }));
  env = { PROBE_PORT: String(server.port), PROBE_OTHER_CA: (await makeAuthority("another")).caPem };
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The name under which OpenSSL looks for a certificate in a folder: from its subject, here a common name alone. */
function hashedName(commonName: string): string {
  const value = Buffer.from(commonName);
  const type = Buffer.from("0603550403", "hex");
  const attribute = Buffer.concat([type, Buffer.from([0x0c, value.length]), value]);
  const sequence = Buffer.concat([Buffer.from([0x30, attribute.length]), attribute]);
  const subject = Buffer.concat([Buffer.from([0x31, sequence.length]), sequence]);
  const digest = createHash("sha1").update(subject).digest();
  return `${digest.readUInt32LE().toString(16).padStart(8, "0")}.0`;
}

async function probe(more: Record<string, string>, ...flags: string[]): Promise<unknown> {
  const args = [...flags, join(dir, "probe.mjs")];
  const options = { env: { ...env, ...more }, timeout: 20_000 };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return JSON.parse(stdout);
}

const shut = { emulator: "certificate", klarna: "certificate" };

describe("the door, in a process", () => {
  it("without settings, stays shut as Node's own connect does", async () => {
    expect(await probe({})).toEqual({ ...shut, nodes: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  });

  it("opens where it is given the authority", async () => {
    expect(await probe({ PROBE_ROOT: authority.caPem })).toMatchObject({ klarna: "open" });
  });

  // Node's own connect opens under each of these: they do what they say, and the door does not hear them.
  it.each<[string, () => Record<string, string>, readonly string[]]>([
    ["NODE_EXTRA_CA_CERTS", () => ({ NODE_EXTRA_CA_CERTS: join(dir, "ca.pem") }), []],
    ["NODE_TLS_REJECT_UNAUTHORIZED=0", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), []],
    ["SSL_CERT_FILE", () => ({ SSL_CERT_FILE: join(dir, "ca.pem") }), ["--use-openssl-ca"]],
    ["SSL_CERT_DIR", () => ({ SSL_CERT_DIR: join(dir, "certs") }), ["--use-openssl-ca"]],
    [
      "--use-openssl-ca in NODE_OPTIONS",
      () => ({ NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: join(dir, "ca.pem") }),
      [],
    ],
  ])("with %s, stays shut all the same", async (_, variables, flags) => {
    expect(await probe(variables(), ...flags)).toEqual({ ...shut, nodes: "open" });
    expect(server.received).toBe("");
  });
});

describe("the door, in a process whose settings ask for weaker TLS, at a server that it would trust", () => {
  const weak: readonly (readonly [string, TlsOptions, string, ConnectFailure])[] = [
    [
      "TLS 1.1",
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" },
      "--tls-min-v1.0 --tls-cipher-list=DEFAULT:@SECLEVEL=0",
      "certificate",
    ],
    // It is the server that hangs up: by the same alert as where it misses a certificate of ours.
    [
      "a cipher that hides nothing",
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0" },
      "--tls-cipher-list=ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0",
      "client-certificate",
    ],
  ];
  it.each(weak)("stays shut: %s", async (_, options, flags, failure) => {
    const leaf = await makeLeaf(authority, { dns: KLARNA });
    const other = await startTls({ ...leaf, ...options });
    const variables = {
      PROBE_PORT: String(other.port),
      PROBE_ROOT: authority.caPem,
      NODE_EXTRA_CA_CERTS: join(dir, "ca.pem"),
      NODE_OPTIONS: flags,
    };
    expect(await probe(variables)).toEqual({ emulator: failure, klarna: failure, nodes: "open" });
    expect(other.received).toBe("");
    await other.close();
  });
});
