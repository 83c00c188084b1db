import { describe, expect, test } from "vitest";
import { micros, seconds } from "../../base/units.ts";
import { minimalPaymentRequest } from "../../klarna/sample-data.ts";
import {
  ACCOUNT,
  emulator,
  KEY,
  locate,
  problem,
  REQUESTS,
  type Sent,
} from "../pipeline.support.ts";

describe("a payment request", () => {
  test("is created as Klarna's sample shows it, and read back the same", () => {
    const { create, send } = emulator();
    const created = create({
      body: { ...minimalPaymentRequest(), payment_request_reference: "ref-1" },
    });
    const id = created.body?.payment_request_id;
    expect(created.status).toBe(201);
    expect(id).toMatch(/^krn:payment:eu1:request:[0-9a-f-]{36}$/);
    expect(created.body).toEqual({
      payment_request_id: id,
      state: "SUBMITTED",
      currency: "USD",
      amount: 1000,
      payment_request_reference: "ref-1",
      created_at: "2024-01-01T12:00:00Z",
      updated_at: "2024-01-01T12:00:00Z",
      expires_at: "2024-01-01T15:00:00Z",
      customer_interaction_config: { method: "HANDOVER" },
      state_context: {
        customer_interaction: {
          method: "HANDOVER",
          payment_request_id: id,
          payment_request_url: `https://emulator.invalid/payment-requests/${id}`,
        },
      },
    });
    const read = send("GET", locate(created));
    expect(read.status).toBe(200);
    expect(read.body).toEqual(created.body);
  });

  test("is changed while SUBMITTED, and keeps what is not named", () => {
    const { clock, create, send } = emulator();
    const created = create();
    clock.freeze(seconds(2));
    const updated = send("PATCH", locate(created), {
      body: { amount: 1200, customer_interaction_config: { method: "QR_CODE" } },
    });
    expect(updated.status).toBe(200);
    expect(updated.body).toMatchObject({
      state: "SUBMITTED",
      currency: "USD",
      amount: 1200,
      customer_interaction_config: { method: "QR_CODE" },
      created_at: "2024-01-01T12:00:00Z",
      updated_at: "2024-01-01T12:00:02Z",
    });
    expect(send("GET", locate(created)).body).toEqual(updated.body);
  });

  test("once canceled can be read, and neither changed nor canceled again", () => {
    const { create, send } = emulator();
    const created = create();
    const canceled = send("DELETE", locate(created));
    expect(canceled.status).toBe(200);
    expect(canceled.body).toMatchObject({ state: "CANCELED" });
    expect(canceled.body).not.toHaveProperty("state_context");
    expect(send("GET", locate(created)).body).toEqual(canceled.body);
    for (const refused of [
      send("PATCH", locate(created), { body: { amount: 1 } }),
      send("DELETE", locate(created)),
    ]) {
      expect(refused.status).toBe(409);
      expect(refused.body).toEqual(problem("RESOURCE_CONFLICT", "RESOURCE_ERROR"));
    }
  });

  test("expires after 3 h, to the microsecond", () => {
    const { clock, create, send } = emulator();
    const created = create();
    clock.freeze(micros(3 * 3_600_000_000 - 1));
    expect(send("GET", locate(created)).body).toMatchObject({ state: "SUBMITTED" });
    clock.freeze(micros(1));
    expect(send("GET", locate(created)).body).toMatchObject({
      state: "EXPIRED",
      updated_at: "2024-01-01T15:00:00Z",
    });
    expect(send("DELETE", locate(created)).status).toBe(409);
    expect(send("PATCH", locate(created), { body: { amount: 1 } }).status).toBe(409);
  });

  test("a canceled one does not expire", () => {
    const { clock, create, send } = emulator();
    const created = create();
    send("DELETE", locate(created));
    clock.freeze(seconds(4 * 3600));
    expect(send("GET", locate(created)).body).toMatchObject({ state: "CANCELED" });
  });

  test("does not exist for another key or account", () => {
    const { create, send } = emulator();
    const created = create();
    const others = [
      send("GET", locate(created), { headers: { authorization: `Basic ${KEY}2` } }),
      send("GET", locate(created).replace("/v2/", `/v2/accounts/${ACCOUNT}/`)),
      send("GET", `${REQUESTS}/krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4`),
    ];
    for (const other of others) {
      expect(other.status).toBe(404);
      expect(other.body).toEqual(problem("RESOURCE_NOT_FOUND", "RESOURCE_ERROR"));
    }
  });

  test("an account's is the same under both spellings of its id", () => {
    const { create, send } = emulator({ level: "acquiring-partner" });
    const created = create(undefined, `/v2/accounts/${ACCOUNT}/payment/requests`);
    expect(created.status).toBe(201);
    const encoded = `/v2/accounts/${encodeURIComponent(ACCOUNT)}/payment/requests`;
    expect(send("GET", `${encoded}/${created.body?.payment_request_id}`).status).toBe(200);
  });
});

