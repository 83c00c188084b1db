import { ACCOUNT_SEEN, ANY_SUCCESS, type Operation } from "../operation.ts";
import { stepUpAuthorization } from "../sample-data.ts";
import { CUSTOMER_TOKEN, NETWORK_SESSION_TOKEN, PAYMENT_TOKEN } from "./customer-journey.ts";

export const authorizeOperations = [
  {
    name: "payment.authorize",
    purpose:
      "authorize a payment: with the sample body the customer must step up; with a token and no `step_up_config` it is final",
    method: "POST",
    path: "/payment/authorize",
    family: "network",
    forms: ACCOUNT_SEEN,
    category: "payment-transaction-capture",
    categorySource: "inferred",
    // Also for a business outcome such as DECLINED.
    successStatuses: [200],
    parameters: [NETWORK_SESSION_TOKEN, CUSTOMER_TOKEN, PAYMENT_TOKEN],
    sampleBody: stepUpAuthorization,
    answerFields: [
      "$.payment_transaction_response.result",
      "$.payment_transaction_response.result_reason",
      "$.payment_transaction_response.payment_transaction.payment_transaction_id",
      "$.payment_request.payment_request_id",
      "$.payment_request.state",
      "$.customer_token_response.customer_token",
    ],
    creates: [
      // Where the customer must step up; else a transaction.
      { id: "$.payment_request.payment_request_id", undoneBy: "payment-request.cancel" },
      {
        id: "$.payment_transaction_response.payment_transaction.payment_transaction_id",
        undoneBy: "transaction.void",
      },
    ],
    allowedOn: "everywhere",
    // The payment request that a step-up makes.
    webhooks: 1,
  },
  {
    name: "payment-token.cancel",
    purpose: "cancel a payment token that has not been used",
    method: "DELETE",
    path: "/payment/tokens/{payment_token}",
    family: "network",
    forms: ACCOUNT_SEEN,
    category: "payment-transaction-management",
    categorySource: "inferred",
    successStatuses: ANY_SUCCESS,
    allowedOn: "everywhere",
    webhooks: 0,
  },
] as const satisfies readonly Operation[];
