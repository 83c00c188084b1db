import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  CLIENT_ID,
  expectNoTrace,
  KEY,
  LIVE_KEY,
  leftBehind,
  SECRET,
  WRAPPINGS,
} from "../support/canary.ts";
import { cli, loadProfile, workspace } from "../support/cli.ts";

/** Where nobody should put a key, and where somebody will. */

type Given = (key: string) => readonly string[];

const ARGUMENTS: Readonly<Record<string, Given>> = {
  "the command": (key) => [key],
  "a profile's name": (key) => ["run", key],
  "a profile's path": (key) => ["run", `./${key}.yaml`],
  "the profile to plan": (key) => ["plan", key, "--json"],
  "a value for --set": (key) => ["run", "load.yaml", "--set", `description=${key}`],
  "a path for --set": (key) => ["run", "load.yaml", "--set", `${key}=1`],
  "--permit": (key) => ["run", "load.yaml", "--permit", key],
  "--account": (key) => ["run", "load.yaml", "--account", key],
  "--env": (key) => ["run", "load.yaml", "--env", key],
  "--seed": (key) => ["run", "load.yaml", "--seed", key],
  "--tag": (key) => ["run", "load.yaml", "--tag", `note=${key}`],
  "the name of a tag": (key) => ["run", "load.yaml", "--tag", `${key}=1`],
  "--out": (key) => ["run", "load.yaml", "--out", `reports/${key}`],
  "--accept": (key) => ["run", "load.yaml", "--accept", key],
  "the user of --emulator-url": (key) => [
    "run",
    "load.yaml",
    "--emulator-url",
    `https://${key}@127.0.0.1:9`,
  ],
  "--api-key, which there is not": (key) => ["run", "load.yaml", "--api-key", key],
  "--api-key=, likewise": (key) => ["run", "load.yaml", `--api-key=${key}`],
  "an option by itself": (key) => ["run", "load.yaml", `--${key}`],
  "one argument too many": (key) => ["run", "load.yaml", key],
  "--api-key-file, which wants a file's name": (key) => ["run", "load.yaml", "--api-key-file", key],
  "--api-key-command, where the process list shows it": (key) => [
    "run",
    "load.yaml",
    "--api-key-command",
    `echo ${key}`,
  ],
  "a file to validate": (key) => ["validate", key],
  "a run's folder": (key) => ["report", key],
  "a profile to look up": (key) => ["history", key],
  "a permit's file": (key) => ["permit", key],
  "a permit to make": (key) => ["permit", "p.json", "--make", "--label", "x", "--who", key],
  "a report to hold the log against": (key) => ["audit", "--verify", "--report", key],
  "the emulator's latency": (key) => ["emulator", "--latency", key],
  "the emulator's port": (key) => ["emulator", "--port", key],
  "a flag of doctor's": (key) => ["doctor", key],
  "a flag of list's": (key) => ["list", key],
};

/** As an argument each is seen before any command is; so the ways to write a key need not be tried at every place. */
const SPELLINGS: readonly (readonly [what: string, key: string])[] = [
  ...Object.entries(WRAPPINGS).map(([what, wrap]) => [what, wrap(KEY)] as const),
  ["live", LIVE_KEY],
  ["live, as Basic", WRAPPINGS.Basic?.(LIVE_KEY) ?? ""],
  ["a client id", CLIENT_ID],
  ["cut short", KEY.slice(0, -22)],
  ["in capitals", KEY.toUpperCase()],
];

const CASES = [
  ...Object.entries(ARGUMENTS).map(([place, given]) => ({
    place,
    what: "a key",
    args: given(KEY),
  })),
  ...SPELLINGS.map(([what, key]) => ({
    place: "--tag",
    what,
    args: ARGUMENTS["--tag"]?.(key) ?? [],
  })),
];

describe.concurrent("a key among the arguments", () => {
  test.for(CASES)(
    "as $place ($what): refused before anything is done, and not repeated",
    async ({ args }, { onTestFinished }) => {
      const at = workspace();
      onTestFinished(at.remove);
      writeFileSync(at.path("load.yaml"), loadProfile());
      const ended = await cli(at, args);
      expect(ended.stderr).toMatch(/^klarna-perf: USAGE_CREDENTIAL: .*\n {2}replace that key/);
      expect(ended.code).toBe(2);
      expect(ended.stdout).toBe("");
      expectNoTrace(SECRET, leftBehind(at, ended));
      expect([...leftBehind(at).keys()]).toEqual([
        "load.yaml",
        "standard output",
        "standard error",
      ]);
    },
  );
});

interface InFile {
  readonly place: string;
  /** The file's text with the key in it. */
  readonly text: (key: string) => string;
}

const LOAD = loadProfile();
const step = (lines: string) => LOAD.replace("        save:", `${lines}\n        save:`);

