import { ANY_SUCCESS, BOTH_SEEN, type Operation } from "../operation.ts";
import { CUSTOMER_TOKEN, NETWORK_SESSION_TOKEN } from "./customer-journey.ts";

/** Klarna publishes no category for any of these. */
const common = {
  method: "POST",
  family: "network",
  forms: BOTH_SEEN,
  category: "unknown",
  categorySource: "inferred",
  successStatuses: ANY_SUCCESS,
  webhooks: 0,
} as const;

const ofCustomer = { ...CUSTOMER_TOKEN, required: true } as const;

export const tokenOperations = [
  {
    ...common,
    name: "interoperability-token.create",
    purpose: "make an interoperability token, which ties a customer's journey together",
    path: "/interoperability/tokens",
    parameters: [CUSTOMER_TOKEN],
    answerFields: ["$.interoperability_token"],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "interoperability-token.create-for-sdk",
    purpose: "make a token with which Klarna's web SDK goes on with a journey",
    path: "/interoperability/sdk-tokens",
    parameters: [NETWORK_SESSION_TOKEN],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "interoperability-token.create-for-test",
    purpose: "make a token of a journey that can be tested",
    path: "/interoperability/test-tokens",
    forms: { account: "documented" },
    parameters: [CUSTOMER_TOKEN],
    sampleBody: () => ({ customer_journey: "KLARNA_EXPRESS_CHECKOUT" }),
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "identity-token.create-for-sdk",
    purpose: "make a token with which Klarna's web SDK knows the customer",
    path: "/identity/sdk-tokens",
    parameters: [ofCustomer],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "customer-token.introspect",
    purpose: "see what a customer token is good for",
    path: "/identity/customer-token/introspect",
    parameters: [ofCustomer],
    allowedOn: "everywhere",
  },
  {
    ...common,
    name: "customer-token.revoke",
    purpose: "revoke a customer token",
    path: "/identity/customer-token/revoke",
    forms: { plain: "inferred", account: "documented" },
    parameters: [ofCustomer],
    allowedOn: "emulator",
    webhooks: 1,
  },
] as const satisfies readonly Operation[];
