import { describe, expect, test } from "vitest";
import { seconds } from "../../base/units.ts";
import { classicPurchase } from "../../klarna/sample-data.ts";
import { classicProblem, customer, emulator, KEY, UNLIMITED, UUID } from "../pipeline.support.ts";

const SESSIONS = "/payments/v1/sessions";
const AUTHORIZATIONS = "/payments/v1/authorizations";
const TOKEN_REQUEST = {
  purchase_country: "SE",
  purchase_currency: "SEK",
  locale: "en-SE",
  description: "a test",
  intended_use: "SUBSCRIPTION",
};

function session(outcome?: "approve" | "decline") {
  const at = emulator(outcome ? customer(outcome) : {}, UNLIMITED);
  const created = at.send("POST", SESSIONS, { body: { ...classicPurchase(), intent: "buy" } });
  const path = `${SESSIONS}/${created.body.session_id}`;
  const read = () => at.send("GET", path).body;
  return { ...at, created, path, read };
}

/** A session whose customer has authorized it. */
function authorized() {
  const at = session("approve");
  at.clock.freeze(seconds(10));
  const token: string = at.read().authorization_token;
  const order = (changes: object = {}) =>
    at.send("POST", `${AUTHORIZATIONS}/${token}/order`, {
      body: { ...classicPurchase(), ...changes },
    });
  const customerToken = () =>
    at.send("POST", `${AUTHORIZATIONS}/${token}/customer-token`, { body: TOKEN_REQUEST });
  const cancel = () => at.send("DELETE", `${AUTHORIZATIONS}/${token}`);
  return { ...at, token, order, customerToken, cancel };
}

describe("a payment session", () => {
  test("is begun, and read back with what was sent", () => {
    const { created, read } = session();
    expect(created.status).toBe(200);
    expect(created.body).toEqual({
      session_id: UUID,
      client_token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      payment_method_categories: [expect.objectContaining({ identifier: "klarna" })],
    });
    expect(read()).toEqual({
      ...classicPurchase(),
      intent: "buy",
      status: "incomplete",
      client_token: created.body.client_token,
      expires_at: "2024-01-03T12:00:00.000Z",
      payment_method_categories: created.body.payment_method_categories,
    });
  });

  test("knows no idempotency key: the document of these operations names none", () => {
    const { send } = session();
    const headers = { "klarna-idempotency-key": "5b1e6c1e-0000-4000-8000-000000000000" };
    const create = () => send("POST", SESSIONS, { body: classicPurchase(), headers }).body;
    expect(create().session_id).not.toBe(create().session_id);
  });

  test("is changed in part; what is not named stays", () => {
    const { send, path, read } = session();
    const body = { merchant_reference1: "ref-2", locale: "sv-SE" };
    const updated = send("POST", path, { body });
    expect([updated.status, updated.body]).toEqual([204, null]);
    expect(updated.headers).not.toHaveProperty("Content-Length");
    expect(read()).toMatchObject({ ...classicPurchase(), ...body });
  });

  test("expires after 48 h, and is nobody else's", () => {
    const { clock, send, path } = session();
    const headers = { authorization: `Basic ${KEY}2` };
    const unknown = { ...classicProblem("NOT_FOUND"), error_messages: ["Invalid session id"] };
    expect(send("GET", path, { headers }).body).toEqual(unknown);
    clock.freeze(seconds(48 * 3600));
    expect(send("GET", path).body).toEqual(unknown);
    expect(send("POST", path, { body: {} }).body).toEqual(unknown);
  });

  test("keeps neither an address nor hundreds of lines", () => {
    const { send, path, read } = session();
    const lines = Array(500).fill({ name: "x", quantity: 1, unit_price: 2, total_amount: 2 });
    const many = { order_lines: lines, order_amount: 1000, order_tax_amount: 0 };
    const billing_address = { email: "customer@email.se", city: "Stockholm" };
    expect(send("POST", path, { body: { ...many, billing_address } }).status).toBe(204);
    expect(read()).not.toHaveProperty("order_lines");
    expect(read()).not.toHaveProperty("billing_address");
  });

  const [line] = [{ name: "x", quantity: 1, unit_price: 1000, total_amount: 1000 }];
  test.each<[string, object, string]>([
    ["no country", { purchase_country: undefined }, "purchase_country"],
    ["a country of three letters", { purchase_country: "SWE" }, "purchase_country"],
    ["a negative amount", { order_amount: -1 }, "order_amount"],
    ["no lines", { order_lines: [] }, "order_lines"],
    ["1001 lines", { order_lines: Array(1001).fill(line) }, "order_lines"],
    ["a line without a name", { order_lines: [{ ...line, name: "" }] }, "order_lines[0].name"],
    [
      "a tax rate above 100 %",
      { order_lines: [{ ...line, tax_rate: 10_001 }] },
      "order_lines[0].tax_rate",
    ],
    [
      "a price above the most",
      { order_lines: [{ ...line, unit_price: 200_000_001 }] },
      "order_lines[0].unit_price",
    ],
    ["lines that do not add up", { order_amount: 999 }, "order_amount"],
    ["taxes that do not add up", { order_tax_amount: 1 }, "order_tax_amount"],
    ["an unknown intent", { intent: "lend" }, "intent"],
  ])("%s is BAD_VALUE, with its place", (_, changes, field) => {
    const { status, body } = emulator().send("POST", SESSIONS, {
      body: { ...classicPurchase(), ...changes },
    });
    expect(status).toBe(400);
    expect(body).toEqual({
      ...classicProblem("BAD_VALUE"),
      error_messages: [`BAD_VALUE : ${field}`],
    });
  });
});

