import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsCredential, withoutCredentials } from "./credentials.ts";

const SECRET = "Zq7Xw3Kp9Rv5Tn2Lm8Jh";
const KEY = `klarna_test_api_${SECRET}`;
const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const percent = (text: string): string =>
  [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join("");

const CREDENTIALS: readonly (readonly [what: string, text: string])[] = [
  ["a test key", KEY],
  ["a live key", `klarna_live_api_${SECRET}`],
  ["a client identifier", `klarna_test_client_${SECRET}`],
  ["a live client identifier in capitals", `KLARNA_LIVE_CLIENT_${SECRET}`],
  ["an option made of one", `--klarna_live_api_${SECRET}`],
  ["a setting", `scenarios[0].steps[0].body.note=${KEY}`],
  ["user information of an address", `https://x:${KEY}@127.0.0.1:8443`],
  ["a file's name", `./keys/${KEY}.txt`],
  ["base64", base64(KEY)],
  ["base64 of `:key`", base64(`:${KEY}`)],
  ["base64 of `user:key`", base64(`K123456_abcdef:${KEY}`)],
  ["base64url without padding", Buffer.from(`:${KEY}`).toString("base64url")],
  ["a Basic header", `Basic ${base64(`:${KEY}`)}`],
  ["base64 behind something else", `//${base64(`:${KEY}`)}`],
  ["base64 of base64 of base64", base64(base64(base64(KEY)))],
  ["percent-encoded", percent(KEY)],
  ["percent-encoded twice", percent(KEY).replaceAll("%", "%25")],
  ["escaped for JSON", KEY.replaceAll("_", "\\u005f")],
  ["split by a zero-width space", KEY.replace("test", "te\u200bst")],
  ["split within its secret", KEY.replace("Rv5", "Rv5\ufeff\u202e")],
  ["full-width letters", KEY.replace("klarna", "\uff4b\uff4c\uff41\uff52\uff4e\uff41")],
  ["behind many other characters", `${"x".repeat(12_000)}${KEY}`],
  ["behind more than one stretch of them", `${"x".repeat(30_000)}${KEY}`],
];

const HARMLESS: readonly (readonly [what: string, text: string])[] = [
  ["the prefix, as our own hints name it", "a key that starts with klarna_test_api_, made in"],
  ["the prefix and an ellipsis", "klarna_test_api_…"],
  ["a file named after the kind of key", "secrets/klarna_test_api_key.txt"],
  ["an account", "krn:partner:global:account:test:ABCDEFGH"],
  ["a payment request", "krn:payment:eu1:request:0f0c9e0e-0001-7000-8000-000000000001"],
  ["a correlation id", "6a9b1cb1-73a3-4936-a030-481ba4bb203b"],
  ["base64 of something else", base64("nothing to see here, but a few words in base64")],
  ["a percent sign", "95 % of the requests, %41%42 and 100%"],
  ["nothing", ""],
];

describe("credentials", () => {
  it.each(CREDENTIALS)("are found as %s", (_, text) => {
    expect(holdsCredential(text)).toBe(true);
    for (const around of [text, `no profile is named \`${text}\`: x`, `"${text}", '${text}'`]) {
      const shown = withoutCredentials(around);
      expect(shown).toContain("‹credential›");
      for (const piece of [SECRET.slice(0, 8), base64(SECRET).slice(4, 16), "7%33"]) {
        expect(shown.toLowerCase()).not.toContain(piece.toLowerCase());
      }
    }
  });

  it.each(HARMLESS)("are not seen in %s", (_, text) => {
    expect(holdsCredential(text)).toBe(false);
    expect(withoutCredentials(text)).toBe(text);
  });

  it("cut short are found from twelve characters on", () => {
    expect(withoutCredentials("klarna_test_api_Zq7Xw3Kp9Rv5")).toBe("‹credential›");
    expect(withoutCredentials("klarna_test_api_Zq7Xw3Kp9Rv")).toBe("klarna_test_api_Zq7Xw3Kp9Rv");
  });

  it("are looked for under four layers of base64, as keys are, and under no more", () => {
    const wrapped = (layers: number) =>
      new Array<unknown>(layers).fill(0).reduce<string>((text) => base64(text), KEY);
    expect([1, 2, 3, 4, 5].map((layers) => holdsCredential(wrapped(layers)))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it("leave the words around them", () => {
    expect(withoutCredentials(`there is no file \`${KEY}\`, ${KEY}`)).toBe(
      "there is no file `‹credential›`, ‹credential›",
    );
  });

  it("are found wherever in a text they stand, and whatever wraps them", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_-]{16,60}$/);
    const wraps = fc.array(
      fc.constantFrom(base64, percent, (key: string) => `a:${key}`),
      {
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(word, wraps, fc.string(), fc.string(), (secret, wrappers, before, after) => {
        const key = wrappers.reduce((text, wrap) => wrap(text), `klarna_test_api_${secret}`);
        expect(holdsCredential(`${before} ${key} ${after}`)).toBe(true);
        expect(withoutCredentials(`${before} ${key} ${after}`)).not.toContain(key);
      }),
    );
  });
});
