import {
  ACCOUNT_SEEN,
  ANY_SUCCESS,
  BOTH_SEEN,
  type Operation,
  type Parameter,
} from "../operation.ts";
import { CUSTOMER_TOKEN, NETWORK_SESSION_TOKEN } from "./customer-journey.ts";

/** A purchase of 10 USD, as in the sample payment request. */
const PURCHASE = [
  { in: "query", name: "locale", sample: "en-US" },
  { in: "query", name: "amount", sample: "1000" },
  { in: "query", name: "currency", sample: "USD" },
] as const satisfies readonly Parameter[];

const common = {
  method: "GET",
  family: "network",
  successStatuses: ANY_SUCCESS,
  allowedOn: "everywhere",
  webhooks: 0,
} as const;

const messaging = {
  ...common,
  forms: ACCOUNT_SEEN,
  category: "on-site-messaging",
  categorySource: "inferred",
  parameters: [...PURCHASE, NETWORK_SESSION_TOKEN, CUSTOMER_TOKEN],
} as const;

export const presentationOperations = [
  {
    ...common,
    name: "presentation.read",
    purpose: "what to show of Klarna at checkout",
    path: "/payment/presentation",
    forms: BOTH_SEEN,
    // Klarna's pages name two categories for it, one of them without a published quota.
    category: "unknown",
    categorySource: "inferred",
    parameters: [
      ...PURCHASE,
      { in: "query", name: "intents", field: "intents[]", sample: "PAY" },
      { in: "query", name: "subscription_billing_interval" },
      { in: "query", name: "subscription_billing_interval_frequency" },
      NETWORK_SESSION_TOKEN,
      CUSTOMER_TOKEN,
    ],
    answerFields: ["$.instruction", "$.payment_option"],
  },
  {
    ...messaging,
    name: "messaging.read-credit-promotion-auto-size",
    purpose: "on-site messaging: a credit promotion that fits its place",
    path: "/payment/messaging/credit-promotion-auto-size",
  },
  {
    ...messaging,
    name: "messaging.read-credit-promotion-badge",
    purpose: "on-site messaging: a credit promotion as a badge",
    path: "/payment/messaging/credit-promotion-badge",
  },
  {
    ...messaging,
    name: "messaging.read-top-strip-auto-size",
    purpose: "on-site messaging: a strip above the page that fits its place",
    path: "/payment/messaging/top-strip-promotion-auto-size",
  },
  {
    ...messaging,
    name: "messaging.read-top-strip-badge",
    purpose: "on-site messaging: a strip above the page as a badge",
    path: "/payment/messaging/top-strip-promotion-badge",
  },
] as const satisfies readonly Operation[];
