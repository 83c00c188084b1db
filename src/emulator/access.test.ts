import { describe, expect, test } from "vitest";
import { apiKeyOf, isTestAccount, keyCheck } from "./access.ts";

const KEY = "klarna_test_api_Zm9v.bar-1_2";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("apiKeyOf", () => {
  test.each([
    ["the raw key", `Basic ${KEY}`],
    ["base64 of the key", `Basic ${base64(KEY)}`],
    ["base64 of user and key", `Basic ${base64(`0a1b2c3d:${KEY}`)}`],
    ["base64 of an empty user and the key", `Basic ${base64(`:${KEY}`)}`],
    ["a scheme in lower case", `basic ${KEY}`],
  ])("takes %s", (_, header) => {
    expect(apiKeyOf(header)).toBe(KEY);
  });

  test.each([
    ["no header", undefined],
    ["an empty one", ""],
    ["no scheme", KEY],
    ["another scheme", `Bearer ${KEY}`],
    ["no key", "Basic "],
    ["a prefix alone", "Basic klarna_test_api_"],
    ["a live key", "Basic klarna_live_api_abc"],
    ["a live key in base64", `Basic ${base64("klarna_live_api_abc")}`],
    ["a live key as the user", `Basic ${base64(`klarna_live_api_abc:${KEY}`)}`],
    ["a test key that holds a live marker", "Basic klarna_test_api_klarna_live_api_x"],
    ["a client id", "Basic klarna_test_client_abc"],
    ["user and password of the classic API", `Basic ${base64("K123456_abcd:secret")}`],
    ["a key and something after it", `Basic ${KEY} more`],
    ["text that is no base64", "Basic %%%"],
  ])("takes no key from %s", (_, header) => {
    expect(apiKeyOf(header)).toBeUndefined();
  });
});

test("keyCheck takes the keys listed, or with null every key", () => {
  expect(keyCheck([KEY])(KEY)).toBe(true);
  expect(keyCheck([KEY])(`${KEY}x`)).toBe(false);
  expect(keyCheck(null)(`${KEY}x`)).toBe(true);
});

test.each([
  ["krn:partner:global:account:test:LWT2XJSE", true],
  ["krn:partner:global:account:test:MI5RSLGHURL", true],
  ["krn:partner:global:account:live:LWT2XJSE", false],
  ["krn:partner:global:account:test:LWT2XJS", false],
  ["krn:partner:global:account:test:lwt2xjse", false],
  ["xkrn:partner:global:account:test:LWT2XJSE", false],
  ["krn:partner:global:account:test:LWT2XJSE/", false],
])("isTestAccount(%s) is %s", (account, expected) => {
  expect(isTestAccount(account)).toBe(expected);
});
