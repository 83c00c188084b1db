import { describe, expect, it } from "vitest";
import { findLiveMarkerIn } from "../guard/live-markers.ts";
import { CATEGORIES } from "../guard/quotas.ts";
import { catalogued, OPERATIONS, sourceOf } from "./catalogue.ts";
import {
  ANY_SUCCESS,
  type Operation,
  optionalParameters,
  pathParameters,
  pathTemplates,
  requiredParameters,
} from "./operation.ts";

const P = "/v2[/accounts/{account_id}]";
const OM = "/ordermanagement/v1/orders/{order_id}";

/**
 * Klarna's API, written down once more from our notes on it (§6.1, §6.6, §6.7): what stands between brackets is the
 * acquiring partner's form of the path.
 */
const API: readonly (readonly [name: string, request: string, statuses?: readonly number[]])[] = [
  ["payment-request.create", `POST ${P}/payment/requests`, [200, 201]],
  ["payment-request.read", `GET ${P}/payment/requests/{payment_request_id}`, [200]],
  ["payment-request.update", `PATCH ${P}/payment/requests/{payment_request_id}`, [200]],
  ["payment-request.cancel", `DELETE ${P}/payment/requests/{payment_request_id}`, [200]],
  ["payment.authorize", `POST ${P}/payment/authorize`, [200]],
  ["payment-token.cancel", `DELETE ${P}/payment/tokens/{payment_token}`],
  ["transaction.read", `GET ${P}/payment/transactions/{payment_transaction_id}`],
  ["transaction.update", `PATCH ${P}/payment/transactions/{payment_transaction_id}`],
  ["transaction.capture", `POST ${P}/payment/transactions/{payment_transaction_id}/capture`],
  ["transaction.refund", `POST ${P}/payment/transactions/{payment_transaction_id}/refund`],
  ["transaction.void", `POST ${P}/payment/transactions/{payment_transaction_id}/void`],
  ["transaction.re-authorize", `POST ${P}/payment/transactions/{payment_transaction_id}/authorize`],
  ["capture.read", `GET ${P}/payment/captures/{payment_capture_id}`],
  ["capture.refund", `POST ${P}/payment/captures/{payment_capture_id}/refund`],
  ["refund.read", `GET ${P}/payment/refunds/{payment_refund_id}`],
  ["chargeback.read", `GET ${P}/payment/chargebacks/{payment_chargeback_id}`],
  ["presentation.read", `GET ${P}/payment/presentation`],
  [
    "messaging.read-credit-promotion-auto-size",
    `GET ${P}/payment/messaging/credit-promotion-auto-size`,
  ],
  ["messaging.read-credit-promotion-badge", `GET ${P}/payment/messaging/credit-promotion-badge`],
  [
    "messaging.read-top-strip-auto-size",
    `GET ${P}/payment/messaging/top-strip-promotion-auto-size`,
  ],
  ["messaging.read-top-strip-badge", `GET ${P}/payment/messaging/top-strip-promotion-badge`],
  ["interoperability-token.create", `POST ${P}/interoperability/tokens`],
  ["interoperability-token.create-for-sdk", `POST ${P}/interoperability/sdk-tokens`],
  [
    "interoperability-token.create-for-test",
    "POST /v2/accounts/{account_id}/interoperability/test-tokens",
  ],
  ["identity-token.create-for-sdk", `POST ${P}/identity/sdk-tokens`],
  ["customer-token.introspect", `POST ${P}/identity/customer-token/introspect`],
  ["customer-token.revoke", `POST ${P}/identity/customer-token/revoke`],
  ["dispute.list", `GET ${P}/payment/disputes`],
  ["dispute.read", `GET ${P}/payment/disputes/{payment_dispute_id}`],
  ["dispute.respond", `POST ${P}/payment/disputes/{payment_dispute_id}/respond`],
  ["dispute.accept-loss", `POST ${P}/payment/disputes/{payment_dispute_id}/accept-loss`],
  ["dispute.attach", `POST ${P}/payment/disputes/{payment_dispute_id}/attachments`],
  ["settlement.list", "GET /v2/settlements"],
  ["settlement.create", "POST /v2/settlements"],
  ["settlement.read", "GET /v2/settlements/{settlement_id}"],
  ["settlement.list-transactions", "GET /v2/settlements/{settlement_id}/transactions"],
  ["settlement.read-csv", "GET /v2/settlements/{settlement_id}/csv"],
  ["webhook.create", "POST /v2/notification/webhooks"],
  ["webhook.list", "GET /v2/notification/webhooks"],
  ["webhook.read", "GET /v2/notification/webhooks/{webhook_id}"],
  ["webhook.update", "PATCH /v2/notification/webhooks/{webhook_id}"],
  ["webhook.delete", "DELETE /v2/notification/webhooks/{webhook_id}"],
  ["webhook.simulate", "POST /v2/notification/webhooks/{webhook_id}/simulate"],
  ["signing-key.create", "POST /v2/notification/signing-keys", [201]],
  ["signing-key.list", "GET /v2/notification/signing-keys", [200]],
  ["signing-key.read", "GET /v2/notification/signing-keys/{signing_key_id}", [200]],
  ["signing-key.delete", "DELETE /v2/notification/signing-keys/{signing_key_id}", [204]],
  ["session.create", "POST /payments/v1/sessions", [200]],
  ["session.read", "GET /payments/v1/sessions/{session_id}", [200]],
  ["session.update", "POST /payments/v1/sessions/{session_id}", [204]],
  [
    "authorization.create-order",
    "POST /payments/v1/authorizations/{authorization_token}/order",
    [200],
  ],
  ["authorization.cancel", "DELETE /payments/v1/authorizations/{authorization_token}", [204]],
  [
    "authorization.create-customer-token",
    "POST /payments/v1/authorizations/{authorization_token}/customer-token",
    [200],
  ],
  ["hosted-page.create", "POST /hpp/v1/sessions", [200, 201]],
  ["hosted-page.read", "GET /hpp/v1/sessions/{hosted_session_id}", [200]],
  ["hosted-page.disable", "DELETE /hpp/v1/sessions/{hosted_session_id}", [200, 204]],
  ["order.read", `GET ${OM}`, [200]],
  ["order.acknowledge", `POST ${OM}/acknowledge`, [204]],
  ["order.cancel", `POST ${OM}/cancel`, [204]],
  ["order.update-authorization", `PATCH ${OM}/authorization`, [204]],
  ["order.extend-authorization-time", `POST ${OM}/extend-authorization-time`, [204]],
  ["order.release-remaining-authorization", `POST ${OM}/release-remaining-authorization`, [204]],
  ["order.update-customer-details", `PATCH ${OM}/customer-details`, [204]],
  ["order.update-merchant-references", `PATCH ${OM}/merchant-references`, [204]],
  ["order.add-shipping-info", `POST ${OM}/shipping-info`, [204]],
  ["order.capture", `POST ${OM}/captures`, [201]],
  ["order.list-captures", `GET ${OM}/captures`, [200]],
  ["order.read-capture", `GET ${OM}/captures/{capture_id}`, [200]],
  ["order.add-capture-shipping-info", `POST ${OM}/captures/{capture_id}/shipping-info`, [204]],
  ["order.send-capture-again", `POST ${OM}/captures/{capture_id}/trigger-send-out`, [204]],
  ["order.extend-due-date", `PATCH ${OM}/captures/{capture_id}/extend-due-date`, [204]],
  ["order.list-due-date-options", `GET ${OM}/captures/{capture_id}/extend-due-date-options`, [200]],
  ["order.refund", `POST ${OM}/refunds`, [201]],
  ["order.read-refund", `GET ${OM}/refunds/{refund_id}`, [200]],
];

