import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer, ValidationError } from "../answers.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import type { World } from "../world.ts";
import { sumOfLines } from "./kn-fields.ts";
import { createBody, type UpdateBody, updateBody } from "./payment-request-body.ts";
import { mayGo } from "./payment-request-state.ts";
import { viewPaymentRequest } from "./payment-request-view.ts";
import { lifetimeOf, type PaymentRequest, type PaymentRequests } from "./payment-requests.ts";

type PaymentRequestHandlers = Readonly<
  Record<Extract<OperationName, `payment-request.${string}` | "payment-token.cancel">, Handler>
>;

/** Payment requests: created, read, changed while SUBMITTED, canceled, expired by the clock; and the token of a completed one. */
export function paymentRequestHandlers(
  { clock, problem }: World,
  requests: PaymentRequests,
): PaymentRequestHandlers {
  const find = ({ owner, params }: Call): PaymentRequest | undefined =>
    requests.find(params.payment_request_id, owner);
  const invalid = (error: ValidationError): Answer => problem("VALIDATION_ERROR", [error]);

  return {
    "payment-request.create": (call) => {
      const checked = check(createBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const { body } = checked;
      const interaction = body.customer_interaction_config;
      const linesSum = sumOfLines(body.supplementary_purchase_data);
      if (linesSum !== undefined && linesSum !== body.amount) return invalid(SUM_ERROR);
      const lifetime = lifetimeOf(interaction.interaction_expiry, clock.wallMs());
      if (lifetime === "invalid") return invalid(EXPIRY_ERROR);
      const created = requests.add({
        owner: call.owner,
        currency: body.currency,
        amount: body.amount,
        method: interaction.method,
        reference: body.payment_request_reference,
        email: body.supplementary_purchase_data?.customer?.email,
        linesSum,
        wantsCustomerToken: body.request_customer_token !== undefined,
        ...(lifetime === undefined ? {} : { lifetimeMs: lifetime }),
      });
      return { status: 201, body: viewPaymentRequest(created) };
    },

    "payment-request.read": (call) => {
      const found = find(call);
      return found
        ? { status: 200, body: viewPaymentRequest(found) }
        : problem("RESOURCE_NOT_FOUND");
    },

    "payment-request.update": (call) => {
      const checked = check(updateBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (found.state !== "SUBMITTED") return problem("RESOURCE_CONFLICT");
      const changes = changesOf(found, checked.body);
      if (changes.linesSum !== undefined && changes.linesSum !== changes.amount) {
        return invalid(SUM_ERROR);
      }
      Object.assign(found, changes, { updatedAtMs: clock.wallMs() });
      return { status: 200, body: viewPaymentRequest(found) };
    },

    "payment-request.cancel": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (!mayGo(found.state, "CANCELED")) return problem("RESOURCE_CONFLICT");
      requests.cancel(found);
      return { status: 200, body: viewPaymentRequest(found) };
    },

    "payment-token.cancel": ({ owner, params }) => {
      const found = requests.findByToken(params.payment_token ?? "", owner);
      if (!found || found.token.kind === "canceled") return problem("RESOURCE_NOT_FOUND");
      if (found.token.kind === "used") return problem("RESOURCE_CONFLICT");
      found.token = { kind: "canceled" };
      return { status: 204, body: null };
    },
  };
}

const SUM_ERROR: ValidationError = {
  parameter: "amount",
  reason: "must equal the sum of the line items' total_amount",
};
const EXPIRY_ERROR: ValidationError = {
  parameter: "customer_interaction_config.interaction_expiry",
  reason: "must be a duration or time from 15 minutes to 48 hours from now",
};

function changesOf(
  found: PaymentRequest,
  body: UpdateBody,
): Pick<PaymentRequest, "currency" | "amount" | "method" | "reference" | "linesSum"> {
  return {
    currency: body.currency ?? found.currency,
    amount: body.amount ?? found.amount,
    method: body.customer_interaction_config?.method ?? found.method,
    reference: body.payment_request_reference ?? found.reference,
    linesSum: sumOfLines(body.supplementary_purchase_data) ?? found.linesSum,
  };
}