describe("an authorization", () => {
  test("comes with the customer's decision, and not before", () => {
    const { clock, read } = session("approve");
    clock.freeze(seconds(9.999_999));
    expect(read()).not.toHaveProperty("authorization_token");
    clock.freeze(seconds(0.000_001));
    expect(read().authorization_token).toEqual(UUID);
    clock.freeze(seconds(3600));
    expect(read()).not.toHaveProperty("authorization_token");

    const declined = session("decline");
    declined.clock.freeze(seconds(11));
    expect(declined.read()).not.toHaveProperty("authorization_token");
  });

  test("makes one order; asked again it answers the same, and to another purchase a conflict", () => {
    const { order, read, send, path } = authorized();
    const placed = order();
    expect(placed.status).toBe(200);
    expect(placed.body).toEqual({
      order_id: UUID,
      redirect_url: expect.stringMatching(/^https:\/\/emulator\.invalid\//),
      fraud_status: "ACCEPTED",
      authorized_payment_method: { type: "invoice" },
    });
    expect(order().body).toEqual(placed.body);
    expect(order({ merchant_reference1: "x" })).toMatchObject({
      status: 409,
      body: classicProblem("BAD_VALUE"),
    });
    expect(read()).toMatchObject({ status: "complete" });
    expect(send("POST", path, { body: {} })).toMatchObject({
      status: 404,
      body: classicProblem("SESSION_COMPLETED"),
    });
  });

  test("must be for what the customer authorized", () => {
    const { order } = authorized();
    const [line] = [{ name: "Other", quantity: 1, unit_price: 1000, total_amount: 1000 }];
    const other = order({
      purchase_currency: "EUR",
      order_lines: [line],
      order_tax_amount: undefined,
    });
    expect(other.status).toBe(409);
    expect(other.body.error_messages).toEqual([
      "Not matching fields: [purchase_currency, order_lines]",
    ]);
    expect(order().status).toBe(200);
  });

  test("is used once: for an order, or a customer token, or not at all", () => {
    const used = { status: 403, body: classicProblem("INVALID_OPERATION") };
    const tokenized = authorized();
    expect(tokenized.customerToken().body).toMatchObject({ token_id: UUID });
    expect(tokenized.customerToken()).toMatchObject(used);
    expect(tokenized.order()).toMatchObject(used);
    expect(tokenized.cancel()).toMatchObject(used);
    const ordered = authorized();
    ordered.order();
    expect(ordered.customerToken()).toMatchObject(used);
    const canceled = authorized();
    expect(canceled.cancel()).toMatchObject({ status: 204, body: null });
    for (const refused of [canceled.cancel(), canceled.order(), canceled.customerToken()]) {
      expect(refused).toMatchObject({ status: 404, body: classicProblem("NOT_FOUND") });
    }
  });
});

describe("a hosted page", () => {
  const create = (at: ReturnType<typeof session>, url = `https://127.0.0.1:8443${at.path}`) =>
    at.send("POST", "/hpp/v1/sessions", {
      body: { payment_session_url: url, merchant_urls: { success: "https://example.com/" } },
    });

  test("stands for a session, and ends as its customer does", () => {
    const at = session("approve");
    const { status, body } = create(at);
    expect(status).toBe(201);
    expect(body).toMatchObject({ session_id: UUID, redirect_url: expect.any(String) });
    const read = () => at.send("GET", `/hpp/v1/sessions/${body.session_id}`).body;
    expect(read().status).toBe("WAITING");
    at.clock.freeze(seconds(5));
    expect(read().status).toBe("IN_PROGRESS");
    at.clock.freeze(seconds(5));
    expect(read()).toMatchObject({ status: "COMPLETED", authorization_token: UUID });
  });

  test("is closed for good, and knows only sessions of this emulator", () => {
    const at = session();
    expect(create(at, `https://api-na.playground.klarna.com${at.path}`).status).toBe(201);
    const { body } = create(at);
    const path = `/hpp/v1/sessions/${body.session_id}`;
    expect(at.send("DELETE", path).status).toBe(204);
    expect(at.send("GET", path).body.status).toBe("DISABLED");
    for (const url of [
      "nowhere",
      `https://127.0.0.1${SESSIONS}/unknown`,
      "https://127.0.0.1/",
      `https://api.klarna.com${at.path}`,
      `https://API-NA.klarna.com:443${at.path}`,
    ]) {
      expect(create(at, url)).toMatchObject({ status: 400, body: classicProblem("BAD_VALUE") });
    }
    for (const method of ["GET", "DELETE"]) {
      expect(at.send(method, "/hpp/v1/sessions/unknown").status).toBe(404);
    }
  });
});
