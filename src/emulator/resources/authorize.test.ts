import { describe, expect, test } from "vitest";
import { seconds } from "../../base/units.ts";
import { minimalPaymentRequest, stepUpAuthorization } from "../../klarna/sample-data.ts";
import {
  customer,
  emulator,
  KEY,
  locate,
  problem,
  REQUESTS,
  UNLIMITED,
} from "../pipeline.support.ts";

const AUTHORIZE = "/v2/payment/authorize";
const HOUR = seconds(3600);

/** A final authorization of the sample purchase: no step-up, a token in a header. */
const final = (headers: Record<string, string>, changes: object = {}) => {
  const { step_up_config: _, ...body } = stepUpAuthorization();
  return { headers, body: { ...body, ...changes } };
};
const session = (token: string) => ({ "klarna-network-session-token": token });

/** An emulator whose customer has approved one payment request. */
function completed(create: object = {}) {
  const at = emulator(customer("approve"), UNLIMITED);
  const created = at.create({ body: { ...minimalPaymentRequest(), ...create } });
  at.clock.freeze(seconds(10));
  const { body } = at.send("GET", locate(created));
  const token: string = body.state_context.klarna_network_session_token;
  return { ...at, created, context: body.state_context, token };
}

describe("the customer", () => {
  test("comes half-way, pays, and leaves a token", () => {
    const { clock, create, send } = emulator(customer("approve"));
    const created = create();
    const read = () => send("GET", locate(created)).body;
    clock.freeze(seconds(4.999_999));
    expect(read().state).toBe("SUBMITTED");
    clock.freeze(seconds(0.000_001));
    expect(read()).toMatchObject({ state: "IN_PROGRESS", updated_at: "2024-01-01T12:00:05Z" });
    expect(send("PATCH", locate(created), { body: { amount: 5 } }).status).toBe(409);
    clock.freeze(seconds(5));
    expect(read()).toMatchObject({
      state: "COMPLETED",
      updated_at: "2024-01-01T12:00:10Z",
      state_context: { klarna_network_session_token: expect.stringContaining("krn:network:") },
    });
    expect(read().state_context).not.toHaveProperty("customer_interaction");
    expect(send("DELETE", locate(created)).status).toBe(409);
  });

  test.each([
    ["is turned down: CANCELED, with the reason", "decline", 10, "CANCELED", "DECLINED"],
    ["leaves the page open: EXPIRED after 3 h", "abandon", 3 * 3600, "EXPIRED", undefined],
  ] as const)("%s", (_, outcome, afterS, state, reason) => {
    const { clock, create, send } = emulator(customer(outcome));
    const created = create();
    clock.freeze(seconds(afterS - 1));
    expect(send("GET", locate(created)).body.state).toBe("IN_PROGRESS");
    clock.freeze(seconds(1));
    const { body } = send("GET", locate(created));
    expect([body.state, body.state_reason]).toEqual([state, reason]);
    expect(body).not.toHaveProperty("state_context");
  });

  test("who has just come can still be sent away by the partner", () => {
    const { clock, create, send } = emulator(customer("approve"));
    const created = create();
    clock.freeze(seconds(7));
    expect(send("DELETE", locate(created)).body).toMatchObject({
      state: "CANCELED",
      state_reason: "PARTNER_CANCELED",
    });
    clock.freeze(seconds(7));
    expect(send("GET", locate(created)).body.state).toBe("CANCELED");
  });

  test("does not come by itself", () => {
    const { clock, create, send } = emulator();
    const created = create();
    clock.freeze(HOUR);
    expect(send("GET", locate(created)).body.state).toBe("SUBMITTED");
  });

  test.each([
    ["customer+us+denied@klarna.com", "CANCELED"],
    ["customer+denied@email.us", "CANCELED"],
    ["customer+reject_reason_high_risk@email.us", "CANCELED"],
    ["customer+us@klarna.com", "COMPLETED"],
    ["customer+us+disputed-return@klarna.com", "COMPLETED"],
  ])("with Klarna's sample address %s: %s", (email, state) => {
    const { clock, create, send } = emulator(customer("approve"));
    const created = create({
      body: { ...minimalPaymentRequest(), supplementary_purchase_data: { customer: { email } } },
    });
    clock.freeze(seconds(10));
    expect(send("GET", locate(created)).body.state).toBe(state);
  });
});

