import type { IncomingHttpHeaders } from "node:http";

/** One quota of several that count a request. */
export interface RateLimitPolicy {
  readonly requests: number;
  readonly windowSeconds: number;
  /** Informational; Klarna may change it at any time. */
  readonly name: string | undefined;
}

/** What the rate-limit headers of an answer say. Approximate, and Klarna's to change. */
export interface RateLimit {
  /** The quota closest to being exceeded: what a window of it takes. */
  readonly limit: number | undefined;
  /** The same as a rate. */
  readonly limitPerSecond: number | undefined;
  /** Of that window. */
  readonly remaining: number | undefined;
  readonly resetSeconds: number | undefined;
  readonly policies: readonly RateLimitPolicy[];
}

const POLICY = /^(\d{1,9})((?:\s*;\s*[a-z]+=(?:\d{1,9}|"[^"]{0,200}"))*)$/i;
const PARAMETER = /;\s*([a-z]+)=(?:(\d+)|"([^"]*)")/gi;

/**
 * Reads `X-Ratelimit-Limit`, `-Remaining` and `-Reset`, in Klarna's grammar: the quota closest to being
 * exceeded, then one policy each, `N;w=S;name="…"`, with or without a space after the comma. What can't be
 * read is left out, since a header is never worth failing a request for.
 */
export function readRateLimit(headers: IncomingHttpHeaders): RateLimit {
  const [closest, ...rest] = splitOutsideQuotes(text(headers["x-ratelimit-limit"]));
  const policies = rest.flatMap(readPolicy);
  const limit = wholeNumber(closest);
  // The first item has no window of its own: it is the policy of the same size, or else a second's.
  const window = policies.find(({ requests }) => requests === limit)?.windowSeconds ?? 1;
  return {
    limit,
    limitPerSecond: limit === undefined ? undefined : limit / window,
    remaining: wholeNumber(text(headers["x-ratelimit-remaining"])),
    resetSeconds: wholeNumber(text(headers["x-ratelimit-reset"])),
    policies,
  };
}

/** The lowest of all the quotas that an answer names, as a rate: none of them may be exceeded. */
export function lowestPerSecond({ limitPerSecond, policies }: RateLimit): number | undefined {
  const rates = policies.map(({ requests, windowSeconds }) => requests / windowSeconds);
  if (limitPerSecond !== undefined) rates.push(limitPerSecond);
  return rates.length === 0 ? undefined : Math.min(...rates);
}

function readPolicy(item: string): RateLimitPolicy[] {
  const match = POLICY.exec(item);
  if (!match) return [];
  let windowSeconds = 1;
  let name: string | undefined;
  for (const [, key, number, quoted] of (match[2] ?? "").matchAll(PARAMETER)) {
    if (key === "w" && Number(number) > 0) windowSeconds = Number(number);
    if (key === "name") name = quoted;
  }
  return [{ requests: Number(match[1]), windowSeconds, name }];
}

function splitOutsideQuotes(header: string): string[] {
  return (header.match(/(?:"[^"]*"|[^",])+/g) ?? []).map((item) => item.trim());
}

function wholeNumber(item: string | undefined): number | undefined {
  return item !== undefined && /^\d{1,9}$/.test(item.trim()) ? Number(item.trim()) : undefined;
}

function text(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(",") : (header ?? "");
}
