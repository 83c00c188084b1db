import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Ended, Workspace } from "./cli.ts";

/**
 * Canaries: secrets that a test plants and then looks for, in every spelling that a careless program could give
 * them, in every byte that it wrote.
 */

/** The part of a canary that is secret: nothing but letters and digits, so that it passes for an id anywhere. */
export const SECRET = "Zq7Xw3Kp9Rv5Tn2Lm8Jh4Gd6Fs1Yb0UcQe";
export const KEY = `klarna_test_api_${SECRET}`;
export const LIVE_KEY = `klarna_live_api_${SECRET}`;
export const CLIENT_ID = `klarna_test_client_${SECRET}`;

/** Pieces of this length give a secret away. */
const PIECE = 12;

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** A key as people hand it on. */
export const WRAPPINGS: Readonly<Record<string, (key: string) => string>> = {
  raw: (key) => key,
  base64: base64,
  "base64 of :key": (key) => base64(`:${key}`),
  "base64 of user:key": (key) => base64(`user:${key}`),
  base64url: (key) => Buffer.from(`:${key}`, "utf8").toString("base64url"),
  Basic: (key) => `Basic ${base64(`:${key}`)}`,
  "percent-encoded": (key) => [...key].map(percent).join(""),
};

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** The spellings of a secret, each in pieces; small letters, since letter case hides nothing. */
function spellings(secret: string): ReadonlyMap<string, readonly string[]> {
  const bytes = Buffer.from(secret, "utf8");
  // What stands before the secret decides at which of three places its base64 begins.
  const shifted = ["", "_", "__"].map((before) => base64(before + secret).slice(4, -4));
  const escaped = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const all: readonly (readonly [string, readonly string[], number])[] = [
    ["as it is", [secret], PIECE],
    ["reversed", [[...secret].reverse().join("")], PIECE],
    ["base64", shifted, PIECE],
    ["base64url", shifted.map((one) => one.replace(/\+/g, "-").replace(/\//g, "_")), PIECE],
    ["hexadecimal", [bytes.toString("hex")], 2 * PIECE],
    ["percent-encoded", [[...secret].map(percent).join("")], 3 * PIECE],
    ["escaped for JSON", [[...secret].map(escaped).join("")], 6 * PIECE],
  ];
  return new Map(
    all.map(([name, texts, length]) => [
      name,
      [...new Set(texts.flatMap((text) => pieces(text.toLowerCase(), length)))],
    ]),
  );
}

function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.max(1, text.length - length + 1) }, (_, at) =>
    text.slice(at, at + length),
  );
}

/** Where a secret shows, as `<place>: <spelling>`; empty where it does not. */
export function traces(
  secret: string,
  written: ReadonlyMap<string, Buffer | string>,
): readonly string[] {
  const looked = spellings(secret);
  return [...written].flatMap(([place, content]) => {
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    // Latin-1 keeps every byte apart; without NUL a text in UTF-16 reads as any other.
    const text = `${place}\n${bytes.toString("latin1")}`.replaceAll("\0", "").toLowerCase();
    return [...looked]
      .filter(([, ways]) => ways.some((piece) => text.includes(piece)))
      .map(([spelling]) => `${place}: ${spelling}`);
  });
}

export function expectNoTrace(
  secret: string,
  written: ReadonlyMap<string, Buffer | string>,
  what?: string,
): void {
  expect(traces(secret, written), what).toEqual([]);
}

/** Every file below a folder in its bytes; a link as what it points to. */
export function bytesBelow(dir: string): Map<string, Buffer> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(dir.length + 1), readFileSync(path)];
      }),
  );
}

/**
 * All that a command left behind: names and bytes of every file of the working and the state directory, and both
 * streams. What the test itself planted, `but` names.
 */
export function leftBehind(
  { cwd, state }: Workspace,
  { stdout, stderr }: Pick<Ended, "stdout" | "stderr"> = { stdout: "", stderr: "" },
  but: readonly string[] = [],
): Map<string, Buffer | string> {
  const files = [...bytesBelow(cwd), ...bytesBelow(state)].filter(([path]) => !but.includes(path));
  return new Map<string, Buffer | string>([
    ...files,
    ["standard output", stdout],
    ["standard error", stderr],
  ]);
}

/** What the system tells anybody of a process; empty where there is no /proc. */
export function processFacts(pid: number): Map<string, Buffer | string> {
  const facts = ["cmdline", "comm", "environ"].flatMap((name) => {
    try {
      return [[`/proc/${name}`, readFileSync(`/proc/${pid}/${name}`)] as const];
    } catch {
      return [];
    }
  });
  return new Map(facts);
}

/** A process, and those that it started, and those that they did; only itself where there is no /proc. */
export function withDescendants(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch {
    return [pid];
  }
  return [
    pid,
    ...children
      .split(" ")
      .filter(Boolean)
      .flatMap((one) => withDescendants(Number(one))),
  ];
}
