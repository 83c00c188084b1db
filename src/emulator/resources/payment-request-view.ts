import { timestamp } from "../world.ts";
import {
  civilMs,
  ID_PREFIX,
  PAYMENT_TOKEN_PREFIX,
  type PaymentRequest,
  SESSION_TOKEN_PREFIX,
} from "./payment-requests.ts";

/** Klarna's view of it. The customer's page is a name that can't resolve (RFC 6761): nobody is to follow it. */
export function viewPaymentRequest(request: PaymentRequest): object {
  const { id, method } = request;
  return {
    payment_request_id: id,
    state: request.state,
    ...(request.reason === undefined ? {} : { state_reason: request.reason }),
    currency: request.currency,
    amount: request.amount,
    ...(request.reference === undefined ? {} : { payment_request_reference: request.reference }),
    created_at: timestamp(request.createdAtMs),
    updated_at: timestamp(request.updatedAtMs),
    expires_at: timestamp(civilMs(request, request.expires)),
    customer_interaction_config: { method },
    ...stateContext(request),
  };
}

function stateContext(request: PaymentRequest): object {
  const { id, method, state, customerToken } = request;
  if (state === "COMPLETED") {
    const uuid = id.slice(ID_PREFIX.length);
    return {
      state_context: {
        klarna_network_session_token: SESSION_TOKEN_PREFIX + uuid,
        payment_token: PAYMENT_TOKEN_PREFIX + uuid,
        ...(customerToken === undefined
          ? {}
          : { klarna_customer: { customer_token: customerToken } }),
      },
    };
  }
  if (state !== "SUBMITTED" && state !== "IN_PROGRESS") return {};
  return {
    state_context: {
      customer_interaction: {
        method,
        payment_request_id: id,
        payment_request_url: `https://emulator.invalid/payment-requests/${id}`,
      },
    },
  };
}