function written(operation: Operation): string {
  const { plain, account } = pathTemplates(operation);
  const path = plain && account ? `${P}${plain.slice("/v2".length)}` : (plain ?? account);
  if (plain && account) expect(account).toBe(plain.replace("/v2", "/v2/accounts/{account_id}"));
  return `${operation.method} ${path}`;
}

describe("the catalogue", () => {
  it("holds Klarna's operations and no others", () => {
    expect([...OPERATIONS.keys()].sort()).toEqual(API.map(([name]) => name).sort());
  });

  it.each(API.map(([name, request, statuses]) => ({ name, request, statuses })))(
    "has $name as Klarna has it: $request",
    ({ name, request, statuses = ANY_SUCCESS }) => {
      const operation = catalogued(name);
      expect(written(operation)).toBe(request);
      expect(operation.successStatuses).toEqual(statuses);
    },
  );

  it("has no two operations at one method and path", () => {
    const all = [...OPERATIONS.values()].map(written);
    expect(new Set(all.map((one) => one.replace(/\{[a-z_]+\}/g, "{}"))).size).toBe(all.length);
  });

  it("lets onto Klarna's hosts nothing that reaches people, money's papers or an account's settings", () => {
    const emulatorOnly = [...OPERATIONS.values()].filter((one) => one.allowedOn === "emulator");
    expect(emulatorOnly.map(({ name }) => name).sort()).toEqual([
      "customer-token.revoke",
      "dispute.accept-loss",
      "dispute.attach",
      "dispute.respond",
      "order.send-capture-again",
      "settlement.create",
      "signing-key.create",
      "signing-key.delete",
      "signing-key.list",
      "signing-key.read",
      "webhook.create",
      "webhook.delete",
      "webhook.list",
      "webhook.read",
      "webhook.simulate",
      "webhook.update",
    ]);
  });

  it.each<[string, string[]]>([
    [
      "payment-transaction-capture",
      ["payment-request.create", "payment.authorize", "transaction.capture"],
    ],
    [
      "unknown",
      [
        "presentation.read",
        "interoperability-token.create",
        "interoperability-token.create-for-sdk",
        "interoperability-token.create-for-test",
        "identity-token.create-for-sdk",
        "customer-token.introspect",
        "customer-token.revoke",
      ],
    ],
    ["classic-create-session", ["session.create"]],
    ["classic-create-token-session", ["authorization.create-customer-token"]],
    ["classic-create-hosted-page", ["hosted-page.create"]],
  ])("counts in %s what Klarna counts there", (category, names) => {
    const counted = [...OPERATIONS.values()].filter((one) => one.category === category);
    expect(counted.map(({ name }) => name)).toEqual(names);
  });

  it("holds each operation under its own name, in a category of its family, with bodies only where they are sent", () => {
    for (const [name, one] of OPERATIONS) {
      expect(one.name).toBe(name);
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/);
      expect(CATEGORIES).toContain(one.category);
      expect(one.category.startsWith("classic-")).toBe(one.family === "classic");
      expect(one.successStatuses.length).toBeGreaterThan(0);
      expect(one.successStatuses.every((status) => status >= 200 && status < 300)).toBe(true);
      expect(one.purpose).toMatch(/^[a-z].*[^.]$/);
      if (one.sampleBody) expect(["POST", "PATCH"], name).toContain(one.method);
      for (const field of one.answerFields ?? []) expect(field).toMatch(/^\$(?:\.[a-z_]+)+$/);
    }
  });

  it("gives each parameter of an operation a name of its own, and each body's parameter a body", () => {
    for (const one of OPERATIONS.values()) {
      const names = [...requiredParameters(one), ...optionalParameters(one)];
      expect(new Set(names).size, one.name).toBe(names.length);
      const inBody = one.parameters?.some((parameter) => parameter.in === "body");
      if (inBody) expect(one.sampleBody, one.name).toBeDefined();
    }
  });

  it("says of what is made where its id stands, and which operation of the same kind ends it", () => {
    const made = [...OPERATIONS.values()].flatMap((one) =>
      (one.creates ?? []).map((creation) => ({ one, ...creation })),
    );
    expect(made.map(({ one, undoneBy }) => `${one.name} ${undoneBy}`)).toEqual([
      "payment-request.create payment-request.cancel",
      "payment.authorize payment-request.cancel",
      "payment.authorize transaction.void",
      "webhook.create webhook.delete",
      "signing-key.create signing-key.delete",
      "authorization.create-order order.cancel",
      "hosted-page.create hosted-page.disable",
    ]);
    for (const { one, id, undoneBy } of made) {
      const ends = catalogued(undoneBy);
      expect(one.answerFields, one.name).toContain(id);
      expect([ends.family, ends.sampleBody]).toEqual([one.family, undefined]);
      expect(requiredParameters(ends), undoneBy).toHaveLength(1);
      // Where the one may go, the other may too.
      expect([one.allowedOn, ends.allowedOn]).toEqual([ends.allowedOn, ends.allowedOn]);
    }
  });

  it("makes sample bodies anew, without a sign of live or a customer in them", () => {
    for (const { sampleBody } of OPERATIONS.values()) {
      if (!sampleBody) continue;
      expect(sampleBody()).toEqual(sampleBody());
      expect(sampleBody()).not.toBe(sampleBody());
      expect(findLiveMarkerIn(sampleBody())).toBeUndefined();
      expect(JSON.stringify(sampleBody())).not.toMatch(/customer"|email|phone|birth|family_name/);
    }
  });

  it("knows no other name", () => {
    expect(() => catalogued("payment-request.delete")).toThrow(
      expect.objectContaining({ code: "FAULT_OPERATION_UNKNOWN" }),
    );
  });
});

