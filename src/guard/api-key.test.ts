import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refusal } from "../base/errors.ts";
import { classifyKey, generateEmulatorKey, liveKeyIn, parseApiKey, TestApiKey } from "./api-key.ts";
import { refusal } from "./errors.support.ts";

const KEY = "klarna_test_api_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo.s1gnature-part_2";
const LIVE = KEY.replace("_test_", "_live_");
const USER = "9a8b7c6d-0000-4000-8000-123456789abc";
const b64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const deep = (text: string): string => b64(b64(b64(b64(b64(text)))));
const b64url = (text: string): string => Buffer.from(text, "utf8").toString("base64url");

const accepted: readonly (readonly [string, string])[] = [
  ["raw", KEY],
  ["with Basic", `Basic ${KEY}`],
  ["with basic in small letters", `basic ${KEY}`],
  ["base64 of the key", b64(KEY)],
  ["base64url of the key, unpadded", b64url(KEY)],
  ["base64 without its padding", b64(KEY).replace(/=+$/, "")],
  ["user and key", `${USER}:${KEY}`],
  ["empty user and key", `:${KEY}`],
  ["base64 of user and key", b64(`${USER}:${KEY}`)],
  ["Basic and base64 of an empty user and the key", `Basic ${b64(`:${KEY}`)}`],
  ["base64 twice", b64(b64(KEY))],
  ["white space and a zero-width space around it", `\u200b \t${KEY}\n\ufeff`],
];

const CODES: Readonly<Record<string, string>> = {
  live: "GUARD_KEY_LIVE",
  "client-id": "GUARD_KEY_CLIENT_ID",
  truncated: "GUARD_KEY_TRUNCATED",
  "too-long": "GUARD_KEY_TOO_LONG",
  unknown: "GUARD_KEY_UNKNOWN",
};

const refused: readonly (readonly [string, string, string])[] = [
  ["live, raw", LIVE, "live"],
  ["live, base64", b64(LIVE), "live"],
  ["live, Basic and base64 of user and key", `Basic ${b64(`${USER}:${LIVE}`)}`, "live"],
  ["a test key beside a live one", `${LIVE}:${KEY}`, "live"],
  ["a test key beside a live one in base64", `${b64(LIVE)}:${KEY}`, "live"],
  ["live, with a blank inside", LIVE.replace("_live_", "_li ve_"), "live"],
  ["live, with line breaks inside its base64", b64(LIVE).replace(/.{20}/g, "$&\n"), "live"],
  ["a live host after a blank, as the user", `the key of api.klarna.com:${KEY}`, "live"],
  ["live in capitals", LIVE.toUpperCase(), "live"],
  ["live, base64 four times", b64(b64(b64(b64(LIVE)))), "live"],
  ["a live resource name as the user", `krn:partner:global:account:live:ABCDEFGH:${KEY}`, "live"],
  ["a client identifier", KEY.replace("_api_", "_client_"), "client-id"],
  ["a client identifier in base64", b64(KEY.replace("_api_", "_client_")), "client-id"],
  ["a client identifier with a blank inside", KEY.replace("_api_", "_cli ent_"), "client-id"],
  ["cut after the prefix", "klarna_test_api_", "truncated"],
  ["cut short", "klarna_test_api_abc", "truncated"],
  ["cut short, in base64", b64("klarna_test_api_abc"), "truncated"],
  ["in quotation marks", `"${KEY}"`, "unknown"],
  ["base64 with a line break inside", `${b64(KEY).slice(0, 30)}\n${b64(KEY).slice(30)}`, "unknown"],
  ["base64 in quotation marks", `"${b64(KEY)}"`, "unknown"],
  ["base64 with something after it", `${b64(KEY)}!`, "unknown"],
  ["base64 of too few characters", "a2xhcm5", "unknown"],
  ["with a line break inside", `${KEY.slice(0, 30)}\n${KEY.slice(30)}`, "truncated"],
  ["the key in the user's place", `${KEY}:`, "truncated"],
  ["old classic user and secret", "PK12345_abcd1234:sharedSecret", "unknown"],
  ["nothing", "", "unknown"],
  ["white space", "  \n", "unknown"],
  ["beside what is wrapped too deep to be looked into", `${deep("nothing bad")}:${KEY}`, "unknown"],
  ["words before Basic", `key basic ${KEY}`, "unknown"],
  ["something before its base64", `!${b64(KEY)}`, "unknown"],
  ["something before it", `x${KEY}`, "unknown"],
  ["a character short", `klarna_test_api_${"a".repeat(15)}`, "truncated"],
  ["a look-alike prefix", KEY.replace("klarna", "k\u0142arna"), "unknown"],
  ["test spelt with capitals", KEY.replace("test", "TEST"), "unknown"],
  ["wrapped five times", b64(b64(b64(b64(b64(KEY))))), "unknown"],
  ["longer than 8 KB", `klarna_test_api_${"a".repeat(8192)}`, "too-long"],
];