describe("an expiry of one's own", () => {
  const withExpiry = (expiry: string) => ({
    body: {
      ...minimalPaymentRequest(),
      customer_interaction_config: { method: "HANDOVER", interaction_expiry: expiry },
    },
  });
  test.each([
    ["PT15M", "2024-01-01T12:15:00Z"],
    ["P2D", "2024-01-03T12:00:00Z"],
    ["P1DT2H30M", "2024-01-02T14:30:00Z"],
    ["2024-01-01T13:00:00Z", "2024-01-01T13:00:00Z"],
    ["2024-01-01T15:00:00+02:00", "2024-01-01T13:00:00Z"],
  ])("%s is taken", (expiry, expires) => {
    expect(emulator().create(withExpiry(expiry)).body.expires_at).toBe(expires);
  });

  test.each([
    "PT14M",
    "P3D",
    "P",
    "PT",
    "15 minutes",
    "2024-01-01T11:00:00Z",
    "2024-13-01T00:00:00Z",
  ])("%s is not", (expiry) => {
    expect(emulator().create(withExpiry(expiry)).body.validation_errors).toEqual([
      expect.objectContaining({ parameter: "customer_interaction_config.interaction_expiry" }),
    ]);
  });
});

describe("authorize", () => {
  test("without a token: the customer must step up, at a payment request that can be read", () => {
    const { clock, send } = emulator(customer("approve"));
    const stepped = send("POST", AUTHORIZE, { body: stepUpAuthorization() });
    expect(stepped.status).toBe(200);
    expect(stepped.body).toMatchObject({
      payment_transaction_response: { result: "STEP_UP_REQUIRED" },
      payment_request: {
        payment_request_reference: "pr-1",
        state: "SUBMITTED",
        amount: 1000,
        currency: "USD",
        expires_at: "2024-01-01T15:00:00Z",
        state_context: { customer_interaction: { method: "HANDOVER" } },
      },
    });
    clock.freeze(seconds(10));
    const { payment_request_id: id } = stepped.body.payment_request;
    expect(send("GET", `${REQUESTS}/${id}`).body.state).toBe("COMPLETED");
  });

  test("without a token or a step-up is a validation error", () => {
    expect(emulator().send("POST", AUTHORIZE, final({})).body.validation_errors).toEqual([
      { parameter: "step_up_config", reason: "is required without a token of the customer" },
    ]);
  });

  test.each([
    ["klarna_network_session_token", "klarna-network-session-token"],
    ["payment_token", "klarna-payment-token"],
  ])("with the %s of a completed payment request: APPROVED, a transaction", (field, header) => {
    const { send, context } = completed();
    const { status, body } = send("POST", AUTHORIZE, final({ [header]: context[field] }));
    expect(status).toBe(200);
    expect(body.payment_transaction_response).toMatchObject({
      result: "APPROVED",
      payment_transaction: {
        payment_transaction_id: expect.stringMatching(
          /^krn:payment:eu1:transaction:[0-9a-f-]{36}$/,
        ),
        payment_transaction_reference: "ref-1",
        amount: 1000,
        currency: "USD",
        expires_at: "2024-01-29T12:00:10Z",
      },
    });
    expect(body).not.toHaveProperty("customer_token_response");
  });

  test("the same token gets the same answer, whatever is sent with it, and makes no second transaction", () => {
    const { send, token } = completed();
    const first = send("POST", AUTHORIZE, final(session(token)));
    const again = send("POST", AUTHORIZE, final(session(token), { currency: "EUR" }));
    expect(again.body).toEqual(first.body);
  });

  test.each([
    [{ request_payment_transaction: { amount: 1001 } }, "AMOUNT_NOT_APPROVED"],
    [{ currency: "EUR" }, "CURRENCY_NOT_APPROVED"],
  ])("another purchase than the customer approved, %j: DECLINED", (changes, reason) => {
    const { send, token } = completed();
    const { status, body } = send("POST", AUTHORIZE, final(session(token), changes));
    expect(status).toBe(200);
    expect(body).toEqual({
      payment_transaction_response: { result: "DECLINED", result_reason: reason },
    });
  });

  test("a token serves for an hour, its own account alone, and not once it is canceled", () => {
    const unknown = problem("RESOURCE_NOT_FOUND", "RESOURCE_ERROR");
    const { clock, send, token, context } = completed();
    const other = { ...session(token), authorization: `Basic ${KEY}2` };
    expect(send("POST", AUTHORIZE, final(other)).body).toEqual(unknown);
    expect(send("POST", AUTHORIZE, final(session(`${token}0`))).body).toEqual(unknown);
    const cancel = () => send("DELETE", `/v2/payment/tokens/${context.payment_token}`).status;
    expect([cancel(), cancel()]).toEqual([204, 404]);
    expect(send("POST", AUTHORIZE, final(session(token))).body).toEqual(unknown);
    clock.freeze(HOUR);
    expect(cancel()).toBe(404);

    const late = completed();
    late.clock.freeze(HOUR);
    expect(late.send("POST", AUTHORIZE, final(session(late.token))).status).toBe(404);
    const used = completed();
    used.send("POST", AUTHORIZE, final(session(used.token)));
    expect(used.send("DELETE", `/v2/payment/tokens/${used.token}`).status).toBe(409);
  });

  test("capture NOW captures all at once", () => {
    const { send, token } = completed();
    const now = {
      request_payment_transaction: { amount: 1000, capture: "NOW", payment_capture_reference: "c" },
    };
    const { body } = send("POST", AUTHORIZE, final(session(token), now));
    expect(body.payment_transaction_response.payment_transaction).toMatchObject({
      state: "CAPTURED",
      captured_amount: 1000,
      payment_captures: [{ amount: 1000, payment_capture_reference: "c" }],
    });
  });

  test("asked for, a customer token comes with the payment request and charges without the customer", () => {
    const { send, context } = completed({ request_customer_token: { scopes: ["payment"] } });
    const token: string = context.klarna_customer.customer_token;
    const charge = () => send("POST", AUTHORIZE, final({ "klarna-customer-token": token })).body;
    const [first, second] = [charge(), charge()].map(
      (body) => body.payment_transaction_response.payment_transaction.payment_transaction_id,
    );
    expect(first).not.toBe(second);
    const header = { headers: { "klarna-customer-token": token } };
    expect(send("POST", "/v2/identity/sdk-tokens", header).status).toBe(201);
    const introspect = () => send("POST", "/v2/identity/customer-token/introspect", header).body;
    expect(introspect()).toEqual({ active: true });
    const revoke = () => send("POST", "/v2/identity/customer-token/revoke", header).status;
    expect([revoke(), revoke()]).toEqual([204, 404]);
    expect(introspect()).toEqual({ active: false });
    expect(charge()).toMatchObject({ error_code: "RESOURCE_NOT_FOUND" });
  });

  test("a customer who is always turned down is turned down by token too", () => {
    const { send, context } = completed({ request_customer_token: { scopes: ["payment"] } });
    const headers = { "klarna-customer-token": context.klarna_customer.customer_token };
    const email = "customer+us+denied@klarna.com";
    const denied = final(headers, { supplementary_purchase_data: { customer: { email } } });
    expect(send("POST", AUTHORIZE, denied).body).toEqual({
      payment_transaction_response: { result: "DECLINED", result_reason: "CUSTOMER_DECLINED" },
    });
  });

  test.each<[string, object, string]>([
    ["no transaction", { request_payment_transaction: undefined }, "request_payment_transaction"],
    ["no amount", { request_payment_transaction: {} }, "request_payment_transaction.amount"],
    [
      "an unknown capture",
      { request_payment_transaction: { amount: 1, capture: "SOON" } },
      "request_payment_transaction.capture",
    ],
    ["a step-up to nowhere", { step_up_config: {} }, "step_up_config.customer_interaction_config"],
    [
      "an expiry that is past",
      {
        step_up_config: {
          customer_interaction_config: { method: "HANDOVER" },
          payment_request_expires_at: "2023-01-01T00:00:00Z",
        },
      },
      "step_up_config.payment_request_expires_at",
    ],
    [
      "lines that do not add up",
      { supplementary_purchase_data: { line_items: [{ total_amount: 1 }] } },
      "request_payment_transaction.amount",
    ],
  ])("%s is a validation error", (_, changes, parameter) => {
    const body = { ...stepUpAuthorization(), ...changes };
    const refused = emulator().send("POST", AUTHORIZE, { body });
    expect(refused.status).toBe(400);
    expect(refused.body.validation_errors).toEqual([expect.objectContaining({ parameter })]);
  });
});

