import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { plainTarget } from "./environments.ts";
import { refusal } from "./errors.support.ts";
import { findEmulator, readRegistration, registeredEmulator } from "./registration.ts";

const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const GOOD = {
  url: "https://127.0.0.1:8443",
  caPem: CA,
  pid: 123,
  startedAt: "2026-06-15T12:00:00.000Z",
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "klarna-perf-registration-"));
});
afterEach(() => {
  chmodSync(dir, 0o700);
  rmSync(dir, { recursive: true, force: true });
});

function write(content: unknown, name = "123-8443.json", mode = 0o600): string {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
  chmodSync(path, mode);
  return path;
}

function unproven(path: string): void {
  expect(() => registeredEmulator(path)).toThrow(refusal("GUARD_EMULATOR_UNPROVEN"));
  expect(() => registeredEmulator(path)).toThrow(/one: its .*(?:ours|read|writes)/);
}

describe("registeredEmulator", () => {
  it("takes a registration in a folder of ours alone for proof", () => {
    expect(registeredEmulator(write(GOOD))).toMatchObject({
      environment: "emulator",
      origin: GOOD.url,
      port: 8443,
      caPem: CA,
    });
    expect(readRegistration(join(dir, "123-8443.json"))).toEqual(GOOD);
  });

  it.each<[string, unknown]>([
    ["no JSON", "{"],
    ["nothing", ""],
    ["no object", []],
    ["a field too many", { ...GOOD, plain: true }],
    ["no certificate", { ...GOOD, caPem: undefined }],
    ["an empty certificate", { ...GOOD, caPem: "" }],
    ["a certificate after something else", { ...GOOD, caPem: `x${CA}` }],
    ["a process that can't be", { ...GOOD, pid: 0 }],
    ["a time that is none", { ...GOOD, startedAt: "yesterday" }],
    ["an address far too long", { ...GOOD, url: `https://127.0.0.1:8443/${"x".repeat(64)}` }],
    ["a file far too large", { ...GOOD, caPem: CA + "x".repeat(20_000) }],
  ])("refuses one with %s", (_, content) => {
    unproven(write(content));
  });

  it.each([
    ["approve", "test"],
    ["decline", "live"],
    ["abandon", "test"],
    [null, "live"],
  ])("reads what a profile may count on there: customer %s, quotas %s", (customer, quotas) => {
    const registration = { ...GOOD, settings: { customer, quotas } };
    expect(readRegistration(write(registration))).toEqual(registration);
  });

  it.each<[string, unknown]>([
    ["a customer unheard of", { customer: "", quotas: "test" }],
    ["quotas unheard of", { customer: null, quotas: "" }],
    ["no quotas", { customer: null }],
    ["a setting too many", { customer: null, quotas: "test", other: 1 }],
  ])("refuses one whose settings have %s", (_, settings) => {
    unproven(write({ ...GOOD, settings }));
  });

  it.each([
    "https://api-global.test.klarna.com",
    "https://localhost:8443",
    "http://127.0.0.1:8443",
  ])("refuses one for %s", (url) => {
    expect(() => registeredEmulator(write({ ...GOOD, url }))).toThrow(
      refusal("GUARD_TARGET_NOT_LISTED"),
    );
  });

  it("refuses a file that is not there, a folder in its place, and a link to a good one", () => {
    unproven(join(dir, "1-1.json"));
    mkdirSync(join(dir, "2-2.json"), { mode: 0o700 });
    unproven(join(dir, "2-2.json"));
    write(GOOD);
    symlinkSync(join(dir, "123-8443.json"), join(dir, "3-3.json"));
    unproven(join(dir, "3-3.json"));
    unproven(join(dir, "no-folder", "1-1.json"));
  });

  it.skipIf(process.getuid === undefined)(
    "refuses a file or a folder that others can reach",
    () => {
      for (const mode of [0o604, 0o640, 0o602, 0o620]) unproven(write(GOOD, "123-8443.json", mode));
      const path = write(GOOD);
      for (const mode of [0o701, 0o704, 0o710, 0o755]) {
        chmodSync(dir, mode);
        unproven(path);
      }
      chmodSync(dir, 0o700);
      expect(registeredEmulator(path).port).toBe(8443);
    },
  );

  it("takes 16 KB, and not a byte more", () => {
    const padded = (bytes: number) => JSON.stringify(GOOD).padEnd(bytes);
    expect(registeredEmulator(write(padded(16_384))).port).toBe(8443);
    unproven(write(padded(16_385)));
  });

  it.skipIf(process.getuid === undefined)(
    "refuses what another user owns; where the system has no user ids, nobody does",
    () => {
      const path = write(GOOD);
      const getuid = vi.spyOn(process, "getuid").mockReturnValue((process.getuid?.() ?? 0) + 1);
      unproven(path);
      getuid.mockRestore();
      vi.stubGlobal("process", { ...process, getuid: undefined });
      try {
        expect(registeredEmulator(write(GOOD, "1-1.json", 0o644)).port).toBe(8443);
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );

  it.runIf(existsSync("/proc/self/fd"))("leaves no file open, good or bad", () => {
    const paths = [write(GOOD), write("{", "1-1.json")];
    const before = readdirSync("/proc/self/fd").length;
    registeredEmulator(paths[0] ?? "");
    unproven(paths[1] ?? "");
    expect(readdirSync("/proc/self/fd")).toHaveLength(before);
  });

  it.skipIf(process.getuid === undefined)("refuses a folder that is a link", () => {
    mkdirSync(join(dir, "real"), { mode: 0o700 });
    write(GOOD, "real/1-8443.json");
    symlinkSync(join(dir, "real"), join(dir, "link"));
    expect(registeredEmulator(join(dir, "real", "1-8443.json")).port).toBe(8443);
    unproven(join(dir, "link", "1-8443.json"));
  });
});

describe("a bench's recorder, which speaks plain HTTP", () => {
  const url = "http://127.0.0.1:8080";
  const PLAIN = { url, plain: true, pid: process.pid, startedAt: GOOD.startedAt };
  const unknown = refusal("GUARD_EMULATOR_UNKNOWN");

  it("is found by its registration and trusted with no certificate", () => {
    write(PLAIN, "1-8080.json");
    expect(findEmulator(url, dir)).toMatchObject({
      environment: "emulator",
      origin: url,
      hostname: "127.0.0.1",
      port: 8080,
      caPem: undefined,
      isPlain: true,
    });
    write(GOOD);
    expect(findEmulator(GOOD.url, dir)).toMatchObject({ caPem: CA, isPlain: false });
    for (const other of [
      "http://127.0.0.1:8443",
      "https://127.0.0.1:8080",
      `${url}/`,
      "http://127.0.0.1:1",
    ])
      expect(() => findEmulator(other, dir), other).toThrow(unknown);
  });

  it("is not found once its process has ended: its port may be anybody's", () => {
    const { pid } = spawnSync(process.execPath, ["-e", "0"]);
    write({ ...PLAIN, pid }, "1-8080.json");
    expect(() => findEmulator(url, dir)).toThrow(unknown);
  });

  it.each<[string, unknown]>([
    ["says that it is not plain", { ...PLAIN, plain: false }],
    ["says it in another way", { ...PLAIN, plain: "true" }],
    ["does not say it", { ...PLAIN, plain: undefined }],
    ["has a certificate", { ...PLAIN, caPem: CA }],
  ])("is refused when its registration %s", (_, content) => {
    write(content, "1-8080.json");
    expect(() => findEmulator(url, dir)).toThrow(refusal("GUARD_EMULATOR_UNPROVEN"));
  });

  it.each([
    "http://127.0.0.1:80801",
    "http://localhost:8080",
    "http://api.klarna.com",
    "http://127.0.0.1:8080\n",
  ])("is nowhere but on loopback: %s", (elsewhere) => {
    expect(() => plainTarget({ url: elsewhere })).toThrow(refusal("GUARD_TARGET_NOT_LISTED"));
  });

  it("is no emulator that a run starts for itself", () => {
    unproven(write(PLAIN, "1-8080.json"));
  });
});

describe("findEmulator", () => {
  const unknown = refusal("GUARD_EMULATOR_UNKNOWN");

  it("finds the registration with the address, to the letter", () => {
    write(GOOD);
    write({ ...GOOD, url: "https://127.0.0.1:9443" }, "124-9443.json");
    expect(findEmulator("https://127.0.0.1:9443", dir).port).toBe(9443);
    for (const url of [
      "https://127.0.0.1:8443/",
      "https://localhost:8443",
      "https://127.0.0.1:08443",
      "https://127.0.0.1:1",
      "http://127.0.0.1:8443",
      "8443",
      "",
    ]) {
      expect(() => findEmulator(url, dir), url).toThrow(unknown);
    }
  });

  it.each([`x${GOOD.url}`, `${GOOD.url}/`])("finds none at %s, though a file says so", (url) => {
    write({ ...GOOD, url });
    expect(() => findEmulator(url, dir)).toThrow(unknown);
  });

  it("goes by the address in the file, not by its name alone", () => {
    write(GOOD, "1-9443.json");
    expect(() => findEmulator("https://127.0.0.1:9443", dir)).toThrow(unknown);
  });

  it("takes the newest of several with one address, since a killed emulator leaves its own behind", () => {
    write({ ...GOOD, caPem: `${CA}1` }, "1-8443.json");
    write({ ...GOOD, caPem: `${CA}2`, startedAt: "2026-06-15T12:00:02.000Z" }, "2-8443.json");
    write({ ...GOOD, caPem: `${CA}3`, startedAt: "2026-06-15T12:00:01.000Z" }, "3-8443.json");
    expect(findEmulator(GOOD.url, dir).caPem).toBe(`${CA}2`);
  });

  it("is not put off by another emulator's broken registration", () => {
    write("{", "5-9999.json");
    write("{", "notes.txt");
    write(GOOD);
    expect(findEmulator(GOOD.url, dir).port).toBe(8443);
    expect(() => findEmulator("nonsense", dir)).toThrow(unknown);
  });

  it("reads files by the names that registrations have, and no others", () => {
    for (const name of [
      "123-8443.json.bak",
      ".123-8443.json.unfinished",
      "x-8443.json",
      "x1-8443.json",
      "8443.json",
    ]) {
      write(GOOD, name);
    }
    expect(() => findEmulator(GOOD.url, dir)).toThrow(unknown);
  });

  it("finds none in a folder that is not there", () => {
    expect(() => findEmulator(GOOD.url, join(dir, "none"))).toThrow(unknown);
  });
});
