import { type Operation, PLAIN } from "../operation.ts";

const common = {
  family: "classic",
  forms: PLAIN,
  category: "classic-other",
  categorySource: "documented",
  allowedOn: "everywhere",
  webhooks: 0,
} as const;

const one = "/hpp/v1/sessions/{hosted_session_id}";

/**
 * The hosted payment page, version 1. Handing its link out by Klarna (`distribution`) is left out: it writes to
 * people.
 */
export const hostedPageOperations = [
  {
    ...common,
    name: "hosted-page.create",
    purpose: "make a page of Klarna's for a payment session",
    method: "POST",
    path: "/hpp/v1/sessions",
    category: "classic-create-hosted-page",
    // Klarna's reference says "created", its integrators see 200 or 201.
    successStatuses: [200, 201],
    parameters: [
      {
        in: "body",
        name: "session_id",
        field: "payment_session_url",
        below: "/payments/v1/sessions/",
      },
    ],
    sampleBody: () => ({
      merchant_urls: {
        success: "https://example.com/success",
        cancel: "https://example.com/cancel",
        back: "https://example.com/back",
        failure: "https://example.com/failure",
        error: "https://example.com/error",
      },
      options: { place_order_mode: "NONE" },
    }),
    creates: [{ id: "$.session_id", undoneBy: "hosted-page.disable" }],
    answerFields: ["$.session_id", "$.session_url", "$.redirect_url", "$.expires_at"],
  },
  {
    ...common,
    name: "hosted-page.read",
    purpose: "read how far the customer is on a hosted page",
    method: "GET",
    path: one,
    successStatuses: [200],
    answerFields: [
      "$.session_id",
      "$.status",
      "$.authorization_token",
      "$.order_id",
      "$.expires_at",
      "$.updated_at",
    ],
    afterApproval: {
      fields: ["$.authorization_token", "$.order_id"],
      state: { path: "$.status", value: "COMPLETED" },
    },
  },
  {
    ...common,
    name: "hosted-page.disable",
    purpose: "close a hosted page for good",
    method: "DELETE",
    path: one,
    successStatuses: [200, 204],
  },
] as const satisfies readonly Operation[];