const PROFILES: readonly InFile[] = [
  { place: "name", text: (key) => LOAD.replace("name: load", `name: ${key}`) },
  { place: "kind", text: (key) => LOAD.replace("kind: capacity", `kind: ${key}`) },
  { place: "description", text: (key) => `${LOAD}description: see ${key}\n` },
  { place: "tag", text: (key) => `${LOAD}tags: { note: "${key}" }\n` },
  { place: "tag's name", text: (key) => `${LOAD}tags: { "${key}": note }\n` },
  { place: "body", text: (key) => step(`        body: { note: "${key}" }`) },
  { place: "body's field", text: (key) => step(`        body: { "${key}": note }`) },
  { place: "header", text: (key) => step(`        headers: { Klarna-Note: "${key}" }`) },
  { place: "header's name", text: (key) => step(`        headers: { "${key}": note }`) },
  { place: "parameter", text: (key) => LOAD.replace('"{id}"', `"${key}"`) },
  {
    place: "name of what is saved",
    text: (key) => LOAD.replace("save: { id:", `save: { "${key}":`),
  },
  {
    place: "path of what is saved",
    text: (key) => LOAD.replace("$.payment_request_id", `$.${key}`),
  },
  { place: "operation", text: (key) => LOAD.replace("payment-request.read", key) },
  { place: "unknown key", text: (key) => `${LOAD}${key}: 1\n` },
  { place: "rate", text: (key) => LOAD.replace("10/s", key) },
  { place: "threshold", text: (key) => LOAD.replace("figure: errors", `figure: ${key}`) },
  { place: "YAML that is broken", text: (key) => `${LOAD}x: [${key}\n` },
  { place: "YAML tag", text: (key) => `${LOAD}x: !${key} 1\n` },
  { place: "text with a tab before it", text: (key) => `${LOAD}\t${key}: 1\n` },
];

const ACCOUNT = "krn:partner:global:account:test:ABCDEFGH";
const permit = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    permitVersion: 1,
    label: "canary",
    who: "Ada Example",
    account: ACCOUNT,
    level: "partner",
    guidelinesReadOn: "2026-11-02",
    validFrom: "2026-11-02",
    validUntil: "2027-01-15",
    ...fields,
  });

const PERMITS: readonly InFile[] = [
  { place: "label", text: (key) => permit({ label: key }) },
  { place: "who", text: (key) => permit({ who: key }) },
  { place: "account", text: (key) => permit({ account: key }) },
  { place: "klarnaReference", text: (key) => permit({ klarnaReference: `see ${key}` }) },
  { place: "addresses", text: (key) => permit({ addresses: [key] }) },
  { place: "day", text: (key) => permit({ validFrom: key }) },
  { place: "unknown field", text: (key) => permit({ [key]: 1 }) },
  { place: "text that is not JSON", text: (key) => `{ ${key}` },
];

describe.concurrent("a key in a file", () => {
  const keys = [
    ["test", KEY],
    ["live", LIVE_KEY],
    ["Basic", WRAPPINGS.Basic?.(KEY) ?? ""],
  ] as const;

  test.for(keys)(
    "in any place of a profile (%s): refused and not repeated",
    async ([, key], { onTestFinished }) => {
      const at = workspace();
      onTestFinished(at.remove);
      const names = PROFILES.map((_, i) => `p${i}.yaml`);
      for (const [i, { text }] of PROFILES.entries())
        writeFileSync(at.path(`p${i}.yaml`), text(key));
      const ended = await cli(at, ["validate", ...names]);
      for (const [i, { place }] of PROFILES.entries()) {
        expect(ended.stdout, place).not.toContain(`p${i}.yaml`);
        expect(ended.stderr, place).toMatch(
          new RegExp(
            `^klarna-perf: PROFILE_(?:API_KEY|LIVE_MARKER|YAML|YAML_TAG|YAML_TAB): p${i}.yaml:`,
            "m",
          ),
        );
      }
      expect(ended.code).toBe(2);
      expectNoTrace(SECRET, leftBehind(at, ended, names));
      const run = await cli(at, ["run", "p2.yaml", "--json"]);
      const plan = await cli(at, ["plan", "p5.yaml", "--json"]);
      const list = await cli(at, ["list", "--json"]);
      for (const one of [run, plan, list]) expectNoTrace(SECRET, leftBehind(at, one, names));
    },
  );

  test.for(PERMITS)(
    "in a permit's $place: refused and not repeated",
    async ({ text }, { onTestFinished }) => {
      const at = workspace();
      onTestFinished(at.remove);
      const commands = [
        ["permit", "permit.json"],
        ["plan", "smoke", "--env", "klarna-test", "--permit", "permit.json"],
        ["run", "load.yaml", "--permit", "permit.json"],
      ];
      writeFileSync(at.path("load.yaml"), LOAD);
      for (const [i, [what, key]] of keys.entries()) {
        writeFileSync(at.path("permit.json"), text(key));
        const ended = await cli(at, commands[i] ?? []);
        expect(ended.stderr, what).toMatch(/^klarna-perf: PERMIT_(?:CREDENTIAL|LIVE): /);
        expect(ended.code).toBe(2);
        expectNoTrace(SECRET, leftBehind(at, ended, ["permit.json"]));
      }
    },
  );

  test("that is the name of the file: not repeated, whatever the file is taken for", async ({
    onTestFinished,
  }) => {
    const at = workspace();
    onTestFinished(at.remove);
    // As a shell's wildcard gives it: no argument of the user's own, but an argument.
    writeFileSync(at.path(`${KEY}.yaml`), LOAD);
    const ended = await cli(at, ["validate", `${KEY}.yaml`]);
    expect(ended.code).toBe(2);
    expectNoTrace(SECRET, leftBehind(at, ended, [`${KEY}.yaml`]));
  });
});
