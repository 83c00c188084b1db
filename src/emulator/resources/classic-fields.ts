import * as z from "zod";

// What the published documents of Payments v1 and Order Management v1 have in common. Only the path of what breaks a
// rule is answered, so the rules carry no messages. Fields that no rule names are taken and forgotten.

/** The most that a price, a capture or a refund may be; minor units. */
export const AMOUNT_MOST = 200_000_000;

export const country = z.string().regex(/^[A-Za-z]{2}$/);
export const currency = z.string().regex(/^[A-Za-z]{3}$/);
export const locale = z.string().regex(/^[A-Za-z]{2}(?:-[A-Za-z]{2})*$/);
/** Minor units, 0 or more. */
export const amount = z.number().int().nonnegative();

/** @param most characters */
export function text(most: number): z.ZodOptional<z.ZodString> {
  return z.string().max(most).optional();
}

/** What both have in a line, beside its name, its type and the bounds that differ. */
export const lineFields = {
  reference: text(255),
  quantity: z.number().int().nonnegative(),
  unit_price: z.number().int().max(AMOUNT_MOST),
  total_amount: z.number().int().max(AMOUNT_MOST),
  image_url: text(1024),
  product_url: text(1024),
  merchant_data: text(1024),
  product_identifiers: z
    .object({
      brand: text(70),
      category_path: text(750),
      global_trade_item_number: text(50),
      manufacturer_part_number: text(70),
      color: text(64),
      size: text(64),
    })
    .optional(),
};

export const subscriptionFields = {
  interval: z.enum(["DAY", "WEEK", "MONTH", "YEAR"]),
  interval_count: z.number().int().positive(),
};