test.each([
  "/v2/identity/sdk-tokens",
  "/v2/identity/customer-token/introspect",
  "/v2/identity/customer-token/revoke",
])("%s needs a customer token", (path) => {
  expect(emulator().send("POST", path).body.validation_errors).toEqual([
    { parameter: "Klarna-Customer-Token", reason: "is required" },
  ]);
});

test("interoperability tokens are made anew at each call", () => {
  const { send } = emulator();
  const one = () => send("POST", "/v2/interoperability/tokens").body.interoperability_token;
  const [first, second] = [one(), one()];
  expect(first).toMatch(/^krn:network:eu1:test:interoperability:/);
  expect(first).not.toBe(second);
  expect(send("POST", "/v2/interoperability/sdk-tokens").status).toBe(201);
  const account = "/v2/accounts/krn:partner:global:account:test:LWT2XJSE";
  const path = `${account}/interoperability/test-tokens`;
  const journey = { customer_journey: "KLARNA_EXPRESS_CHECKOUT" };
  expect(send("POST", path, { body: journey }).status).toBe(201);
  expect(send("POST", path, { body: {} }).status).toBe(400);
  // Only the acquiring partner's form of it is known.
  expect(send("POST", "/v2/interoperability/test-tokens", { body: journey }).status).toBe(404);
});
