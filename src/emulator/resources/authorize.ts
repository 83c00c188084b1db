import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import { isDenied } from "../customer.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import type { World } from "../world.ts";
import type { CustomerTokens } from "./customer-tokens.ts";
import {
  amount,
  bodyError,
  currency,
  missingOr,
  objectError,
  reference,
  requestCustomerToken,
  sumOfLines,
  supplementaryPurchaseData,
} from "./kn-fields.ts";
import { customerInteractionConfig } from "./payment-request-body.ts";
import { viewPaymentRequest } from "./payment-request-view.ts";
import { lifetimeOf, type PaymentRequest, type PaymentRequests } from "./payment-requests.ts";
import { viewTransaction } from "./transaction-views.ts";
import type { Transactions } from "./transactions.ts";

const authorizeBody = z.looseObject(
  {
    currency,
    request_payment_transaction: z.looseObject(
      {
        amount,
        payment_transaction_reference: reference,
        capture: z.enum(["LATER", "NOW"], { error: missingOr("must be LATER or NOW") }).optional(),
        payment_capture_reference: reference,
      },
      objectError,
    ),
    step_up_config: z
      .looseObject(
        {
          payment_request_reference: reference,
          payment_request_expires_at: z.string({ error: "must be a string" }).optional(),
          customer_interaction_config: customerInteractionConfig,
        },
        objectError,
      )
      .optional(),
    supplementary_purchase_data: supplementaryPurchaseData,
    request_customer_token: requestCustomerToken,
  },
  bodyError,
);
type AuthorizeBody = z.infer<typeof authorizeBody>;

/** Why a payment was declined. Klarna publishes no reasons; these are ours. */
type DeclineReason = "AMOUNT_NOT_APPROVED" | "CURRENCY_NOT_APPROVED" | "CUSTOMER_DECLINED";

/**
 * The final authorization and the way to it: with the token of a completed payment request or of a customer it is
 * decided at once; without one the customer has to step up, for which a payment request is made.
 */
export function authorizeHandlers(
  { clock, problem }: World,
  requests: PaymentRequests,
  transactions: Transactions,
  customerTokens: CustomerTokens,
): Readonly<Record<Extract<OperationName, "payment.authorize">, Handler>> {
  const invalid = (parameter: string, reason: string): Answer =>
    problem("VALIDATION_ERROR", [{ parameter, reason }]);

  const approve = (owner: string, body: AuthorizeBody, email: string | undefined): Answer => {
    const wanted = body.request_payment_transaction;
    const transaction = transactions.add({
      owner,
      currency: body.currency,
      amount: wanted.amount,
      reference: wanted.payment_transaction_reference,
      purchaseReference: body.supplementary_purchase_data?.purchase_reference,
      email,
    });
    if (wanted.capture === "NOW") {
      transactions.capture(transaction, wanted.amount, wanted.payment_capture_reference, true);
    }
    return {
      status: 200,
      body: {
        payment_transaction_response: {
          result: "APPROVED",
          payment_transaction: viewTransaction(transaction, transactions.stateOf(transaction)),
        },
        ...(body.request_customer_token === undefined
          ? {}
          : { customer_token_response: { customer_token: customerTokens.add(owner, email) } }),
      },
    };
  };

  const byPaymentRequest = (owner: string, token: string, body: AuthorizeBody): Answer => {
    const request = requests.findByToken(token, owner);
    if (!request || request.token.kind === "canceled") return problem("RESOURCE_NOT_FOUND");
    if (request.token.kind === "used") return request.token.answer;
    const reason = mismatch(request, body);
    const answer = reason ? decline(reason) : approve(owner, body, request.email);
    request.token = { kind: "used", answer };
    return answer;
  };

  const byCustomerToken = (owner: string, token: string, body: AuthorizeBody): Answer => {
    const found = customerTokens.find(token, owner);
    if (!found?.active) return problem("RESOURCE_NOT_FOUND");
    const email = emailIn(body) ?? found.email;
    return isDenied(email) ? decline("CUSTOMER_DECLINED") : approve(owner, body, email);
  };

  const stepUp = (owner: string, body: AuthorizeBody): Answer => {
    const config = body.step_up_config;
    if (!config) return invalid("step_up_config", "is required without a token of the customer");
    const lifetime = lifetimeOf(
      config.payment_request_expires_at ?? config.customer_interaction_config.interaction_expiry,
      clock.wallMs(),
    );
    if (lifetime === "invalid") {
      return invalid(
        "step_up_config.payment_request_expires_at",
        "must be from 15 minutes to 48 hours from now",
      );
    }
    const request = requests.add({
      owner,
      currency: body.currency,
      amount: body.request_payment_transaction.amount,
      method: config.customer_interaction_config.method,
      reference: config.payment_request_reference,
      email: emailIn(body),
      linesSum: sumOfLines(body.supplementary_purchase_data),
      wantsCustomerToken: body.request_customer_token !== undefined,
      ...(lifetime === undefined ? {} : { lifetimeMs: lifetime }),
    });
    return {
      status: 200,
      body: {
        payment_transaction_response: { result: "STEP_UP_REQUIRED" },
        payment_request: viewPaymentRequest(request),
      },
    };
  };

  return {
    "payment.authorize": (call) => {
      const checked = check(authorizeBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const { body } = checked;
      const { amount } = body.request_payment_transaction;
      const sum = sumOfLines(body.supplementary_purchase_data);
      if (sum !== undefined && sum !== amount) {
        return invalid(
          "request_payment_transaction.amount",
          "must equal the sum of the line items' total_amount",
        );
      }
      const session =
        tokenIn(call, "klarna-network-session-token") ?? tokenIn(call, "klarna-payment-token");
      if (session !== undefined) return byPaymentRequest(call.owner, session, body);
      const ofCustomer = tokenIn(call, "klarna-customer-token");
      if (ofCustomer !== undefined) return byCustomerToken(call.owner, ofCustomer, body);
      return stepUp(call.owner, body);
    },
  };
}

function emailIn({ supplementary_purchase_data: data }: AuthorizeBody): string | undefined {
  return data?.customer?.email;
}

function tokenIn(call: Call, header: string): string | undefined {
  const token = call.headers[header];
  return typeof token === "string" && token !== "" ? token : undefined;
}

/** Amount and currency must be what the customer approved. */
function mismatch(request: PaymentRequest, body: AuthorizeBody): DeclineReason | undefined {
  if (body.request_payment_transaction.amount !== request.amount) return "AMOUNT_NOT_APPROVED";
  if (body.currency.toUpperCase() !== request.currency.toUpperCase()) {
    return "CURRENCY_NOT_APPROVED";
  }
  return undefined;
}

function decline(reason: DeclineReason): Answer {
  return {
    status: 200,
    body: { payment_transaction_response: { result: "DECLINED", result_reason: reason } },
  };
}
