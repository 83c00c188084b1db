import type { Parameter } from "../operation.ts";

/** Tokens of the customer's journey, which Klarna takes in a header; long, and valid for a while only. */
export const NETWORK_SESSION_TOKEN = {
  in: "header",
  name: "klarna_network_session_token",
  header: "klarna-network-session-token",
  required: false,
} as const satisfies Parameter;

export const CUSTOMER_TOKEN = {
  in: "header",
  name: "klarna_customer_token",
  header: "klarna-customer-token",
  required: false,
} as const satisfies Parameter;

/** The older name of the token that a completed payment request gives. */
export const PAYMENT_TOKEN = {
  in: "header",
  name: "klarna_payment_token",
  header: "klarna-payment-token",
  required: false,
} as const satisfies Parameter;