describe("sample bodies have what Klarna requires, within its bounds", () => {
  const AMOUNT = expect.toSatisfy(
    (n: unknown) => typeof n === "number" && Number.isInteger(n) && n >= 1 && n <= 2_147_483_647,
  );
  const CURRENCY = expect.stringMatching(/^[A-Z]{3}$/);
  const HANDOVER = { method: "HANDOVER", return_url: expect.stringMatching(/^https:\/\//) };
  const REFERENCE = expect.stringMatching(/^.{1,255}$/);
  const LINE = {
    name: expect.stringMatching(/^.{1,255}$/),
    quantity: 1,
    unit_price: 1000,
    total_amount: 1000,
  };
  const PURCHASE = {
    purchase_country: expect.stringMatching(/^[A-Z]{2}$/),
    purchase_currency: CURRENCY,
    order_amount: 1000,
    // The lines add up to the order.
    order_lines: [expect.objectContaining(LINE)],
  };

  it.each<[string, object]>([
    [
      "payment-request.create",
      { currency: CURRENCY, amount: AMOUNT, customer_interaction_config: HANDOVER },
    ],
    ["payment-request.update", { amount: AMOUNT }],
    [
      "payment.authorize",
      {
        currency: CURRENCY,
        request_payment_transaction: {
          amount: AMOUNT,
          payment_transaction_reference: REFERENCE,
          capture: expect.stringMatching(/^(?:LATER|NOW)$/),
        },
        step_up_config: {
          payment_request_reference: REFERENCE,
          customer_interaction_config: HANDOVER,
        },
      },
    ],
    ["transaction.update", { payment_transaction_reference: REFERENCE }],
    ["transaction.capture", { capture_amount: AMOUNT, payment_capture_reference: REFERENCE }],
    ["transaction.refund", { refund_amount: AMOUNT, refund_reference: REFERENCE }],
    ["transaction.re-authorize", { amount: AMOUNT, extension_days: 10 }],
    ["capture.refund", { refund_amount: AMOUNT, payment_refund_reference: REFERENCE }],
    [
      "interoperability-token.create-for-test",
      { customer_journey: expect.stringMatching(/^[A-Z_]+$/) },
    ],
    ["dispute.respond", { additional_information: REFERENCE }],
    ["dispute.attach", {}],
    ["settlement.create", { interval_start: REFERENCE, interval_end: REFERENCE }],
    [
      "webhook.create",
      {
        url: expect.stringMatching(/^https:\/\/example\.com\//),
        event_types: [expect.stringMatching(/^payment\./)],
        event_version: "v2",
        status: "ENABLED",
      },
    ],
    ["webhook.update", { status: "DISABLED" }],
    ["webhook.simulate", { event_type: expect.stringMatching(/^payment\./), event_version: "v2" }],
    ["session.create", { ...PURCHASE, intent: expect.stringMatching(/^buy$/) }],
    ["session.update", PURCHASE],
    ["authorization.create-order", PURCHASE],
    [
      "authorization.create-customer-token",
      {
        description: REFERENCE,
        intended_use: "SUBSCRIPTION",
        locale: expect.stringMatching(/^[a-z]{2}-[A-Z]{2}$/),
        purchase_country: "SE",
        purchase_currency: "SEK",
      },
    ],
    [
      "hosted-page.create",
      {
        merchant_urls: {
          success: expect.stringMatching(/^https:\/\//),
          cancel: expect.stringMatching(/^https:\/\//),
        },
        options: { place_order_mode: "NONE" },
      },
    ],
    ["order.update-authorization", { order_amount: 1000 }],
    [
      "order.update-customer-details",
      { shipping_address: { street_address: REFERENCE, country: "SE" } },
    ],
    ["order.update-merchant-references", { merchant_reference1: REFERENCE }],
    [
      "order.add-shipping-info",
      { shipping_info: [expect.objectContaining({ shipping_method: "Home" })] },
    ],
    [
      "order.add-capture-shipping-info",
      { shipping_info: [expect.objectContaining({ shipping_method: "Home" })] },
    ],
    ["order.capture", { captured_amount: 1000 }],
    ["order.extend-due-date", { number_of_days: 10 }],
    ["order.refund", { refunded_amount: 1000 }],
  ])("%s", (name, required) => {
    expect(catalogued(name).sampleBody?.()).toMatchObject(required);
  });

  it("and these are all that send one", () => {
    const sending = [...OPERATIONS.values()].filter(({ sampleBody }) => sampleBody);
    expect(sending.length).toBe(28);
  });
});

describe("parameters", () => {
  it.each<[string, string[], string[]]>([
    ["payment-request.create", [], []],
    ["order.read-capture", ["order_id", "capture_id"], []],
    [
      "payment.authorize",
      [],
      ["klarna_network_session_token", "klarna_customer_token", "klarna_payment_token"],
    ],
    ["customer-token.introspect", ["klarna_customer_token"], []],
    ["webhook.create", ["signing_key_id"], []],
    [
      "settlement.list-transactions",
      ["settlement_id"],
      ["size", "starting_after", "ending_before"],
    ],
  ])("of %s: needed %j, taken %j", (name, required, optional) => {
    expect(requiredParameters(catalogued(name))).toEqual(required);
    expect(optionalParameters(catalogued(name))).toEqual(optional);
  });

  it("of a path come in its order", () => {
    expect(pathParameters({ path: "/a/{first_id}/b/{second_id}" })).toEqual([
      "first_id",
      "second_id",
    ]);
    expect(pathParameters({ path: "/a" })).toEqual([]);
  });

  it.each([
    ["payment_request_id", "payment-request.create", "$.payment_request_id"],
    [
      "klarna_network_session_token",
      "payment-request.create",
      "$.state_context.klarna_network_session_token",
    ],
    [
      "payment_transaction_id",
      "payment.authorize",
      "$.payment_transaction_response.payment_transaction.payment_transaction_id",
    ],
    ["klarna_customer_token", "payment.authorize", "$.customer_token_response.customer_token"],
    ["capture_id", "order.capture", "$.capture_id"],
    ["order_id", "authorization.create-order", "$.order_id"],
  ])("%s comes from %s", (parameter, operation, path) => {
    expect(sourceOf(parameter)).toEqual({ operation, path });
  });

  it("that no operation answers come from nowhere", () => {
    expect(sourceOf("payment_chargeback_id")).toBeUndefined();
    expect(sourceOf("id")).toBeUndefined();
  });
});
