import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../base/clock.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { refusal, usageError } from "./errors.support.ts";
import { type KeySources, readKey } from "./key-source.ts";

const KEY = "klarna_test_api_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo";
const SENT = `Basic ${Buffer.from(`:${KEY}`).toString("base64")}`;
const LIVE = KEY.replace("_test_", "_live_");
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "klarna-perf-key-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A program of ours that prints the key when it is given exactly these words, a list in JSON. */
function program(name: string, words: string): void {
  const script = `console.log(JSON.stringify(process.argv.slice(2)) === JSON.stringify(${words}) ? "${KEY}" : "")`;
  writeFileSync(join(dir, name), `#!${process.execPath}\n${script}\n`, { mode: 0o700 });
}

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
    expect(key.authorization()).toBe(SENT);
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

  it("hands a command's words on, quoted or not, and finds it by PATH, where folders are absolute", async () => {
    program("tool", `["a b", "c\\"d", "e", "", "f=$g"]`);
    const command = `tool 'a b' 'c"d' "e" '' f=$g`;
    for (const PATH of [dir, `${join(dir, "none")}${delimiter}${dir}`]) {
      expect((await read({ command, env: { PATH } })).key.authorization()).toBe(SENT);
    }
    const elsewhere = [undefined, "", join(dir, "none"), relative(process.cwd(), dir)];
    for (const PATH of elsewhere) {
      await expect(read({ command, env: { PATH } })).rejects.toThrow(usageError("KEY_COMMAND"));
    }
    await expect(read({ command: "  ", env: { PATH: dir } })).rejects.toThrow(
      usageError("KEY_COMMAND"),
    );
    // A path is taken as it stands, whatever PATH says.
    const path = `"${join(dir, "tool")}" 'a b' 'c"d' "e" '' f=$g`;
    expect((await read({ command: path })).key.authorization()).toBe(SENT);
  });

  it.runIf(existsSync("/proc/self/fd"))(
    "lets a command ask its user for a passphrase",
    async () => {
      const ours = [0, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`));
      const script = join(dir, "ask.cjs");
      const theirs = `[0, 2].map((fd) => require("fs").readlinkSync("/proc/self/fd/" + fd))`;
      writeFileSync(
        script,
        `console.log(JSON.stringify(${theirs}) === process.argv[2] ? "${KEY}" : "")`,
      );
      const command = `"${process.execPath}" "${script}" '${JSON.stringify(ours)}'`;
      expect((await read({ command })).key.authorization()).toBe(SENT);
    },
  );

  it.each<[string, () => string, string | RegExp]>([
    ["fails", () => `"${process.execPath}" -e 'process.exit(3)'`, "exited with 3"],
    [
      "is killed",
      () => `"${process.execPath}" -e 'process.kill(process.pid, "SIGKILL")'`,
      "exited with a signal",
    ],
    ["is a folder", () => `"${dir}"`, "could not be started"],
    ["is not there", () => "no-such-program-here", "not there"],
    ["is blank", () => "  ", "not there"],
  ])("says why a command that %s gave no key", async (_, command, why) => {
    const error = await read({ command: command() }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(usageError("KEY_COMMAND"));
    expect(String(error)).toContain(why);
  });

  it("gives a command a minute, then kills it", async () => {
    const clock = new VirtualClock();
    const mark = join(dir, "pid");
    const waiting = `require("fs").writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)`;
    const command = `"${process.execPath}" -e '${waiting}' "${mark}"`;
    const reading = readKey({ env: {}, command }, clock).catch((thrown: unknown) => thrown);
    const pid = () => (existsSync(mark) ? Number(readFileSync(mark, "utf8")) : 0);
    await until(() => pid() > 0);
    clock.step();
    expect(clock.now()).toBe(60_000_000);
    const error = await reading;
    expect(error).toEqual(usageError("KEY_COMMAND"));
    expect(String(error)).toContain("took longer than a minute");
    await until(() => !isAlive(pid()));
  });

  it("leaves no timer behind, however a command ended", async () => {
    const clock = new VirtualClock();
    const ending = (command: string) => readKey({ env: {}, command }, clock).catch(() => {});
    await ending(`"${process.execPath}" -e 'process.stdout.write(process.argv[1])' "${KEY}"`);
    await ending(`"${process.execPath}" -e 'process.exit(3)'`);
    await ending(`"${dir}"`);
    expect(clock.pending).toBe(0);
  });

  it("takes no more of a command's output than a key could be", async () => {
    const command = `"${process.execPath}" -e 'process.stdout.write("x".repeat(1e6))'`;
    await expect(read({ command })).rejects.toThrow(refusal("GUARD_KEY_TOO_LONG"));
  });

  it.each([
    ["alone", `KLARNA_API_KEY=${KEY}`],
    ["quoted, among others", `A=1\n# KLARNA_API_KEY=no\nKLARNA_API_KEY="${KEY}"\nB=2\n`],
  ])("takes the variable out of a file: %s", async (_, text) => {
    expect((await read({ envFile: keyFile(text) })).key.authorization()).toBe(SENT);
  });

  it.each([["A=1"], ["KLARNA_API_KEY="], [""]])("finds none in a file of %j", async (text) => {
    const envFile = keyFile(text);
    await expect(read({ envFile })).rejects.toThrow(usageError("KEY_MISSING"));
    await expect(read({ envFile })).rejects.toThrow(envFile);
  });

  it("names the option whose file can't be read", async () => {
    const none = join(dir, "none");
    for (const [option, sources] of [
      ["--api-key-file", { file: none }],
      ["--env-from", { envFile: none }],
    ] as const) {
      await expect(read(sources)).rejects.toThrow(
        expect.objectContaining({ hint: expect.stringContaining(option) }),
      );
    }
  });

  it("wants one source, and no more", async () => {
    for (const none of ["", undefined]) {
      const env = { KLARNA_API_KEY: none };
      const sources = none === undefined ? {} : { file: none, command: none, envFile: none };
      await expect(read({ env, ...sources })).rejects.toThrow(usageError("KEY_MISSING"));
    }
    const all: readonly Partial<KeySources>[] = [
      { env: { KLARNA_API_KEY: KEY } },
      { file: keyFile(KEY) },
      { command: "tool" },
      { envFile: keyFile(KEY) },
    ];
    for (const [i, one] of all.entries()) {
      for (const another of all.slice(i + 1)) {
        await expect(read(structuredClone({ ...one, ...another }))).rejects.toThrow(
          usageError("KEY_SEVERAL"),
        );
      }
    }
  });
});