describe("bodies", () => {
  const lines = (...totals: number[]) => ({
    supplementary_purchase_data: { line_items: totals.map((total) => ({ total_amount: total })) },
  });
  test.each<[string, Record<string, unknown>, string, string]>([
    ["no currency", { currency: undefined }, "currency", "is required"],
    [
      "a currency of two letters",
      { currency: "US" },
      "currency",
      "must be a supported ISO 4217 currency code",
    ],
    [
      "a currency that Klarna does not list",
      { currency: "JPY" },
      "currency",
      "must be a supported ISO 4217 currency code",
    ],
    ["no amount", { amount: undefined }, "amount", "is required"],
    ["an amount of 0", { amount: 0 }, "amount", "must be a whole number from 1 to 2147483647"],
    [
      "an amount of 2^31",
      { amount: 2 ** 31 },
      "amount",
      "must be a whole number from 1 to 2147483647",
    ],
    ["a fraction", { amount: 10.5 }, "amount", "must be a whole number from 1 to 2147483647"],
    [
      "an amount in quotes",
      { amount: "1000" },
      "amount",
      "must be a whole number from 1 to 2147483647",
    ],
    [
      "no interaction",
      { customer_interaction_config: undefined },
      "customer_interaction_config",
      "is required",
    ],
    [
      "no method",
      { customer_interaction_config: {} },
      "customer_interaction_config.method",
      "is required",
    ],
    [
      "an unknown method",
      { customer_interaction_config: { method: "POST" } },
      "customer_interaction_config.method",
      "must be HANDOVER or QR_CODE",
    ],
    [
      "lines that do not add up",
      lines(400, 500),
      "amount",
      "must equal the sum of the line items' total_amount",
    ],
    [
      "half an item",
      { supplementary_purchase_data: { line_items: [{ total_amount: 1000, quantity: 0.5 }] } },
      "supplementary_purchase_data.line_items[0].quantity",
      "must be greater than or equal to 1",
    ],
  ])("%s is a validation error", (_, change, parameter, reason) => {
    const refused = emulator().create({ body: { ...minimalPaymentRequest(), ...change } });
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({
      ...problem("VALIDATION_ERROR", "INPUT_ERROR"),
      validation_errors: [{ parameter, reason }],
    });
  });

  test("the limits of the amount, lower-case currencies and lines that add up are taken", () => {
    const { create } = emulator();
    const statuses = [
      { amount: 1 },
      { amount: 2_147_483_647 },
      { currency: "sek" },
      lines(1100, -100),
      { anything: "else" },
    ].map((change) => create({ body: { ...minimalPaymentRequest(), ...change } }).status);
    expect(statuses).toEqual([201, 201, 201, 201, 201]);
  });

  test("several broken rules are all named, and never thousands", () => {
    const both = emulator().create({
      body: { customer_interaction_config: { method: "QR_CODE" } },
    });
    expect(both.body?.validation_errors).toEqual([
      { parameter: "currency", reason: "is required" },
      { parameter: "amount", reason: "is required" },
    ]);
    const many = emulator().create({
      body: {
        ...minimalPaymentRequest(),
        supplementary_purchase_data: { line_items: Array(5000).fill({}) },
      },
    });
    expect(many.body?.validation_errors).toHaveLength(20);
  });

  test("a change obeys the same rules, the sum of the lines sent before included", () => {
    const { create, send } = emulator();
    const created = create({ body: { ...minimalPaymentRequest(), ...lines(1000) } });
    const wrong = send("PATCH", locate(created), { body: { amount: 1200 } });
    expect(wrong.status).toBe(400);
    const right = send("PATCH", locate(created), { body: { amount: 1200, ...lines(1200) } });
    expect(right.status).toBe(200);
    expect(send("PATCH", locate(created), { body: { amount: 0 } }).status).toBe(400);
  });

  test.each<[string, Sent]>([
    ["no body", {}],
    ["half a body", { raw: '{"currency":' }],
    ["another content type", { body: {}, headers: { "content-type": "text/plain" } }],
    ["no content type", { body: {}, headers: { "content-type": undefined } }],
  ])("%s is INVALID_CONTENT_TYPE", (_, sent) => {
    const refused = emulator().create(sent);
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual(problem("INVALID_CONTENT_TYPE", "INPUT_ERROR"));
  });

  test("a charset beside the content type is fine; JSON that is no object is a validation error", () => {
    const { create } = emulator();
    const headers = { "content-type": "application/json; charset=utf-8" };
    expect(create({ body: minimalPaymentRequest(), headers }).status).toBe(201);
    expect(create({ raw: "[]" }).body?.validation_errors).toEqual([
      { parameter: "$", reason: "must be a JSON object" },
    ]);
  });
});
