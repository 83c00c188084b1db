import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLiveMarker } from "./live-markers.ts";

/** The naive reference knows the answer by construction: a sign was put in, or none was. */

const sign = fc.constantFrom(
  "klarna_live_",
  ":account:live:",
  "krn:network:us1:live:payment",
  "krn:live:x",
  "api.klarna.com",
  "api-global.klarna.com",
  "xs2a.banking.klarna.com",
);

/** How one character may be written; each is undone where it is read. */
const WAYS: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => character.toUpperCase(),
  (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0),
  (character) => `${character}\u200b`,
  (character) => `\u00ad${character}`,
  (character) => `${character}\u0000`,
  (character) => `${character}%E2%81%A0`,
  (character) => `${character}\\u2060`,
];
const way = fc.constantFrom(...WAYS);

/** What stands before a sign ends no word, so that a host begins there. */
const before = fc.constantFrom("", " ", "https://", '{"a":"', "\n", "to=", "(", "%2F%2F", "a\\n");
const after = fc.constantFrom("", " ", "/v2", '"}', "\n", ".", ":443", "%2Fv2", "\\nx");

describe("any text", () => {
  it("with a sign in it is found out, each character written in a way of its own", () => {
    fc.assert(
      fc.property(
        sign,
        fc.array(way, { minLength: 1, maxLength: 40 }),
        before,
        after,
        (sign, ways, before, after) => {
          const written = [...sign].map((character, at) => {
            const write = ways[at % ways.length];
            return write === undefined ? character : write(character);
          });
          const text = before + written.join("") + after;
          expect([text, findLiveMarker(text) !== undefined]).toEqual([text, true]);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("with a sign in it is found out after as many as three encodings of the whole", () => {
    const encodings: readonly ((text: string) => string)[] = [
      encodeURIComponent,
      (text) => encodeURIComponent(text).replace(/[a-z]/g, (letter) => WAYS[2]?.(letter) ?? letter),
      (text) => JSON.stringify({ note: text }),
      (text) => [...text].map((character) => WAYS[3]?.(character) ?? character).join(""),
    ];
    const stack = fc.array(fc.constantFrom(...encodings), { maxLength: 3 });
    fc.assert(
      // Plain ones: an encoded line break is one encoding more.
      fc.property(
        sign,
        stack,
        fc.constantFrom("", " ", "\n", "https://", "("),
        (sign, stack, before) => {
          const text = stack.reduce((inner, encode) => encode(inner), before + sign);
          expect([text, findLiveMarker(text) !== undefined]).toEqual([text, true]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("without a sign passes, however it is written", () => {
    const word = fc.constantFrom(
      ...["live", "alive", "deliver", "klarna", "test", "krn", "account", "api", "com", "example"],
      ...["klarna_test_api_", "api.playground.klarna.com", "krn:partner:global:account:test:X"],
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.array(way, { maxLength: 9 }),
        (words, ways) => {
          const text = words.join(" ");
          const written = [...text].map((character, at) => {
            const write = ways[at % Math.max(1, ways.length)];
            return character === " " || write === undefined ? character : write(character);
          });
          expect([written.join(""), findLiveMarker(written.join(""))]).toEqual([
            written.join(""),
            undefined,
          ]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
