import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Registration } from "../guard/registration.ts";
import { register } from "./register.ts";

const REGISTRATION: Required<Registration> = {
  url: "https://127.0.0.1:8443",
  caPem: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
  pid: 4711,
  settings: { customer: null, quotas: "test" as const },
  startedAt: "2026-01-01T00:00:00.000Z",
};
let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "klarna-perf-register-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const unusable = (why: string) =>
  expect.objectContaining({ code: "EMULATOR_REGISTRY", message: expect.stringContaining(why) });

test("writes one private file in a private folder, and takes it back", () => {
  const folder = join(home, "state", "emulators");
  const registered = register(folder, REGISTRATION);
  expect(registered.path).toBe(join(folder, "4711-8443.json"));
  expect(JSON.parse(readFileSync(registered.path, "utf8"))).toEqual(REGISTRATION);
  expect(statSync(registered.path).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(["4711-8443.json"]);
  registered.remove();
  registered.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test("replaces what a process of the same number left behind", () => {
  writeFileSync(join(home, "4711-8443.json"), "old", { mode: 0o600 });
  writeFileSync(join(home, ".4711-8443.json.unfinished"), "old", { mode: 0o600 });
  register(home, REGISTRATION);
  expect(readdirSync(home)).toEqual(["4711-8443.json"]);
  expect(JSON.parse(readFileSync(join(home, "4711-8443.json"), "utf8"))).toEqual(REGISTRATION);
});

test("does not write through a link put in its way", () => {
  const elsewhere = join(home, "elsewhere");
  const folder = join(home, "emulators");
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(elsewhere, "untouched");
  symlinkSync(elsewhere, join(folder, ".4711-8443.json.unfinished"));
  symlinkSync(elsewhere, join(folder, "4711-8443.json"));
  register(folder, REGISTRATION);
  expect(readFileSync(elsewhere, "utf8")).toBe("untouched");
});

test("refuses a folder that others can reach", () => {
  for (const mode of [0o701, 0o710, 0o755]) {
    chmodSync(home, mode);
    expect(() => register(home, REGISTRATION)).toThrowError(unusable("others can reach it"));
  }
  expect(readdirSync(home)).toEqual([]);
});

test("refuses a link, a file, and a folder that can't be made", () => {
  const folder = join(home, "real");
  mkdirSync(folder, { mode: 0o700 });
  symlinkSync(folder, join(home, "link"));
  writeFileSync(join(home, "file"), "");
  expect(() => register(join(home, "link"), REGISTRATION)).toThrowError(unusable("symbolic link"));
  expect(() => register(join(home, "file"), REGISTRATION)).toThrowError(unusable("EEXIST"));
  expect(() => register(join(home, "file", "x"), REGISTRATION)).toThrowError(unusable("ENOTDIR"));
  expect(readdirSync(folder)).toEqual([]);
});
