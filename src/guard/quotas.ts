import { type PerSecond, perSecond } from "../base/units.ts";

/**
 * Klarna's rate-limit categories: the Klarna Network's (the list called generation A in our notes on Klarna's
 * API, quotas as transcribed on 2026-08-27 from its rate-limiting page for direct partners), the older merchant
 * APIs', and one for operations whose category Klarna does not publish. Klarna says that quotas can change, so
 * the headers seen lower them.
 */
export const CATEGORIES = [
  "account-onboarding",
  "payment-transaction-capture",
  "payment-transaction-management",
  "dispute",
  "settlement",
  "partner-management",
  "on-site-messaging",
  "classic-create-session",
  "classic-create-token-session",
  "classic-create-hosted-page",
  "classic-other",
  "unknown",
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Klarna counts every request at both levels; a partner's own key meets the lower one. */
export const LEVELS = ["partner", "acquiring-partner"] as const;
export type Level = (typeof LEVELS)[number];

/** Which of Klarna's quota tables: its test environment's, or its live one's (for the emulator only). */
export type QuotaTable = "test" | "live";

type Row = Readonly<Record<Level, number>>;

/** The older merchant APIs count by merchant id and know no levels. */
function merchant(perSecond: number): Row {
  return { partner: perSecond, "acquiring-partner": perSecond };
}

/** Requests a second. 0: that level may not call the category at all. */
const QUOTAS: Readonly<Record<QuotaTable, Readonly<Record<Category, Row>>>> = {
  test: {
    "account-onboarding": { partner: 0, "acquiring-partner": 5 },
    "payment-transaction-capture": { partner: 12, "acquiring-partner": 50 },
    "payment-transaction-management": { partner: 50, "acquiring-partner": 125 },
    dispute: { partner: 5, "acquiring-partner": 12 },
    settlement: { partner: 0, "acquiring-partner": 37 },
    "partner-management": { partner: 5, "acquiring-partner": 12 },
    "on-site-messaging": { partner: 50, "acquiring-partner": 125 },
    "classic-create-session": merchant(5),
    "classic-create-token-session": merchant(5),
    "classic-create-hosted-page": merchant(5),
    "classic-other": merchant(50),
    unknown: { partner: 5, "acquiring-partner": 5 },
  },
  live: {
    "account-onboarding": { partner: 0, "acquiring-partner": 10 },
    "payment-transaction-capture": { partner: 50, "acquiring-partner": 200 },
    "payment-transaction-management": { partner: 200, "acquiring-partner": 500 },
    dispute: { partner: 20, "acquiring-partner": 50 },
    settlement: { partner: 0, "acquiring-partner": 150 },
    "partner-management": { partner: 20, "acquiring-partner": 50 },
    "on-site-messaging": { partner: 200, "acquiring-partner": 500 },
    "classic-create-session": merchant(40),
    "classic-create-token-session": merchant(40),
    "classic-create-hosted-page": merchant(40),
    "classic-other": merchant(200),
    unknown: { partner: 5, "acquiring-partner": 5 },
  },
};

/**
 * Whether a merchant that has exceeded the category's quota is refused in all of them: the older merchant APIs answer
 * every further request of a merchant with 429 until the quota resets.
 */
export function quotaIsMerchants(category: Category): boolean {
  return category.startsWith("classic-");
}

/** The documented quota of a category at a level; an unknown category counts as the smallest one known, 5/s. */
export function documentedQuota(table: QuotaTable, category: Category, level: Level): PerSecond {
  return perSecond(QUOTAS[table][category][level]);
}

/**
 * The quota that limits one account. An acquiring partner's request counts at both levels, and the account's
 * own quota is the lower one; where a partner has none of its own, the acquiring partner's is the limit.
 */
export function bindingQuota(table: QuotaTable, category: Category, level: Level): PerSecond {
  const own = documentedQuota(table, category, "partner");
  return own === 0 ? documentedQuota(table, category, level) : own;
}
