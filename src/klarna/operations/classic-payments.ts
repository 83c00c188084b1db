import { type Operation, PLAIN } from "../operation.ts";
import { classicPurchase } from "../sample-data.ts";

const common = {
  family: "classic",
  forms: PLAIN,
  category: "classic-other",
  categorySource: "documented",
  allowedOn: "everywhere",
  webhooks: 0,
} as const;

const oneSession = "/payments/v1/sessions/{session_id}";
const oneAuthorization = "/payments/v1/authorizations/{authorization_token}";

/** Klarna Payments, version 1. An authorization's token comes from the customer's browser. */
export const classicPaymentOperations = [
  {
    ...common,
    name: "session.create",
    purpose: "begin a payment session",
    method: "POST",
    path: "/payments/v1/sessions",
    category: "classic-create-session",
    successStatuses: [200],
    sampleBody: () => ({ ...classicPurchase(), intent: "buy" }),
    answerFields: ["$.session_id", "$.client_token", "$.payment_method_categories"],
  },
  {
    ...common,
    name: "session.read",
    purpose: "read a payment session",
    method: "GET",
    path: oneSession,
    successStatuses: [200],
    answerFields: ["$.status", "$.expires_at", "$.client_token", "$.authorization_token"],
    afterApproval: { fields: ["$.authorization_token"] },
  },
  {
    ...common,
    name: "session.update",
    purpose: "change a payment session",
    method: "POST",
    path: oneSession,
    successStatuses: [204],
    sampleBody: classicPurchase,
  },
  {
    ...common,
    name: "authorization.create-order",
    purpose: "place the order that a customer authorized",
    method: "POST",
    path: `${oneAuthorization}/order`,
    successStatuses: [200],
    sampleBody: classicPurchase,
    creates: [{ id: "$.order_id", undoneBy: "order.cancel" }],
    answerFields: ["$.order_id", "$.redirect_url", "$.fraud_status", "$.authorized_payment_method"],
  },
  {
    ...common,
    name: "authorization.cancel",
    purpose: "give up an authorization",
    method: "DELETE",
    path: oneAuthorization,
    successStatuses: [204],
  },
  {
    ...common,
    name: "authorization.create-customer-token",
    purpose: "make a token for later charges",
    method: "POST",
    path: `${oneAuthorization}/customer-token`,
    category: "classic-create-token-session",
    categorySource: "inferred",
    successStatuses: [200],
    sampleBody: () => ({
      purchase_country: "SE",
      purchase_currency: "SEK",
      locale: "en-SE",
      description: "performance test",
      intended_use: "SUBSCRIPTION",
    }),
    answerFields: ["$.token_id", "$.redirect_url"],
  },
] as const satisfies readonly Operation[];
