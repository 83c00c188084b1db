import { z } from "zod";

// What Klarna's document of Payments v1 says of its answers, in our words. Objects are strict where it names every
// field: the emulator must not make up others.

const country = z.string().regex(/^[A-Za-z]{2}$/);
const currency = z.string().regex(/^[A-Za-z]{3}$/);
const locale = z.string().regex(/^[A-Za-z]{2}(?:-[A-Za-z]{2})*$/);
const amount = z.int().min(0);
const price = z.int().max(200_000_000);
const text = (most: number) => z.string().max(most);

const paymentMethodCategory = z.strictObject({
  identifier: z.string(),
  name: z.string(),
  asset_urls: z.strictObject({ descriptive: z.string(), standard: z.string() }),
});
const paymentMethodCategories = z.array(paymentMethodCategory);

const orderLine = z.strictObject({
  name: text(255).min(1),
  type: z.string().optional(),
  reference: text(255).optional(),
  quantity: z.int().min(0),
  quantity_unit: text(8).min(1).optional(),
  unit_price: price,
  tax_rate: z.int().min(0).max(10_000).optional(),
  total_amount: price,
  total_discount_amount: amount.optional(),
  total_tax_amount: z.int().optional(),
});

const clientToken = text(4096).min(1);

const session = z.strictObject({
  purchase_country: country,
  purchase_currency: currency,
  locale: locale.optional(),
  intent: z.enum(["buy", "tokenize", "buy_and_tokenize"]).optional(),
  order_amount: amount,
  order_tax_amount: amount.optional(),
  order_lines: z.array(orderLine).min(1).max(1000).optional(),
  merchant_reference1: text(255).optional(),
  merchant_reference2: text(255).optional(),
  merchant_data: text(6000).optional(),
  status: z.enum(["complete", "incomplete"]),
  client_token: clientToken,
  expires_at: z.iso.datetime(),
  payment_method_categories: paymentMethodCategories,
  authorization_token: z.string().optional(),
});

/** Answers with a body, by operation. */
export const PAYMENTS = {
  "session.create": z.strictObject({
    session_id: text(255).min(1),
    client_token: clientToken,
    payment_method_categories: paymentMethodCategories,
  }),
  "session.read": session,
  "authorization.create-order": z.strictObject({
    order_id: z.string().min(1),
    redirect_url: z.url(),
    fraud_status: z.enum(["ACCEPTED", "PENDING", "REJECTED"]),
    authorized_payment_method: z.strictObject({
      type: z.enum([
        "invoice",
        "fixed_amount",
        "base_account",
        "direct_debit",
        "direct_bank_transfer",
        "b2b_invoice",
        "card",
        "slice_it_by_card",
        "pay_later_by_card",
        "pay_by_card",
        "fixed_sum_credit",
        "alternative_payment_method",
      ]),
    }),
  }),
  "authorization.create-customer-token": z.strictObject({
    token_id: z.string().min(1),
    redirect_url: z.url(),
  }),
} as const;

/** Answers without one. */
export const PAYMENTS_EMPTY = { "session.update": 204, "authorization.cancel": 204 } as const;
