import { z } from "zod";

// Rules of Klarna's published documents of Payments v1 and Order Management v1. Only the path of what breaks one
// is answered, so the rules carry no messages. Fields that are not named here are taken and forgotten.

const AMOUNT_MOST = 200_000_000;

export const country = z.string().regex(/^[A-Za-z]{2}$/);
export const currency = z.string().regex(/^[A-Za-z]{3}$/);
export const locale = z.string().regex(/^[A-Za-z]{2}(?:-[A-Za-z]{2})*$/);
export const text255 = z.string().max(255);

/** Minor units, 0 or more. */
export const amount = z.number().int().nonnegative();
/** Of Order Management, which names an upper bound. */
export const orderAmount = amount.max(AMOUNT_MOST);

const line = {
  reference: text255.optional(),
  quantity: z.number().int().nonnegative(),
  unit_price: z.number().int().max(AMOUNT_MOST),
  total_amount: z.number().int().max(AMOUNT_MOST),
  total_tax_amount: z.number().int().optional(),
  total_discount_amount: amount.optional(),
};

/** A line of a purchase. */
const paymentLine = z.object({
  ...line,
  name: text255.min(1),
  type: z.string().max(64).optional(),
  quantity_unit: z.string().min(1).max(8).optional(),
  tax_rate: z.number().int().min(0).max(10_000).optional(),
});
export const paymentLines = z.array(paymentLine).min(1).max(1000);
export type PaymentLine = z.infer<typeof paymentLine>;

/** A line of a capture, a refund or a changed order. */
const orderLine = z.object({
  ...line,
  name: text255,
  type: z
    .enum([
      "physical",
      "discount",
      "shipping_fee",
      "sales_tax",
      "store_credit",
      "gift_card",
      "digital",
      "surcharge",
      "return_fee",
    ])
    .optional(),
  quantity_unit: z.string().max(10).optional(),
  tax_rate: z.number().int().min(0).optional(),
});
export const orderLines = z.array(orderLine).max(1000);

const shippingInfo = z.object({
  shipping_company: z.string().max(100).optional(),
  shipping_method: z
    .enum([
      "PickUpStore",
      "Home",
      "BoxReg",
      "BoxUnreg",
      "PickUpPoint",
      "Own",
      "Postal",
      "DHLPackstation",
      "Digital",
      "Undefined",
      "PickUpWarehouse",
      "ClickCollect",
      "PalletDelivery",
    ])
    .optional(),
  tracking_number: z.string().max(100).optional(),
  tracking_uri: z.string().max(1024).optional(),
});
export const shippingInfos = z.array(shippingInfo).min(1).max(500);
export type ShippingInfo = z.infer<typeof shippingInfo>;

/** Only what an address may be is looked at; it is not kept. */
export const address = z.object({
  street_address: z.string().max(100).optional(),
  postal_code: z.string().max(10).optional(),
  city: z.string().max(200).optional(),
  country: country.optional(),
  email: z.string().max(100).optional(),
});

/** What a session and an order have in common. */
export const purchaseFields = {
  purchase_country: country,
  purchase_currency: currency,
  locale: locale.optional(),
  order_amount: amount,
  order_tax_amount: amount.optional(),
  order_lines: paymentLines,
  merchant_reference1: text255.optional(),
  merchant_reference2: text255.optional(),
  merchant_data: z.string().max(6000).optional(),
  billing_address: address.optional(),
};

export const purchase = z.object(purchaseFields);
export type Purchase = z.infer<typeof purchase>;

/** The first sum that does not add up, as its field; undefined: all do. */
export function sumError({
  order_amount: total,
  order_tax_amount: tax,
  order_lines: lines,
}: Pick<Purchase, "order_amount" | "order_tax_amount" | "order_lines">): string | undefined {
  if (lines.reduce((sum, one) => sum + one.total_amount, 0) !== total) return "order_amount";
  const taxes = lines.reduce((sum, one) => sum + (one.total_tax_amount ?? 0), 0);
  return tax !== undefined && taxes !== tax ? "order_tax_amount" : undefined;
}
