import * as z from "zod";
import {
  amount,
  bodyError,
  currency,
  missingOr,
  objectError,
  reference,
  requestCustomerToken,
  supplementaryPurchaseData,
} from "./kn-fields.ts";

export const customerInteractionConfig = z.looseObject(
  {
    method: z.enum(["HANDOVER", "QR_CODE"], { error: missingOr("must be HANDOVER or QR_CODE") }),
    return_url: z.string({ error: "must be a string" }).optional(),
    interaction_expiry: z.string({ error: "must be a string" }).optional(),
  },
  objectError,
);

const optionalFields = {
  payment_request_reference: reference,
  supplementary_purchase_data: supplementaryPurchaseData,
  request_customer_token: requestCustomerToken,
};

/** The rules that Klarna documents for creating a payment request; fields without one pass unread. */
export const createBody = z.looseObject(
  { currency, amount, customer_interaction_config: customerInteractionConfig, ...optionalFields },
  bodyError,
);

/** A change: any of the fields, under the same rules. */
export const updateBody = z.looseObject(
  {
    currency: currency.optional(),
    amount: amount.optional(),
    customer_interaction_config: customerInteractionConfig.optional(),
    ...optionalFields,
  },
  bodyError,
);
export type UpdateBody = z.infer<typeof updateBody>;
