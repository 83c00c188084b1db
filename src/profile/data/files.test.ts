import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UsageError } from "../../base/errors.ts";
import { DATA_BYTES_MAX, dataReader } from "./files.ts";

let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "data-"));
  folder = join(root, "profiles");
  mkdirSync(join(folder, "data"), { recursive: true });
  mkdirSync(join(folder, "real"));
  writeFileSync(join(root, "outside.csv"), "a\n1\n");
  writeFileSync(join(folder, "carts.csv"), "\ufeffa\n1\n");
  writeFileSync(join(folder, "data", "carts.csv"), "b\n1\n");
  writeFileSync(join(folder, "real", "carts.csv"), "c\n1\n");
  writeFileSync(join(folder, "latin1.csv"), Buffer.from([0x61, 0x0a, 0xe9, 0x0a]));
  writeFileSync(join(folder, "utf16.csv"), Buffer.from("\ufeffa\n1\n", "utf16le"));
  writeFileSync(join(folder, "large.csv"), "x".repeat(DATA_BYTES_MAX + 1));
  symlinkSync(join(root, "outside.csv"), join(folder, "link.csv"));
  symlinkSync(root, join(folder, "up"));
  symlinkSync(join(folder, "real"), join(folder, "inside"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const read = (file: string) => dataReader(folder, root)(file);

test.each([
  ["carts.csv", "profiles/carts.csv", "a\n1\n"],
  ["data/carts.csv", "profiles/data/carts.csv", "b\n1\n"],
  // A link that stays within the folder leads to nothing that could not be named.
  ["inside/carts.csv", "profiles/inside/carts.csv", "c\n1\n"],
])("%s", (asked, file, text) => {
  expect(read(asked)).toMatchObject({ file, text });
});

test.each([
  ["missing.csv", "PROFILE_DATA_NOT_FOUND"],
  ["carts.csv/x.csv", "PROFILE_DATA_NOT_FOUND"],
  ["link.csv", "PROFILE_DATA_OUTSIDE"],
  ["up/outside.csv", "PROFILE_DATA_OUTSIDE"],
  ["up", "PROFILE_DATA_OUTSIDE"],
  ["../outside.csv", "PROFILE_DATA_OUTSIDE"],
  ["data", "PROFILE_DATA_UNREADABLE"],
  ["latin1.csv", "PROFILE_DATA_NOT_TEXT"],
  ["utf16.csv", "PROFILE_DATA_NOT_TEXT"],
  ["large.csv", "PROFILE_DATA_TOO_LARGE"],
])("%s: %s", (file, code) => {
  expect(() => read(file)).toThrow(expect.objectContaining({ code, constructor: UsageError }));
});

test.skipIf(process.platform === "win32")("a named pipe is not waited for", () => {
  execFileSync("mkfifo", [join(folder, "pipe.csv")]);
  expect(() => read("pipe.csv")).toThrow(
    expect.objectContaining({ code: "PROFILE_DATA_UNREADABLE" }),
  );
});
