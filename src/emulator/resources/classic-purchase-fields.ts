import * as z from "zod";
import {
  amount,
  country,
  currency,
  lineFields,
  locale,
  subscriptionFields,
  text,
} from "./classic-fields.ts";

// The bodies of Payments v1, by the rules of its published document.

const line = z.object({
  ...lineFields,
  name: z.string().min(1).max(255),
  type: z.string().optional(),
  quantity_unit: z.string().min(1).max(8).optional(),
  tax_rate: z.number().int().min(0).max(10_000).optional(),
  total_tax_amount: z.number().int().optional(),
  total_discount_amount: amount.optional(),
  subscription: z.object({ ...subscriptionFields, name: z.string().min(1).max(255) }).optional(),
});

/** Only what an address may be is looked at; of it, nothing but the e-mail is ever used, and that as a trigger. */
const address = z.object({
  attention: text(99),
  city: text(99),
  country: country.optional(),
  email: text(99),
  family_name: text(99),
  given_name: text(99),
  organization_name: text(99),
  phone: text(99),
  postal_code: text(10),
  region: text(99),
  street_address: text(99),
  street_address2: text(99),
  title: text(20),
});

const customer = z.object({
  date_of_birth: z.string().optional(),
  gender: z.string().optional(),
  last_four_ssn: z
    .string()
    .regex(/^(?:\d{4}|\d{9})$/)
    .optional(),
  national_identification_number: z.string().optional(),
  organization_entity_type: z
    .enum([
      "LIMITED_COMPANY",
      "PUBLIC_LIMITED_COMPANY",
      "ENTREPRENEURIAL_COMPANY",
      "LIMITED_PARTNERSHIP_LIMITED_COMPANY",
      "LIMITED_PARTNERSHIP",
      "GENERAL_PARTNERSHIP",
      "REGISTERED_SOLE_TRADER",
      "SOLE_TRADER",
      "CIVIL_LAW_PARTNERSHIP",
      "PUBLIC_INSTITUTION",
      "OTHER",
    ])
    .optional(),
  organization_registration_id: z.string().optional(),
  title: z.string().optional(),
  type: z.enum(["person", "organization"]).optional(),
  vat_id: z.string().optional(),
});

const color = z
  .string()
  .regex(/^#[A-Fa-f0-9]{6}$/)
  .optional();

/** What is checked and never kept: people, what only a browser would show, and addresses of the shop's. */
const unkept = {
  billing_address: address.optional(),
  shipping_address: address.optional(),
  customer: customer.optional(),
  custom_payment_method_ids: z.array(z.string()).optional(),
  merchant_urls: z
    .object({
      confirmation: text(2000),
      notification: text(2000),
      push: text(2000),
      authorization: text(2000),
    })
    .optional(),
};

/** What a session and an order have in common. */
const purchaseFields = {
  purchase_country: country,
  purchase_currency: currency,
  locale: locale.optional(),
  order_amount: amount,
  order_tax_amount: amount.optional(),
  order_lines: z.array(line).min(1).max(1000),
  merchant_reference1: text(255),
  merchant_reference2: text(255),
  merchant_data: text(6000),
  ...unkept,
};
const purchase = z.object(purchaseFields);
export type Purchase = z.infer<typeof purchase>;

const sessionFields = {
  ...purchaseFields,
  intent: z.enum(["buy", "tokenize", "buy_and_tokenize"]).optional(),
  acquiring_channel: z.enum(["ECOMMERCE", "IN_STORE", "TELESALES"]).optional(),
  attachment: z.object({ body: z.string(), content_type: z.string() }).optional(),
  design: z.string().optional(),
  options: z
    .object({
      color_border: color,
      color_border_selected: color,
      color_details: color,
      color_text: color,
      radius_border: z.string().optional(),
    })
    .optional(),
};
export const createBody = z.object(sessionFields);
export const updateBody = z.object(sessionFields).partial();
export type Terms = z.infer<typeof createBody>;
export type Changes = z.infer<typeof updateBody>;

export const orderBody = z.object({ ...purchaseFields, auto_capture: z.boolean().optional() });
export const customerTokenBody = z.object({
  purchase_country: country,
  purchase_currency: currency,
  locale,
  description: z.string().min(1).max(255),
  intended_use: z.enum(["SUBSCRIPTION"]),
  billing_address: address.optional(),
  customer: customer.optional(),
});

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
