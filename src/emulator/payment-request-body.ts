import { z } from "zod";

/** The currencies of Klarna's payment API reference. */
const CURRENCIES: ReadonlySet<string> = new Set(
  "AUD EUR CAD CZK DKK HUF MXN NZD NOK PLN RON SEK CHF GBP USD".split(" "),
);

const required = "is required";
const missingOr = (otherwise: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? required : otherwise;

const currency = z
  .string({ error: missingOr("must be a string") })
  .refine((code) => CURRENCIES.has(code.toUpperCase()), {
    error: "must be a supported ISO 4217 currency code",
  });

const AMOUNT_RULE = "must be a whole number from 1 to 2147483647";
/** Minor units. */
const amount = z
  .number({ error: missingOr(AMOUNT_RULE) })
  .refine((n) => Number.isInteger(n) && n >= 1 && n <= 2_147_483_647, { error: AMOUNT_RULE });

const customerInteractionConfig = z.looseObject(
  {
    method: z.enum(["HANDOVER", "QR_CODE"], { error: missingOr("must be HANDOVER or QR_CODE") }),
    return_url: z.string({ error: "must be a string" }).optional(),
  },
  { error: missingOr("must be an object") },
);

const lineItem = z.looseObject(
  {
    quantity: z
      .number({ error: "must be a number" })
      .min(1, {
        error: "must be greater than or equal to 1",
      })
      .optional(),
    // Discounts are lines below zero.
    total_amount: z.number({ error: missingOr("must be a whole number") }).int({
      error: "must be a whole number",
    }),
  },
  { error: "must be an object" },
);

const optionalFields = {
  payment_request_reference: z.string({ error: "must be a string" }).optional(),
  supplementary_purchase_data: z
    .looseObject(
      { line_items: z.array(lineItem, { error: "must be an array" }).optional() },
      { error: "must be an object" },
    )
    .optional(),
};

const bodyError = { error: "must be a JSON object" };

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

/** The sum that `amount` must equal, in minor units; undefined when no lines were sent. */
export function sumOfLines(body: UpdateBody): number | undefined {
  return body.supplementary_purchase_data?.line_items?.reduce(
    (sum, line) => sum + line.total_amount,
    0,
  );
}
