import { z } from "zod";

// What Klarna's document of Order Management v1 says of its answers, in our words.

const amount = z.int().min(0);
const time = z.iso.datetime();
const text = (most: number) => z.string().max(most);

const shippingInfo = z.array(
  z.strictObject({
    shipping_company: text(100).optional(),
    shipping_method: z
      .string()
      .regex(
        /^(?:PickUpStore|Home|BoxReg|BoxUnreg|PickUpPoint|Own|Postal|DHLPackstation|Digital|Undefined|PickUpWarehouse|ClickCollect|PalletDelivery)$/,
      )
      .optional(),
    tracking_number: text(100).optional(),
    tracking_uri: text(1024).optional(),
  }),
);

const capture = z.strictObject({
  capture_id: z.string().min(1),
  captured_amount: z.int().min(1),
  captured_at: time,
  klarna_reference: z.string().min(1),
  reference: text(255).optional(),
  refunded_amount: amount,
  shipping_info: shippingInfo,
});

const refund = z.strictObject({
  refund_id: z.string().min(1),
  refunded_amount: z.int(),
  refunded_at: time,
  reference: text(255).optional(),
});

const order = z.strictObject({
  order_id: text(255).min(1),
  status: z.enum(["AUTHORIZED", "PART_CAPTURED", "CAPTURED", "CANCELLED", "EXPIRED", "CLOSED"]),
  fraud_status: z.enum(["ACCEPTED", "PENDING", "REJECTED"]),
  order_amount: amount,
  original_order_amount: amount,
  captured_amount: amount,
  refunded_amount: amount,
  remaining_authorized_amount: amount,
  purchase_country: z.string().regex(/^[A-Za-z]{2}$/),
  purchase_currency: z.string().regex(/^[A-Za-z]{3}$/),
  locale: z.string().optional(),
  klarna_reference: z.string().min(1),
  merchant_reference1: text(255).optional(),
  merchant_reference2: text(255).optional(),
  created_at: time,
  expires_at: time,
  captures: z.array(capture),
  refunds: z.array(refund),
  shipping_info: shippingInfo,
});

/** Answers with a body, by operation. */
export const ORDERS = {
  "order.read": order,
  "order.list-captures": z.array(capture),
  "order.read-capture": capture,
  "order.list-due-date-options": z.strictObject({
    currency: z.string(),
    options: z.array(z.strictObject({ number_of_days: z.int(), amount: z.int() })),
  }),
  "order.read-refund": refund,
} as const;

/** Answers without one; 201 comes with a `Location`, and with the id in a header of its own. */
export const ORDERS_EMPTY = {
  "order.acknowledge": 204,
  "order.cancel": 204,
  "order.update-authorization": 204,
  "order.extend-authorization-time": 204,
  "order.release-remaining-authorization": 204,
  "order.update-customer-details": 204,
  "order.update-merchant-references": 204,
  "order.add-shipping-info": 204,
  "order.capture": 201,
  "order.add-capture-shipping-info": 204,
  "order.send-capture-again": 204,
  "order.extend-due-date": 204,
  "order.refund": 201,
} as const;
