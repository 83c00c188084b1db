import type { Clock } from "../base/clock.ts";
import { MICROS_PER_SECOND } from "../base/units.ts";
import { type Category, type Level, quotaIsMerchants } from "../guard/quotas.ts";

/** Who calls: by key, and for an account where the path names one (an acquiring partner's form). */
export interface Caller {
  readonly key: string;
  readonly account: string | undefined;
}

/** Requests a second of a category at a level; 0: that level may not call it. */
export type Quota = (category: Category, level: Level) => number;

export interface RateLimitHeaders {
  readonly "X-Ratelimit-Limit": string;
  readonly "X-Ratelimit-Remaining": string;
  readonly "X-Ratelimit-Reset": "1";
}

/** What the quotas say to one request. `forbidden`: no quota at all at the caller's level. */
export interface Standing {
  readonly kind: "admitted" | "exceeded" | "forbidden";
  readonly headers: RateLimitHeaders;
}

/** One limit that a request meets. */
interface Policy {
  /** The classic APIs give none. */
  readonly name: string | undefined;
  /** What is counted, a key of the window's map. */
  readonly counter: string;
  readonly limit: number;
}

/**
 * Klarna's quotas, in fixed windows of one second by the clock: the counts start anew at each whole second.
 *
 * At `partner` level the caller meets its category's partner quota. At `acquiring-partner` level a request for
 * an account counts twice, as Klarna describes: in that account's partner quota, and in the acquiring
 * partner's, the sum over all its accounts (here: all requests of one key); hitting either refuses it. Where the partner quota
 * is 0, only an acquiring partner may call, so only its own quota counts.
 *
 * The classic APIs count by merchant (here: by key) and know no levels. A merchant that has exceeded one of its
 * quotas is refused everywhere until the window turns.
 */
export class QuotaWindows {
  readonly #clock: Clock;
  readonly #level: Level;
  readonly #quota: Quota;
  #window = -1;
  #used = new Map<string, number>();
  /** Merchants that have exceeded a quota in this window. */
  #exceeded = new Set<string>();

  constructor(clock: Clock, level: Level, quota: Quota) {
    this.#clock = clock;
    this.#level = level;
    this.#quota = quota;
  }

  /** Counts a request if every policy has room for it; one that is refused uses up nothing. */
  take(category: Category, caller: Caller): Standing {
    const policies = this.#policies(category, caller);
    if (policies.some(({ limit }) => limit === 0)) {
      return { kind: "forbidden", headers: this.#headers(policies) };
    }
    this.#turnWindow();
    const merchant = quotaIsMerchants(category) ? caller.key : undefined;
    if (merchant !== undefined && this.#exceeded.has(merchant)) {
      return { kind: "exceeded", headers: { ...this.#headers(policies), ...NOTHING_LEFT } };
    }
    if (policies.some((policy) => this.#remaining(policy) < 1)) {
      if (merchant !== undefined) this.#exceeded.add(merchant);
      return { kind: "exceeded", headers: this.#headers(policies) };
    }
    for (const { counter } of policies) this.#used.set(counter, (this.#used.get(counter) ?? 0) + 1);
    return { kind: "admitted", headers: this.#headers(policies) };
  }

  /** The headers as they stand, for an answer that counts against nobody. */
  peek(category: Category, caller: Caller): RateLimitHeaders {
    this.#turnWindow();
    return this.#headers(this.#policies(category, caller));
  }

  #policies(category: Category, { key, account }: Caller): [Policy, ...Policy[]] {
    if (quotaIsMerchants(category)) {
      const limit = this.#quota(category, "partner");
      return [{ name: undefined, counter: `${category} ${key}`, limit }];
    }
    const own = (limit: number, subject: string): Policy => ({
      name: `account_${category}`,
      counter: `account ${category} ${subject}`,
      limit,
    });
    if (this.#level === "partner") return [own(this.#quota(category, "partner"), account ?? key)];
    const acquiring: Policy = {
      name: `psp_${category}`,
      counter: `psp ${category} ${key}`,
      limit: this.#quota(category, "acquiring-partner"),
    };
    const partnerLimit = this.#quota(category, "partner");
    if (account === undefined || partnerLimit === 0) return [acquiring];
    return [own(partnerLimit, account), acquiring];
  }

  /** The list of policies begins with the quota that is closest to being exceeded. */
  #headers(policies: [Policy, ...Policy[]]): RateLimitHeaders {
    let closest = policies[0];
    for (const policy of policies) {
      if (this.#remaining(policy) < this.#remaining(closest)) closest = policy;
    }
    const list = policies.map(({ limit, name }) =>
      name === undefined ? `${limit};w=1` : `${limit};w=1;name="${name}"`,
    );
    return {
      "X-Ratelimit-Limit": `${closest.limit}, ${list.join(",")}`,
      "X-Ratelimit-Remaining": String(this.#remaining(closest)),
      "X-Ratelimit-Reset": "1",
    };
  }

  #remaining({ limit, counter }: Policy): number {
    return Math.max(0, limit - (this.#used.get(counter) ?? 0));
  }

  #turnWindow(): void {
    const window = Math.floor(this.#clock.now() / MICROS_PER_SECOND);
    if (window === this.#window) return;
    this.#window = window;
    this.#used = new Map();
    if (this.#exceeded.size > 0) this.#exceeded = new Set();
  }
}

const NOTHING_LEFT = { "X-Ratelimit-Remaining": "0" };
