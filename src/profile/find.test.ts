import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../base/errors.ts";
import { findProfile, listProfiles } from "./find.ts";

let folder: string;
let folders: { cwd: string; builtInDir: string };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "profiles-"));
  folders = { cwd: join(folder, "project"), builtInDir: join(folder, "built-in") };
  mkdirSync(join(folders.cwd, "profiles"), { recursive: true });
  mkdirSync(folders.builtInDir);
  const here = (name: string, text: string | Buffer) =>
    writeFileSync(join(folders.cwd, name), text);
  writeFileSync(join(folders.builtInDir, "smoke.yaml"), "built-in smoke");
  writeFileSync(join(folders.builtInDir, "baseline.yaml"), "built-in baseline");
  writeFileSync(join(folders.builtInDir, "link.yaml"), "built-in link");
  writeFileSync(join(folders.builtInDir, "doctor-probe.yaml"), "what doctor --probe runs");
  here("profiles/smoke.yaml", "my smoke");
  here("profiles/checkout.yml", "my checkout");
  here("profiles/Not A Name.yaml", "x");
  here("profiles/notes.txt", "x");
  here("profiles/latin1.yaml", Buffer.from([0x61, 0xe9]));
  here("profiles/large.yaml", "x".repeat(256 * 1024 + 1));
  here("profiles/largest.yaml", "x".repeat(256 * 1024));
  here("marked.yaml", "\ufeffname: a");
  mkdirSync(join(folders.cwd, "profiles/folder.yaml"));
  symlinkSync(join(folders.cwd, "profiles/smoke.yaml"), join(folders.cwd, "profiles/link.yaml"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("findProfile", () => {
  test.each([
    ["smoke", "profiles/smoke.yaml", "my smoke"],
    ["checkout", "profiles/checkout.yml", "my checkout"],
    ["./profiles/checkout.yml", "profiles/checkout.yml", "my checkout"],
    ["marked.yaml", "marked.yaml", "name: a"],
    // A path is what its writer chose: a link is fine there.
    ["profiles/link.yaml", "profiles/link.yaml", "my smoke"],
  ])("%s", (asked, file, text) => {
    const folder = dirname(join(folders.cwd, file));
    expect(findProfile(asked, folders)).toEqual({ folder, file, text });
  });

  test("a built-in profile, where the project has none of that name", () => {
    const found = findProfile("baseline", folders);
    expect(found).toEqual({
      folder: folders.builtInDir,
      file: join(folders.builtInDir, "baseline.yaml"),
      text: "built-in baseline",
    });
  });

  test("the largest file that is read", () => {
    expect(findProfile("largest", folders).text).toHaveLength(256 * 1024);
  });

  test.each([
    [
      "smokee",
      "PROFILE_NOT_FOUND",
      "did you mean `smoke`? the profiles here are baseline, checkout",
    ],
    ["Smoke", "PROFILE_NAME", "did you mean `smoke`?"],
    ["..", "PROFILE_NAME", "the profiles here are"],
    ["", "PROFILE_NAME", "the profiles here are"],
    ["-v", "PROFILE_NAME", "beginning with a letter or digit"],
    ["sm\u202eoke\n::error::", "PROFILE_NAME", "the profiles here are"],
    ["x".repeat(65), "PROFILE_NAME", "at most 64"],
    ["none/smoke.yaml", "PROFILE_NOT_FOUND", "or the name of one: baseline, checkout"],
    ["profiles/smoke.yaml/x", "PROFILE_NOT_FOUND", "or the name of one"],
    ["a\0b/c", "PROFILE_UNREADABLE", "check the path"],
    // Never passed over in favour of the built-in one of that name.
    ["link", "PROFILE_LINK", "give its path"],
    ["folder", "PROFILE_UNREADABLE", "check the path"],
    ["latin1", "PROFILE_NOT_TEXT", "UTF-8"],
    ["large", "PROFILE_TOO_LARGE", "does not look like a profile"],
  ])("%j is told as %s", (asked, code, hint) => {
    let error: unknown;
    try {
      findProfile(asked, folders);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(String(error)).not.toMatch(/[\n\u202e]/);
  });

  test.skipIf(process.platform === "win32")("a named pipe is refused at once", () => {
    execFileSync("mkfifo", [join(folders.cwd, "pipe.yaml")]);
    expect(() => findProfile("pipe.yaml", folders)).toThrow(
      "`pipe.yaml` can't be read: not a file",
    );
    expect(() => findProfile("/dev/zero", folders)).toThrow(
      "`/dev/zero` can't be read: not a file",
    );
  });
});

describe("listProfiles", () => {
  test("names each once, the project's before the built-in one, and nothing that is no profile", () => {
    expect(listProfiles(folders).filter(({ name }) => !name.startsWith("la"))).toEqual([
      { name: "baseline", file: join(folders.builtInDir, "baseline.yaml"), source: "built-in" },
      { name: "checkout", file: "profiles/checkout.yml", source: "working-directory" },
      { name: "link", file: join(folders.builtInDir, "link.yaml"), source: "built-in" },
      { name: "smoke", file: "profiles/smoke.yaml", source: "working-directory" },
    ]);
  });

  test("not what `doctor --probe` runs, which is found by its name all the same", () => {
    expect(listProfiles(folders).map(({ name }) => name)).not.toContain("doctor-probe");
    expect(findProfile("doctor-probe", folders).text).toBe("what doctor --probe runs");
  });

  test("a working directory without profiles is common", () => {
    const list = listProfiles({ ...folders, cwd: folder });
    expect(list.map(({ name }) => name)).toEqual(["baseline", "link", "smoke"]);
    expect(list[0]?.file).toBe("built-in/baseline.yaml");
  });
});
