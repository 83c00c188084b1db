import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { BIN, cli, ROOT, stateBesidesLedger, type Workspace, workspace } from "../support/cli.ts";
import { KEYS, SECRET } from "./keys.ts";
import { MARKERS } from "./markers.ts";
import { REGISTERED, TARGETS } from "./targets.ts";

/**
 * A sample of targets, keys and live signs through the program itself: whatever is refused, nothing was connected to, looked up or started.
 * The other files of this folder try every line, without a process of its own.
 */

const COUNTED = join(ROOT, "test", "support", "counted-bin.mjs");

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What the first line on standard error says. */
  readonly code: string;
  readonly exit: 2 | 4;
}

/** A few of many, evenly spread and the same each time; nothing that no command line can hold. */
function some(all: readonly string[], count: number): string[] {
  const fit = all.filter((one) => one !== "" && !/\0|\p{Cs}/u.test(one));
  const step = Math.max(1, Math.floor(fit.length / count));
  return fit.filter((_, at) => at % step === 0).slice(0, count);
}

function givenBy(
  groups: readonly { readonly expect: string; readonly given: readonly string[] }[],
) {
  return (code: string): string[] =>
    groups.filter((group) => group.expect === code).flatMap(({ given }) => given);
}

const refusedTargets = TARGETS.filter(({ acceptedBy }) => acceptedBy === undefined);
const targets = refusedTargets.flatMap(({ given }) => given);
const live = givenBy(MARKERS)("live");
const keysOf = givenBy(KEYS);

const ENVIRONMENTS: readonly Case[] = some(targets, 8).map((given) => ({
  what: "--env",
  args: ["run", "smoke", `--env=${given}`],
  code: "GUARD_ENVIRONMENT_UNKNOWN",
  exit: 4,
}));

const EMULATORS: readonly Case[] = some([...targets, REGISTERED], 8).map((given) => ({
  what: "--emulator-url",
  args: ["run", "smoke", `--emulator-url=${given}`],
  code: "GUARD_EMULATOR_UNKNOWN",
  exit: 4,
}));

const PROFILES: readonly Case[] = some(live, 9).map((given, at) => ({
  what: "a live sign in a profile, a setting and a path",
  ...([
    {
      args: ["run", "mine.yaml"],
      files: { "mine.yaml": `{ name: mine, kind: smoke, description: ${JSON.stringify(given)} }` },
    },
    { args: ["run", "smoke", "--set", `scenarios[0].steps[0].body.note=${JSON.stringify(given)}`] },
    {
      args: [
        "run",
        "smoke",
        "--set",
        `scenarios[0].steps[1].with.payment_request_id=${JSON.stringify(given)}`,
      ],
    },
  ][at % 3] as Pick<Case, "args" | "files">),
  code: "PROFILE_LIVE_MARKER",
  exit: 2,
}));

const PERMITS: readonly Case[] = some(live, 3).map((given) => ({
  what: "a live sign in a permit",
  args: ["run", "smoke", "--env", "klarna-test", "--permit", "permit.json"],
  files: { "permit.json": JSON.stringify({ ...permit(), who: given }) },
  code: "PERMIT_LIVE",
  exit: 2,
}));

const ACCOUNTS: readonly Case[] = ["emulator", "klarna-test"].map((environment) => ({
  what: "a live account",
  args: [
    "run",
    "smoke",
    "--env",
    environment,
    "--account",
    "krn:partner:global:account:live:ABCDEFGH",
  ],
  code: "GUARD_LIVE_MARKER",
  exit: 4,
}));

const KEY_CODES = ["LIVE", "CLIENT_ID", "TRUNCATED", "UNKNOWN", "TOO_LONG"] as const;
const KEY_CASES: readonly Case[] = KEY_CODES.flatMap((kind) =>
  some(keysOf(`GUARD_KEY_${kind}`), 2).map(
    (given, at): Case => ({
      what: "a key that is none",
      args: [
        ...["run", "smoke", "--env", "klarna-test", "--permit", "permit.json"],
        ...(at % 2 === 0 ? [] : ["--api-key-file", "key"]),
      ],
      ...(at % 2 === 0 ? { env: { KLARNA_API_KEY: given } } : {}),
      files: { "permit.json": JSON.stringify(permit()), ...(at % 2 === 0 ? {} : { key: given }) },
      code: `GUARD_KEY_${kind}`,
      exit: 4,
    }),
  ),
);

describe("nothing is opened, looked up or started", () => {
  test.concurrent.for(
    [...ENVIRONMENTS, ...EMULATORS, ...PROFILES, ...PERMITS, ...ACCOUNTS, ...KEY_CASES].map(
      (one, at) => ({ ...one, at }),
    ),
  )("$at: $what, $code", async (given, { onTestFinished }) => {
    const at = workspace();
    onTestFinished(at.remove);
    for (const [name, text] of Object.entries(given.files ?? {})) {
      writeFileSync(at.path(name), text, { mode: 0o600 });
    }
    const before = readdirSync(at.cwd).sort();
    const { code, said, counts } = await counted(at, given);
    expect(said).toMatch(new RegExp(`^klarna-perf: ${given.code}: `, "m"));
    expect([code, counts]).toEqual([given.exit, {}]);
    for (let from = 0; from + 8 <= SECRET.length; from++) {
      expect(said).not.toContain(SECRET.slice(from, from + 8));
    }
    expect(readdirSync(at.cwd).sort()).toEqual(before);
    expect(stateBesidesLedger(at)).toEqual([]);
  });
});

async function counted(at: Workspace, { args, env = {} }: Case) {
  const file = join(at.state, "..", "counts.json");
  const script = { COUNTS_FILE: file, COUNTED_BIN: pathToFileURL(BIN).href };
  const ended = await cli(at, args, { env: { ...env, ...script }, script: COUNTED });
  const said = ended.stdout + ended.stderr;
  if (!existsSync(file)) throw new Error(`it did not come to its end: ${said}`);
  const counts: Record<string, number> = JSON.parse(readFileSync(file, "utf8"));
  return { code: ended.code, said, counts };
}

function permit(): Record<string, unknown> {
  const day = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return {
    permitVersion: 1,
    label: "corpus",
    who: "Ada Example",
    account: "krn:partner:global:account:test:ABCDEFGH",
    level: "partner",
    guidelinesReadOn: day(-1),
    validFrom: day(-1),
    validUntil: day(30),
  };
}
