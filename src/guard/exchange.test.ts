import { describe, expect, it } from "vitest";
import { closes, failureOf } from "./exchange.ts";

describe("an answer", () => {
  it.each([
    ["close", true],
    ["Close", true],
    ["keep-alive, close", true],
    ["close , upgrade", true],
    ["upgrade,\tclose\t,keep-alive", true],
    ["keep-alive", false],
    ["closed", false],
    ["enclose", false],
    ["not close", false],
    ["close not", false],
    ["", false],
    [undefined, false],
  ])("whose header says `connection: %s` closes the connection: %s", (connection, expected) => {
    expect(closes({ connection })).toBe(expected);
  });
});

describe("an error of the HTTP client's", () => {
  const coded = (code: unknown): Error => Object.assign(new Error("x"), { code });
  const named = (name: string): Error => Object.assign(new Error("x"), { name });

  it.each([
    [coded("ECONNRESET"), "connection-reset"],
    [coded("EPIPE"), "connection-reset"],
    [named("HTTPParserError"), "malformed-answer"],
    [Object.assign(named("HTTPParserError"), { code: "HPE_INVALID" }), "malformed-answer"],
    [coded("UND_ERR_RES_CONTENT_LENGTH_MISMATCH"), "malformed-answer"],
    [coded("UND_ERR_RES_EXCEEDED_MAX_SIZE"), "answer-too-large"],
    [coded("UND_ERR_HEADERS_OVERFLOW"), "answer-too-large"],
    [coded("UND_ERR_SOCKET"), "connection-closed"],
    [coded(7), "connection-closed"],
    [new Error("other side closed"), "connection-closed"],
  ])("%o is told as %s", (error, code) => {
    expect(failureOf(error)).toBe(code);
  });
});
