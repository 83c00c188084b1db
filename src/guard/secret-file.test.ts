import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { refusal, usageError } from "./errors.support.ts";
import { readSecretFile } from "./secret-file.ts";

/** What asking for leave to write says, where a test plays a mount. */
let writable: (() => void) | undefined;
vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    accessSync: (...asked: Parameters<typeof real.accessSync>) =>
      writable ? writable() : real.accessSync(...asked),
  };
});

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(join(tmpdir(), "klarna-perf-secret-"));
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
afterEach(() => {
  writable = undefined;
  vi.unstubAllGlobals();
});

function file(content: string | Buffer, mode = 0o600): string {
  const path = join(dir, "secret");
  fs.writeFileSync(path, content);
  fs.chmodSync(path, mode);
  return path;
}

const read = (path: string) => readSecretFile(path, "--api-key-file");
const failing = (error: unknown) => () => {
  throw error;
};
const MB = 1_048_576;

describe("readSecretFile", () => {
  it("gives the text of a file of the user's alone", () => {
    expect(read(file("s\u00e9cret\n"))).toEqual({ text: "s\u00e9cret\n", warning: undefined });
  });

  it("takes 1 MB, and not a byte more", () => {
    expect(read(file("x".repeat(MB))).text).toHaveLength(MB);
    expect(() => read(file("x".repeat(MB + 1)))).toThrow(usageError("KEY_FILE_UNREADABLE"));
  });

  it.each<[string, () => string, string]>([
    ["is not there", () => join(dir, "none"), "ENOENT"],
    ["is a folder", () => dir, "not a file of 1 MB at most"],
    ["is too large", () => file("x".repeat(MB + 1)), "not a file of 1 MB at most"],
  ])("says what is wrong with one that %s", (_, make, why) => {
    const path = make();
    expect(() => read(path)).toThrow(usageError("KEY_FILE_UNREADABLE"));
    expect(() => read(path)).toThrow(
      expect.objectContaining({
        message: `\`${path}\` can't be read: ${why}`,
        hint: expect.stringContaining("--api-key-file"),
      }),
    );
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe that nobody writes to", () => {
    const path = join(dir, "pipe");
    execFileSync("mkfifo", [path]);
    expect(() => read(path)).toThrow(usageError("KEY_FILE_UNREADABLE"));
  });

  it.runIf(fs.existsSync("/proc/self/fd"))("leaves no file open", () => {
    const path = file("secret");
    const before = fs.readdirSync("/proc/self/fd").length;
    read(path);
    expect(fs.readdirSync("/proc/self/fd")).toHaveLength(before);
  });
});

describe.skipIf(process.getuid === undefined)("a file that others can read", () => {
  it.each([0o640, 0o604, 0o601, 0o777])("is refused: %o", (mode) => {
    const path = file("secret", mode);
    expect(() => read(path)).toThrow(refusal("GUARD_KEY_FILE_OPEN"));
    expect(() => read(path)).toThrow(path);
  });

  it("is taken from a read-only mount, where nobody can close it, with a warning", () => {
    writable = failing(Object.assign(new Error("read-only"), { code: "EROFS" }));
    const path = file("secret", 0o644);
    expect(read(path)).toEqual({ text: "secret", warning: expect.stringContaining(path) });
  });

  it.each([
    ["is ours to write", () => {}],
    ["is not ours to write", failing(Object.assign(new Error("denied"), { code: "EACCES" }))],
    ["can't be told about", failing(new Error("why"))],
  ])("is refused when it %s", (_, answer) => {
    writable = answer;
    expect(() => read(file("secret", 0o644))).toThrow(refusal("GUARD_KEY_FILE_OPEN"));
  });

  it("can't be told where the system has no user ids", () => {
    vi.stubGlobal("process", { ...process, getuid: undefined });
    expect(read(file("secret", 0o644))).toEqual({ text: "secret", warning: undefined });
  });
});
