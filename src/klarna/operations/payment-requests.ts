import { BOTH_SEEN, type Operation } from "../operation.ts";
import { minimalPaymentRequest, paymentRequestUpdate } from "../sample-data.ts";

const common = {
  family: "network",
  forms: BOTH_SEEN,
  categorySource: "inferred",
  answerFields: [
    "$.payment_request_id",
    "$.state",
    "$.currency",
    "$.amount",
    "$.created_at",
    "$.updated_at",
    "$.expires_at",
    // Once the customer is through.
    "$.state_context.klarna_network_session_token",
  ],
  afterApproval: {
    fields: [
      "$.state_context.klarna_network_session_token",
      "$.state_context.payment_token",
      "$.state_context.klarna_customer",
    ],
    state: { path: "$.state", value: "COMPLETED" },
  },
  allowedOn: "everywhere",
} as const;

const one = "/payment/requests/{payment_request_id}";

export const paymentRequestOperations = [
  {
    ...common,
    name: "payment-request.create",
    purpose: "create a payment request, state SUBMITTED",
    method: "POST",
    path: "/payment/requests",
    category: "payment-transaction-capture",
    // Klarna's own collection asserts 201 in one part and 200 in another.
    successStatuses: [200, 201],
    sampleBody: minimalPaymentRequest,
    creates: [{ id: "$.payment_request_id", undoneBy: "payment-request.cancel" }],
    webhooks: 1,
  },
  {
    ...common,
    name: "payment-request.read",
    purpose: "read a payment request",
    method: "GET",
    path: one,
    category: "payment-transaction-management",
    successStatuses: [200],
    webhooks: 0,
  },
  {
    ...common,
    name: "payment-request.update",
    purpose: "change a payment request that is still SUBMITTED",
    method: "PATCH",
    path: one,
    category: "payment-transaction-management",
    successStatuses: [200],
    sampleBody: paymentRequestUpdate,
    webhooks: 0,
  },
  {
    ...common,
    name: "payment-request.cancel",
    purpose: "cancel a payment request, state CANCELED",
    method: "DELETE",
    path: one,
    category: "payment-transaction-management",
    successStatuses: [200],
    webhooks: 1,
  },
] as const satisfies readonly Operation[];
