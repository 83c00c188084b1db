import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../base/clock.ts";
import { type KeySources, readKey } from "./key-source.ts";

const KEY = "klarna_test_api_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
const LIVE = KEY.replace("_test_", "_live_");
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "klarna-perf-key-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const read = (sources: Partial<KeySources>) => readKey({ env: {}, ...sources }, systemClock());
function keyFile(text: string, mode = 0o600): string {
  const file = join(dir, "key");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}
const coded = (code: string) => expect.objectContaining({ code });

describe("readKey", () => {
  it("takes the variable, and deletes it", async () => {
    const env: Record<string, string | undefined> = { KLARNA_API_KEY: KEY };
    const { key } = await read({ env });
    expect(key.authorization()).toBe(`Basic ${Buffer.from(`:${KEY}`).toString("base64")}`);
    expect("KLARNA_API_KEY" in env).toBe(false);
  });

  it("deletes the variable of a key that it refuses, and shows none of it", async () => {
    const env: Record<string, string | undefined> = { KLARNA_API_KEY: LIVE };
    const error = await read({ env }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(coded("GUARD_KEY_LIVE"));
    expect(inspect(error)).not.toContain("QUJD");
    expect("KLARNA_API_KEY" in env).toBe(false);
  });

  it("takes a file of the user's alone, through a link too", async () => {
    const file = keyFile(`${KEY}\n`);
    const link = join(dir, "link");
    symlinkSync(file, link);
    for (const path of [file, link]) {
      expect((await read({ file: path })).warning).toBeUndefined();
    }
  });

  it.each([0o640, 0o604, 0o644])("refuses a file that others can read: %o", async (mode) => {
    await expect(read({ file: keyFile(KEY, mode) })).rejects.toThrow(coded("GUARD_KEY_FILE_OPEN"));
  });

  it("tells a file that is not there, or is none, from a bad key", async () => {
    await expect(read({ file: join(dir, "no") })).rejects.toThrow(coded("KEY_FILE_UNREADABLE"));
    await expect(read({ file: dir })).rejects.toThrow(coded("KEY_FILE_UNREADABLE"));
    await expect(read({ file: keyFile("nonsense") })).rejects.toThrow(coded("GUARD_KEY_UNKNOWN"));
  });

  it("runs a command without a shell: its words are handed on as they stand", async () => {
    const command = `"${process.execPath}" -e 'process.stdout.write(process.argv[1])' "${KEY}"`;
    expect((await read({ command })).key.fingerprint).toHaveLength(12);
    const shelled = `"${process.execPath}" -e 'process.stdout.write(process.argv[1])' $KLARNA_API_KEY`;
    await expect(read({ command: shelled })).rejects.toThrow(coded("GUARD_KEY_UNKNOWN"));
  });

  it("says why a command gave no key", async () => {
    const failing = `"${process.execPath}" -e 'process.exit(3)'`;
    await expect(read({ command: failing })).rejects.toThrow("--api-key-command exited with 3");
    await expect(read({ command: "no-such-program-here" })).rejects.toThrow(coded("KEY_COMMAND"));
  });

  it("wants one source, and no more", async () => {
    await expect(read({})).rejects.toThrow(coded("KEY_MISSING"));
    const env = { KLARNA_API_KEY: KEY };
    await expect(read({ env, file: keyFile(KEY) })).rejects.toThrow(coded("KEY_SEVERAL"));
  });
});
