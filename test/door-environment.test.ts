import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAuthority, makeLeaf } from "./support/certificates.ts";
import { type Loopback, startTls } from "./support/loopback.ts";

/** The door in a process of its own, under variables that add roots or turn checks off. */

let dir: string;
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
  const authority = await makeAuthority();
  writeFileSync(join(dir, "ca.pem"), authority.caPem);
  server = await startTls(await makeLeaf(authority, { dns: "api-global.test.klarna.com" }));
  env = { PROBE_PORT: String(server.port), PROBE_OTHER_CA: (await makeAuthority("another")).caPem };
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

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

  // Node's own connect opens under each of these: they do what they say, and the door does not hear them.
  it.each([
    ["NODE_EXTRA_CA_CERTS", () => ({ NODE_EXTRA_CA_CERTS: join(dir, "ca.pem") }), []],
    ["NODE_TLS_REJECT_UNAUTHORIZED=0", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }), []],
    ["SSL_CERT_FILE", () => ({ SSL_CERT_FILE: join(dir, "ca.pem") }), ["--use-openssl-ca"]],
  ])("with %s, stays shut all the same", async (_, variables, flags) => {
    expect(await probe(variables(), ...flags)).toEqual({ ...shut, nodes: "open" });
    expect(server.received).toBe("");
  });
});
