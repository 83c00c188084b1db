import type { Caller } from "../model/quotas.ts";

export type { Caller } from "../model/quotas.ts";

/** A test API key as Klarna writes it; the part after the prefix is opaque. */
export const TEST_API_KEY = /^klarna_test_api_[A-Za-z0-9._~+/=-]{1,1024}$/;
const LIVE_MARKER = "klarna_live_";
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const BASIC = /^basic +(\S+)$/i;
const TEST_ACCOUNT = /^krn:partner:global:account:test:[A-Z0-9]{8,}$/;

/** Whose resources a caller touches: the account's in the path, else the key's own. */
export function ownerOf(caller: Caller): string {
  return caller.account ?? caller.key;
}

/**
 * The API key in an `Authorization` header, in any of Klarna's three spellings: `Basic` and the key raw,
 * base64 of the key, or base64 of `user:key`. `undefined` for anything but a well-formed test key: a live key, a client id, none.
 */
export function apiKeyOf(authorization: string | undefined): string | undefined {
  const credential = BASIC.exec(authorization ?? "")?.[1];
  if (credential === undefined || credential.includes(LIVE_MARKER)) return undefined;
  if (TEST_API_KEY.test(credential)) return credential;
  if (!BASE64.test(credential)) return undefined;
  const decoded = Buffer.from(credential, "base64").toString("utf8");
  if (decoded.includes(LIVE_MARKER)) return undefined;
  const key = decoded.slice(decoded.indexOf(":") + 1);
  return TEST_API_KEY.test(key) ? key : undefined;
}

/** A check of keys: those listed, or with `null` every well-formed test key. */
export function keyCheck(apiKeys: readonly string[] | null): (key: string) => boolean {
  if (apiKeys === null) return () => true;
  const accepted: ReadonlySet<string> = new Set(apiKeys);
  return (key) => accepted.has(key);
}

/** Whether an account id belongs to the test environment; live accounts and malformed ids do not. */
export function isTestAccount(account: string): boolean {
  return TEST_ACCOUNT.test(account);
}
