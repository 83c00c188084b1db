import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import yargs from "yargs";
import { COMMANDS } from "../../src/cli/commands.ts";
import { parsePermit } from "../../src/guard/permit.ts";
import { prepare } from "../../src/harness/prepare.ts";
import { FIGURES } from "../../src/profile/threshold.ts";
import { ROOT } from "../support/cli.ts";
import { blocksOf, commandsOf, PAGES } from "./pages.ts";

/** What the documents show is what the program takes: in blocks, in the middle of a sentence, in a profile's comments. */

/** The tables that the examples name. */
const DATA = { "carts.csv": "amount,currency,reference\n1000,EUR,10001\n2500,USD,10002\n" };

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of Object.entries(DATA)) writeFileSync(join(folder, name), text);

const profiles = PAGES.flatMap(blocksOf).filter(
  ({ language, text }) => language === "yaml" && text.startsWith("name:"),
);

test.each(profiles)("the profile of $at can be run", ({ text }) => {
  writeFileSync(join(folder, "shown.yaml"), text);
  const env = { KLARNA_PERF_STATE: join(folder, "state") };
  const surroundings = { cwd: folder, env, execArgv: [], argv: [], nowMs: 0 };
  const { decision, warnings } = prepare({ profile: "shown.yaml", seed: 1 }, surroundings);
  expect(decision).toMatchObject({ allowed: true });
  expect(warnings).toEqual([]);
});

const commands = [
  ...PAGES.flatMap(commandsOf).filter(({ line }) => /^(?:npx )?klarna-perf /.test(line)),
  ...PAGES.flatMap(inSentences),
  ...["profiles", "templates"].flatMap(inComments),
];

test.each(commands)("$at: $line", ({ line }) => {
  expect(complaint(wordsOf(line))).toBe(undefined);
});

test("the permit that docs/safety.md shows is one", () => {
  const [shown] = blocksOf("docs/safety.md").filter(({ language }) => language === "json");
  const permit = parsePermit(shown?.text ?? "", "permit.json");
  expect(permit).toMatchObject({ label: "checkout team Q4" });
});

test.each([
  ["src/guard/kill-switch.ts", /"(STOP_[A-Z_]+)"/g],
  ["src/guard/standing.ts", /"(GUARD_[A-Z_]+)"/g],
])("docs/safety.md has a row for each code of %s", (file, code) => {
  const source = readFileSync(join(ROOT, file), "utf8");
  const codes = new Set([...source.matchAll(code)].map(([, found]) => found));
  expect(codes.size).toBeGreaterThan(3);
  const page = readFileSync(join(ROOT, "docs/safety.md"), "utf8");
  expect([...codes].filter((found) => !page.includes(`\n| \`${found}\` |`))).toEqual([]);
});

test("docs/profiles.md names each figure that a threshold takes", () => {
  const page = readFileSync(join(ROOT, "docs/profiles.md"), "utf8");
  const [, part = ""] = /^## Thresholds\n(.*?)^## /ms.exec(page) ?? [];
  const named = [...part.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) => {
    const words = [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
    const time = words[0]?.split(".")[0] ?? "";
    return words.map((word) => (word.startsWith(".") ? time + word : word));
  });
  expect(named.sort()).toEqual([...FIGURES].sort());
});

describe("the reading of the documents", () => {
  test("finds what they show", () => {
    expect(profiles.map(({ at }) => at.replace(/:\d+$/, ""))).toEqual([
      "README.md",
      "docs/profiles.md",
      "docs/profiles.md",
      "docs/tutorial.md",
    ]);
    expect(commands.length).toBeGreaterThan(60);
  });

  test.each([
    ["klarna-perf runn smoke", "Unknown arguments: runn, smoke"],
    ["klarna-perf run smoke --emulator-ulr x", "Unknown arguments: emulator-ulr"],
    ["klarna-perf run", "Not enough non-option arguments"],
  ])("%s is not taken", (line, expected) => {
    expect(complaint(wordsOf(line))).toContain(expected);
  });
});

/** `klarna-perf audit --verify` in the middle of a sentence; a command's mere name says nothing of what it takes. */
function inSentences(page: string): { at: string; line: string }[] {
  const text = readFileSync(join(ROOT, page), "utf8").replace(/^```.*?^```$/gms, "");
  return [...text.matchAll(/`((?:npx )?klarna-perf [a-z]+ [^`]+)`/g)].map(([, line = ""]) => ({
    at: page,
    // A command that is named with the rest left open.
    line: line.replace(/\s+/g, " ").replace(/ ?…$/, ""),
  }));
}

/** `#   klarna-perf run smoke      what it is for` */
function inComments(folder: string): { at: string; line: string }[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) =>
    [...readFileSync(join(ROOT, folder, name), "utf8").matchAll(/^# {3}(klarna-perf .*)$/gm)].map(
      ([, comment = ""]) => ({
        at: `${folder}/${name}`,
        line: comment.replace(/ {2,}.*$/, "").replaceAll("@NAME@", "mine"),
      }),
    ),
  );
}

/** The words after the program's name, as a shell makes them; a redirection is none. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s>\s*\S+$/, "").match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  const unquoted = words.map((word) => word.replaceAll("'", ""));
  return unquoted.slice(unquoted.indexOf("klarna-perf") + 1);
}

/** What the command line has against these words; no command runs. */
function complaint(words: readonly string[]): string | undefined {
  let told: string | undefined;
  const parser = yargs([...words])
    .strict()
    .demandCommand(1)
    .exitProcess(false)
    .detectLocale(false)
    .fail((message, error) => {
      told ??= message ?? error.message;
    });
  for (const { name, describe, options } of COMMANDS) {
    parser.command(name, describe, options, () => {});
  }
  parser.parse();
  return told;
}
