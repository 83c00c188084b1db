import * as z from "zod";

// What is known of Klarna Network's answers (our notes, §6.2 to §6.4), and whole bodies with the fields of Klarna's
// collection of requests. Nothing is published of the answers that are missing here.

const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
const amount = z.int().min(1).max(2_147_483_647);
const currency = z.string().regex(/^[A-Za-z]{3}$/);
const id = (of: string) => z.string().regex(new RegExp(`^krn:payment:eu1:${of}[0-9a-f-]{36}`));

const interaction = z.strictObject({
  customer_interaction: z.strictObject({
    method: z.enum(["HANDOVER", "QR_CODE"]),
    payment_request_id: id("request:"),
    payment_request_url: z.url(),
  }),
});
const completion = z.strictObject({
  klarna_network_session_token: z.string().max(8192),
  payment_token: z.string().max(8192),
  klarna_customer: z.strictObject({ customer_token: z.string().max(1024) }).optional(),
});
const paymentRequestFields = {
  payment_request_id: id("request:"),
  currency,
  amount,
  payment_request_reference: z.string().optional(),
  created_at: time,
  updated_at: time,
  expires_at: time,
  customer_interaction_config: z.strictObject({ method: z.enum(["HANDOVER", "QR_CODE"]) }),
};
const paymentRequest = z.discriminatedUnion("state", [
  z.strictObject({
    ...paymentRequestFields,
    state: z.enum(["SUBMITTED", "IN_PROGRESS"]),
    state_context: interaction,
  }),
  z.strictObject({
    ...paymentRequestFields,
    state: z.literal("COMPLETED"),
    state_context: completion,
  }),
  z.strictObject({
    ...paymentRequestFields,
    state: z.enum(["CANCELED", "EXPIRED"]),
    state_reason: z.enum(["PARTNER_CANCELED", "PURCHASE_FLOW_ABORTED", "DECLINED"]).optional(),
  }),
]);

const transaction = z.looseObject({
  payment_transaction_id: id("transaction:"),
  payment_transaction_reference: z.string().optional(),
  amount,
  currency,
  expires_at: time,
});

const authorization = z.union([
  z.strictObject({
    payment_transaction_response: z.strictObject({ result: z.literal("STEP_UP_REQUIRED") }),
    payment_request: paymentRequest,
  }),
  z.strictObject({
    payment_transaction_response: z.strictObject({
      result: z.literal("APPROVED"),
      payment_transaction: transaction,
    }),
    customer_token_response: z.strictObject({ customer_token: z.string().max(1024) }).optional(),
  }),
  z.strictObject({
    payment_transaction_response: z.strictObject({
      result: z.literal("DECLINED"),
      result_reason: z.string(),
    }),
  }),
]);

/** Answers whose fields are known, by operation. */
export const NETWORK = {
  "payment-request.create": paymentRequest,
  "payment-request.read": paymentRequest,
  "payment-request.update": paymentRequest,
  "payment-request.cancel": paymentRequest,
  "payment.authorize": authorization,
  "transaction.read": transaction,
  "transaction.update": transaction,
  "transaction.re-authorize": transaction,
  "transaction.capture": z.looseObject({ payment_capture_id: id("transaction:") }),
  "capture.refund": z.looseObject({ payment_refund_id: id("transaction:") }),
  "interoperability-token.create": z.strictObject({
    interoperability_token: z.string().startsWith("krn:network:").max(8192),
  }),
  "presentation.read": z.looseObject({
    instruction: z.enum(["SHOW_ONLY_KLARNA", "PRESELECT_KLARNA", "SHOW_KLARNA", "HIDE_KLARNA"]),
    payment_option: z.looseObject({ payment_option_id: z.string() }).optional(),
  }),
} as const;

const address = { street_address: "Mariahilfer Straße 47", city: "Wien", country: "AT" };
const purchase = {
  purchase_reference: "p-1",
  line_items: [
    {
      name: "Test item",
      quantity: 2,
      total_amount: 1100,
      unit_price: 550,
      total_tax_amount: 100,
      product_url: "https://example.com/item",
      image_url: "https://example.com/item.png",
      product_identifier: "item",
      line_item_reference: "line-1",
      shipping_reference: "ship-1",
      subscription_reference: "sub-1",
      line_item_metadata: { categories: ["test"] },
    },
    // A discount is a line below zero.
    { name: "Discount", quantity: 1, total_amount: -100 },
  ],
  shipping: [
    {
      shipping_reference: "ship-1",
      address: { ...address, postal_code: "1060" },
      shipping_option: {
        shipping_type: "TO_DOOR",
        shipping_type_attributes: ["express"],
        shipping_carrier: "DHL",
      },
    },
  ],
  customer: { customer_account: { account_identifier: "a", loyalty_level: "gold" } },
  travel_reservations: [{ travel_type: "AIR", price: 1, currency: "EUR" }],
  vouchers: [{ voucher_name: "v", voucher_type: "GIFT" }],
  additional_data: "{}",
};

/** Bodies as full as Klarna's collection shows them, which the emulator must take, by operation. */
export const FULL_BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "payment-request.create": {
    currency: "EUR",
    amount: 1000,
    payment_request_reference: "pr-1",
    supplementary_purchase_data: purchase,
    request_customer_token: { scopes: ["payment"], customer_token_reference: "t" },
    customer_interaction_config: {
      method: "QR_CODE",
      return_url: "https://example.com/",
      app_return_url: "app://return",
    },
    collect_customer_profile: ["profile"],
    acquiring_config: { payment_account_id: "krn:partner:global:account:payment-account:x" },
    payment_option_id: "S0xBUk5B",
    payment_program_enablement_codes: ["x"],
    shipping_config: { mode: "EDITABLE", supported_countries: ["AT"] },
    interoperability_data: "{}",
    point_of_checkout: { store_id: "s" },
  },
  "payment.authorize": {
    currency: "EUR",
    request_payment_transaction: {
      amount: 1000,
      payment_transaction_reference: "t-1",
      payment_option_id: "S0xBUk5B",
      capture: "NOW",
      payment_capture_reference: "c-1",
      payment_program_enablement_codes: ["x"],
    },
    step_up_config: {
      payment_request_reference: "pr-1",
      payment_request_expires_at: "2024-01-01T14:00:00Z",
      customer_interaction_config: {
        method: "HANDOVER",
        return_url: "https://example.com/",
        app_return_url: "app://return",
      },
    },
    acquiring_config: { payment_account_id: "krn:x", settlement_currency: "EUR" },
    supplementary_purchase_data: purchase,
    request_customer_token: { scopes: ["payment"], customer_token_reference: "t" },
    interoperability_data: "{}",
    point_of_checkout: { store_id: "s" },
    point_of_transaction: { type: "TERMINAL", terminal_reference: "x" },
  },
  "webhook.create": {
    url: "https://example.com/webhooks",
    event_types: ["payment.request.state-change.completed", "payment.*"],
    event_version: "v2",
    signing_key_id: "unknown",
    status: "ENABLED",
  },
};
