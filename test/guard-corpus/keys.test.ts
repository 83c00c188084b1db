import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { parseApiKey, type TestApiKey } from "../../src/guard/api-key.ts";
import { type KeySources, readKey } from "../../src/guard/key-source.ts";
import { KEYS, SECRET, TEST_KEY } from "./keys.ts";
import { rowsOf, twice } from "./lines.ts";

/** Pieces of this many characters give a secret away. */
const PIECE = 8;

/** What an error of ours says of any credential. */
const PUBLIC = "starts with klarna_test_api_, KLARNA_API_KEY, GUARD_KEY_CLIENT_ID, undefined";

function piecesOf(text: string): string[] {
  const starts = Array.from({ length: Math.max(0, text.length - PIECE + 1) }, (_, at) => at);
  return starts.map((at) => text.slice(at, at + PIECE)).filter((piece) => !PUBLIC.includes(piece));
}

/** Every piece of a credential that no message may hold: of its text, of its base64, of the secret within. */
function secretsOf(given: string): Set<string> {
  const bytes = Buffer.from(given, "utf8");
  const spellings = [given, bytes.toString("base64"), bytes.toString("base64url"), SECRET];
  return new Set(spellings.flatMap(piecesOf));
}

function expectNoPieceIn(shown: string, given: string): void {
  const leaked = [...secretsOf(given)].filter((piece) => shown.includes(piece));
  expect(leaked).toEqual([]);
}

/** All that can be got out of an error. */
function everythingIn(error: Error & { hint?: string }): string {
  const own = Object.getOwnPropertyNames(error);
  return [error.message, error.hint, error.stack, String(error)]
    .concat(JSON.stringify(error), JSON.stringify(error, own), inspect(error, { depth: 9 }))
    .join("\n");
}

function keyIn(key: TestApiKey): string {
  const [, encoded = ""] = key.authorization().split("Basic ");
  return Buffer.from(encoded, "base64").toString("utf8").replace(/^:/, "");
}

const folder = mkdtempSync(join(tmpdir(), "klarna-perf-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a credential", () => {
  it.each(rowsOf(KEYS))("%s (%s): %s", async (_, __, expected, given) => {
    const file = join(folder, "key");
    writeFileSync(file, given, { mode: 0o600 });
    const ways: readonly (readonly [string, () => Promise<TestApiKey>])[] = [
      ["alone", async () => parseApiKey(given)],
      ["in a variable", () => read({ env: { KLARNA_API_KEY: given } })],
      ["in a file", () => read({ env: {}, file })],
    ];
    let shown = "";
    for (const [way, take] of ways) {
      // An empty variable is none, which is another refusal.
      if (given === "" && way === "in a variable") continue;
      const outcome = await take().catch((error: Error) => error);
      if (outcome instanceof Error) {
        const refused = { name: "Refusal", code: expected, exitCode: 4 };
        expect([way, outcome]).toEqual([way, expect.objectContaining(refused)]);
        shown += everythingIn(outcome);
      } else {
        expect([way, "accepted"]).toEqual([way, expected]);
        expect(keyIn(outcome)).toMatch(/^klarna_test_api_[A-Za-z0-9_.=+/-]{16,}$/);
        shown += `${outcome}${JSON.stringify(outcome)}${inspect(outcome)}`;
      }
    }
    expectNoPieceIn(shown, given);
  });

  it("is taken out of each documented wrapping whole", () => {
    const [wrapped] = KEYS;
    expect(wrapped?.expect).toBe("accepted");
    for (const given of wrapped?.given ?? []) expect(keyIn(parseApiKey(given))).toBe(TEST_KEY);
  });

  it("stands in the corpus once", () => {
    expect(twice(KEYS)).toEqual([]);
  });

  it("would be found if a message held it", () => {
    const error = Object.assign(new Error("no"), { hint: SECRET.slice(5, 13) });
    expect(() => expectNoPieceIn(everythingIn(error), TEST_KEY)).toThrow(/to deeply equal/);
  });
});

async function read(sources: KeySources): Promise<TestApiKey> {
  return (await readKey(sources, systemClock())).key;
}
