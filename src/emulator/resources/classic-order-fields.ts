import * as z from "zod";
import { AMOUNT_MOST, amount, lineFields, subscriptionFields, text } from "./classic-fields.ts";

// The bodies of Order Management v1, by the rules of its published document.

const orderAmount = amount.max(AMOUNT_MOST);

/** A line of a capture, a refund or a changed order. */
const orderLine = z.object({
  ...lineFields,
  name: z.string().max(255),
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
  quantity_unit: text(10),
  tax_rate: z.number().int().nonnegative().optional(),
  total_tax_amount: z.number().int().max(AMOUNT_MOST).optional(),
  total_discount_amount: orderAmount.optional(),
  subscription: z.object({ ...subscriptionFields, name: z.string().max(255) }).optional(),
});
const orderLines = z.array(orderLine).max(1000).optional();

const shippingInfo = z.object({
  shipping_company: text(100),
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
  tracking_number: text(100),
  tracking_uri: text(1024),
  return_shipping_company: text(100),
  return_tracking_number: text(100),
  return_tracking_uri: text(1024),
});
export type ShippingInfo = z.infer<typeof shippingInfo>;
const shippingInfos = z.array(shippingInfo).max(500);

/** Only what an address may be is looked at; it is not kept. */
const address = z.object({
  attention: text(255),
  city: text(200),
  country: z.string().optional(),
  email: text(100),
  family_name: text(100),
  given_name: text(100),
  organization_name: text(255),
  phone: text(100),
  postal_code: text(10),
  region: text(200),
  street_address: text(100),
  street_address2: text(100),
  title: text(20),
});

export const captureBody = z.object({
  captured_amount: orderAmount,
  description: text(255),
  reference: text(255),
  order_lines: orderLines,
  shipping_info: shippingInfos.optional(),
  shipping_delay: z.number().int().nonnegative().optional(),
});
export const refundBody = z.object({
  refunded_amount: orderAmount,
  description: text(255),
  reference: text(255),
  order_lines: orderLines,
});
export const authorizationBody = z.object({
  order_amount: orderAmount,
  description: text(255),
  order_lines: orderLines,
});
export const referencesBody = z.object({
  merchant_reference1: text(255),
  merchant_reference2: text(255),
});
export const customerBody = z.object({ shipping_address: address.optional() });
export const shippingBody = z.object({ shipping_info: shippingInfos.min(1) });
export const dueDateBody = z.object({ number_of_days: z.number().int() });
