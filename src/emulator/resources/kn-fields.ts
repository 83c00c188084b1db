import * as z from "zod";

// Rules that several Klarna Network bodies share. A rule's message is what a caller reads in `validation_errors`.

/** The currencies of Klarna's payment API reference. */
const CURRENCIES: ReadonlySet<string> = new Set(
  "AUD EUR CAD CZK DKK HUF MXN NZD NOK PLN RON SEK CHF GBP USD".split(" "),
);

const REQUIRED = "is required";

/** A message for a field that is missing, and another for one that is wrong. */
export const missingOr = (otherwise: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? REQUIRED : otherwise;

export const bodyError = { error: "must be a JSON object" };
export const objectError = { error: missingOr("must be an object") };

export const currency = z
  .string({ error: missingOr("must be a string") })
  .refine((code) => CURRENCIES.has(code.toUpperCase()), {
    error: "must be a supported ISO 4217 currency code",
  });

const AMOUNT_RULE = "must be a whole number from 1 to 2147483647";
/** Minor units. */
export const amount = z
  .number({ error: missingOr(AMOUNT_RULE) })
  .refine((n) => Number.isInteger(n) && n >= 1 && n <= 2_147_483_647, { error: AMOUNT_RULE });

/** A partner's own name for a thing; Klarna's own limit is not published, so ours is a plain bound. */
export const reference = z
  .string({ error: "must be a string" })
  .max(255, { error: "must be at most 255 characters" })
  .optional();

const lineItem = z.looseObject(
  {
    quantity: z
      .number({ error: "must be a number" })
      .min(1, { error: "must be greater than or equal to 1" })
      .optional(),
    // Discounts are lines below zero.
    total_amount: z
      .number({ error: missingOr("must be a whole number") })
      .int({ error: "must be a whole number" }),
  },
  { error: "must be an object" },
);

export const supplementaryPurchaseData = z
  .looseObject(
    {
      purchase_reference: reference,
      line_items: z.array(lineItem, { error: "must be an array" }).optional(),
      customer: z
        .looseObject(
          { email: z.string({ error: "must be a string" }).optional() },
          { error: "must be an object" },
        )
        .optional(),
    },
    { error: "must be an object" },
  )
  .optional();

export type SupplementaryPurchaseData = z.infer<typeof supplementaryPurchaseData>;

/** The sum that an amount must equal, in minor units; undefined when no lines were sent. */
export function sumOfLines(data: SupplementaryPurchaseData): number | undefined {
  return data?.line_items?.reduce((sum, line) => sum + line.total_amount, 0);
}

export const requestCustomerToken = z
  .looseObject(
    {
      scopes: z.array(z.string({ error: "must be a string" }), { error: "must be an array" }),
      customer_token_reference: reference,
    },
    { error: "must be an object" },
  )
  .optional();

/** `PT15M`, `P1DT12H`: days, hours, minutes and seconds of ISO 8601. */
const ISO_DURATION = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * How long after now a text says, as an ISO 8601 duration or a time with its zone.
 * @returns milliseconds; undefined: neither
 */
export function lifetimeMs(text: string, nowMs: number): number | undefined {
  const match = ISO_DURATION.exec(text);
  if (match && text.length > 2 && !text.endsWith("T")) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
      .slice(1)
      .map((n) => Number(n ?? 0));
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }
  const at = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at - nowMs;
}