describe("keys", () => {
  it.each(accepted)("accepts a test key: %s", (_, raw) => {
    expect(classifyKey(raw)).toEqual({ kind: "test-api-key", key: KEY });
    expect(parseApiKey(raw).authorization()).toBe(`Basic ${b64(`:${KEY}`)}`);
  });

  it.each(refused)("refuses: %s", (_, raw, kind) => {
    expect(classifyKey(raw).kind).toBe(kind);
    expect(() => parseApiKey(raw)).toThrow(refusal(CODES[kind] ?? ""));
    expect(() => parseApiKey(raw)).toThrow(/^this \S.* \(fingerprint [0-9a-f]{12}\)$/);
  });

  it("takes 16 characters after the prefix, and no fewer", () => {
    const key = `klarna_test_api_${"a".repeat(16)}`;
    expect(classifyKey(key)).toEqual({ kind: "test-api-key", key });
  });

  it("takes 8 KB, and not a byte more", () => {
    const padded = (bytes: number) => KEY.padStart(bytes);
    expect(classifyKey(padded(8192))).toEqual({ kind: "test-api-key", key: KEY });
    expect(classifyKey(padded(8193))).toEqual({ kind: "too-long" });
    expect(classifyKey(`${"\u200b".repeat(2700)}${padded(93)}`).kind).toBe("too-long");
  });

  it("names no part of a refused credential", () => {
    for (const [, raw] of refused.filter(([, text]) => text.trim().length > 8)) {
      try {
        parseApiKey(raw);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
        expect(`${inspect(error, { depth: 5 })}`).not.toContain(raw.trim().slice(20, 40) || raw);
      }
    }
  });

  it("shows a fingerprint wherever a key is printed", () => {
    const key = parseApiKey(KEY);
    for (const text of [String(key), JSON.stringify({ key }), inspect({ key }), `${key}`]) {
      expect(text).toContain(key.fingerprint);
      expect(text).not.toContain("QUJD");
    }
  });

  it("can't be forged", () => {
    // @ts-expect-error the mint token is not exported
    expect(() => new TestApiKey(Symbol("guard mint"), KEY)).toThrow(refusal("GUARD_FORGED"));
    const cast = { authorization: () => "Basic x" };
    for (const forged of [cast, Object.create(TestApiKey.prototype), null, undefined, KEY]) {
      expect(() => TestApiKey.assertGenuine(forged)).toThrow(refusal("GUARD_FORGED"));
    }
    const { key, secret } = generateEmulatorKey();
    expect(TestApiKey.assertGenuine(key)).toBe(key);
    expect(classifyKey(secret)).toEqual({ kind: "test-api-key", key: secret });
  });

  it("accepts no wrapping of a live key, however it is nested", () => {
    const wrap = fc.constantFrom(
      (text: string) => b64(text),
      (text: string) => b64url(text),
      (text: string) => `Basic ${text}`,
      (text: string) => `${USER}:${text}`,
      (text: string) => `:${text}`,
      (text: string) => ` ${text}\u200b`,
    );
    fc.assert(
      fc.property(fc.array(wrap, { maxLength: 8 }), fc.boolean(), (wraps, live) => {
        const wrapped = wraps.reduce((text, one) => one(text), live ? LIVE : KEY);
        const { kind } = classifyKey(wrapped);
        expect(live ? ["live", "unknown"] : ["test-api-key", "unknown"]).toContain(kind);
      }),
    );
  });
});

describe("a live key within a credential", () => {
  it.each([
    ["raw", LIVE],
    ["Basic", `Basic ${LIVE}`],
    ["base64", b64(LIVE)],
    ["Basic and base64 of user and key", `Basic ${b64(`${USER}:${LIVE}`)}`],
    ["base64 four times", b64(b64(b64(b64(LIVE))))],
    ["base64 deeper than any key is taken from", deep(LIVE)],
    ["white space around and within", ` ${LIVE.slice(0, 30)}\n${LIVE.slice(30)} `],
  ])("is the same in whatever wrapping: %s", (_, given) => {
    expect(liveKeyIn(given)).toBe(LIVE);
  });

  it.each([
    ["a test key", `Basic ${b64(`:${KEY}`)}`],
    ["what is longer than a credential may be", `${LIVE}${"a".repeat(8192)}`],
  ])("is not in %s", (_, given) => {
    expect(liveKeyIn(given)).toBeUndefined();
  });

  it("of exactly as many bytes as a credential may have is found", () => {
    const longest = LIVE.padEnd(8192, "a");
    expect(liveKeyIn(longest)).toBe(longest);
  });
});
