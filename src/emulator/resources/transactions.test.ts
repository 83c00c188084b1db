import { describe, expect, test } from "vitest";
import { seconds } from "../../base/units.ts";
import { minimalPaymentRequest, stepUpAuthorization } from "../../klarna/sample-data.ts";
import { customer, emulator, KEY, locate, problem, UNLIMITED } from "../pipeline.support.ts";

const DAY = seconds(24 * 3600);
const CONFLICT = problem("RESOURCE_CONFLICT", "RESOURCE_ERROR");
const UNKNOWN = problem("RESOURCE_NOT_FOUND", "RESOURCE_ERROR");

/** An emulator with one authorized transaction of 1000. */
function authorized(email?: string) {
  const at = emulator(customer("approve"), UNLIMITED);
  const created = at.create({
    body: { ...minimalPaymentRequest(), supplementary_purchase_data: { customer: { email } } },
  });
  at.clock.freeze(seconds(10));
  const token = at.send("GET", locate(created)).body.state_context.klarna_network_session_token;
  const approved = at.send("POST", "/v2/payment/authorize", {
    headers: { "klarna-network-session-token": token },
    body: stepUpAuthorization(),
  });
  const id: string =
    approved.body.payment_transaction_response.payment_transaction.payment_transaction_id;
  const path = `/v2/payment/transactions/${id}`;
  const post = (what: string, body?: object) => at.send("POST", `${path}/${what}`, { body });
  const capture = (amount: number, more: object = {}) =>
    post("capture", { capture_amount: amount, ...more });
  const read = () => at.send("GET", path).body;
  return { ...at, id, path, post, capture, read };
}

describe("a transaction", () => {
  test("is authorized for 28 days, and then expired", () => {
    const { clock, read, capture } = authorized();
    expect(read()).toMatchObject({
      state: "AUTHORIZED",
      amount: 1000,
      currency: "USD",
      captured_amount: 0,
      remaining_amount: 1000,
      created_at: "2024-01-01T12:00:10Z",
      expires_at: "2024-01-29T12:00:10Z",
    });
    clock.freeze(seconds(28 * 24 * 3600));
    expect(read()).toMatchObject({ state: "EXPIRED", remaining_amount: 0 });
    expect(capture(1).body).toEqual(CONFLICT);
  });

  test("is captured in parts, up to what is authorized, and each part can be read", () => {
    const { id, send, capture, read } = authorized();
    const first = capture(400, { payment_capture_reference: "c-1" });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      payment_capture_id: `${id}:capture:1`,
      payment_capture_reference: "c-1",
      amount: 400,
    });
    expect(read()).toMatchObject({ state: "PART_CAPTURED", remaining_amount: 600 });
    expect(capture(601).body.validation_errors).toEqual([
      { parameter: "capture_amount", reason: "must not be more than 600" },
    ]);
    expect(capture(600).body.payment_capture_id).toBe(`${id}:capture:2`);
    expect(read()).toMatchObject({ state: "CAPTURED", remaining_amount: 0 });
    expect(capture(1).body).toEqual(CONFLICT);
    expect(send("GET", `/v2/payment/captures/${id}:capture:1`).body).toEqual(first.body);
    expect(send("GET", `/v2/payment/captures/${id}:capture:3`).body).toEqual(UNKNOWN);
  });

  test("a capture that releases the rest is the last", () => {
    const { capture, read } = authorized();
    capture(400, { remaining_authorization: "RELEASE" });
    expect(read()).toMatchObject({ state: "CAPTURED", remaining_amount: 0 });
    expect(capture(1).body).toEqual(CONFLICT);
  });

  test("is voided before its first capture, once", () => {
    const { post, read, capture } = authorized();
    expect(post("void").body).toMatchObject({ state: "VOIDED", remaining_amount: 0 });
    expect(read().state).toBe("VOIDED");
    for (const refused of [post("void"), capture(1), post("authorize", { amount: 1 })]) {
      expect(refused.body).toEqual(CONFLICT);
    }
    const captured = authorized();
    captured.capture(1);
    expect(captured.post("void").body).toEqual(CONFLICT);
  });

  test("is refunded up to what was captured, the oldest captures first", () => {
    const { id, post, capture, read, send } = authorized();
    expect(post("refund", { refund_amount: 1 }).body).toEqual(CONFLICT);
    capture(300);
    capture(200);
    expect(post("refund", { refund_amount: 501 }).body.validation_errors).toEqual([
      { parameter: "refund_amount", reason: "must not be more than 500" },
    ]);
    const refund = post("refund", { refund_amount: 350, refund_reference: "r-1" });
    expect(refund.status).toBe(201);
    expect(refund.body).toMatchObject({ amount: 350, payment_refund_reference: "r-1" });
    expect(send("GET", `/v2/payment/refunds/${id}:refund:1`).body).toEqual(refund.body);
    expect(read()).toMatchObject({
      refunded_amount: 350,
      refundable_amount: 150,
      payment_captures: [{ refunded_amount: 300 }, { refunded_amount: 50 }],
    });
    expect(read().payment_refunds).toEqual([refund.body]);
    post("refund", { refund_amount: 150 });
    expect(post("refund", { refund_amount: 1 }).body).toEqual(CONFLICT);
  });

  test("one capture is refunded up to what it is, whatever the others are", () => {
    const { id, capture, send } = authorized();
    capture(300);
    capture(200);
    const refund = (n: number, amount: number) =>
      send("POST", `/v2/payment/captures/${id}:capture:${n}/refund`, {
        body: { refund_amount: amount, payment_refund_reference: "r" },
      });
    expect(refund(2, 201).status).toBe(400);
    expect(refund(2, 200).body.payment_refund_id).toBe(`${id}:refund:1`);
    expect(refund(2, 1).body).toEqual(CONFLICT);
    expect(refund(3, 1).body).toEqual(UNKNOWN);
    expect(refund(1, 300).status).toBe(201);
  });

  test("is authorized anew: another amount, a later expiry", () => {
    const { post, capture, read } = authorized();
    expect(post("authorize", { amount: 1500, extension_days: 10 }).body).toMatchObject({
      amount: 1500,
      expires_at: "2024-02-08T12:00:10Z",
    });
    capture(1200);
    expect(post("authorize", { amount: 1199 }).body.validation_errors).toEqual([
      { parameter: "amount", reason: "must not be less than what is captured, 1200" },
    ]);
    expect(post("authorize", { amount: 1200 }).body.state).toBe("CAPTURED");
    expect(post("authorize", { amount: 1300 }).body).toEqual(CONFLICT);
    expect(read().amount).toBe(1200);
  });

  test("changes its references", () => {
    const { path, send, read } = authorized();
    const body = {
      payment_transaction_reference: "ref-2",
      supplementary_purchase_data: { purchase_reference: "p-2" },
    };
    expect(send("PATCH", path, { body }).body).toMatchObject(body);
    expect(read()).toMatchObject(body);
  });

  test("does not exist for another key", () => {
    const { id, path, send, capture } = authorized();
    capture(10);
    const headers = { authorization: `Basic ${KEY}2` };
    for (const url of [path, `/v2/payment/captures/${id}:capture:1`]) {
      expect(send("GET", url, { headers }).body).toEqual(UNKNOWN);
    }
  });

  test("has at most a hundred captures", () => {
    const { capture } = authorized();
    const statuses = Array.from({ length: 101 }, () => capture(1).status);
    expect(statuses).toEqual([...Array(100).fill(201), 409]);
  });

  test("there are no chargebacks", () => {
    const { send } = authorized();
    expect(send("GET", "/v2/payment/chargebacks/x").body).toEqual(UNKNOWN);
  });
});

describe("bodies", () => {
  test.each<[string, object, string]>([
    ["capture", {}, "capture_amount"],
    ["capture", { capture_amount: 0 }, "capture_amount"],
    ["capture", { capture_amount: 1, remaining_authorization: "KEEP" }, "remaining_authorization"],
    ["refund", { refund_amount: "1" }, "refund_amount"],
    ["authorize", { extension_days: 0 }, "extension_days"],
    ["authorize", { extension_days: 61 }, "extension_days"],
    [
      "authorize",
      { amount: 1, supplementary_purchase_data: { line_items: [{ total_amount: 2 }] } },
      "amount",
    ],
  ])("%s %j is a validation error", (what, body, parameter) => {
    const { status, body: refused } = authorized().post(what, body);
    expect(status).toBe(400);
    expect(refused.validation_errors).toEqual([expect.objectContaining({ parameter })]);
  });
});

describe("disputes", () => {
  const DISPUTED = "customer+us+disputed-faulty_goods@klarna.com";

  test("one is opened with the first capture of a sample customer's who stands for it", () => {
    const { capture, send } = authorized(DISPUTED);
    const list = (query = "") => send("GET", `/v2/payment/disputes${query}`).body.disputes;
    expect(list()).toEqual([]);
    capture(400);
    capture(100);
    const [dispute, ...others] = list();
    expect(others).toEqual([]);
    expect(dispute).toMatchObject({
      state: "AWAITING_RESPONSE",
      reason: "FAULTY_GOODS",
      amount: 400,
      opened_at: "2024-01-01T12:00:10Z",
    });
    expect(list("?opened_at_start=2024-01-01T12:00:11Z")).toEqual([]);
    expect(list("?opened_at_end=2024-01-01T12:00:11Z")).toHaveLength(1);
    expect(list("?payment_transaction_id=x")).toEqual([]);
    expect(send("GET", "/v2/payment/disputes?opened_at_end=soon").status).toBe(400);
  });

  test("it is answered or accepted, and takes attachments until it is lost", () => {
    const { capture, send } = authorized(DISPUTED);
    capture(400);
    const [{ payment_dispute_id: id }] = send("GET", "/v2/payment/disputes").body.disputes;
    const path = `/v2/payment/disputes/${id}`;
    const post = (what: string, body?: object) => send("POST", `${path}/${what}`, { body });
    const attached = post("attachments", {});
    expect(attached.status).toBe(201);
    expect(post("respond", { additional_information: 7 }).status).toBe(400);
    expect(post("respond", { additional_information: "x" }).body.state).toBe("UNDER_REVIEW");
    expect(post("respond", {}).body).toEqual(CONFLICT);
    expect(post("accept-loss").body.state).toBe("LOST");
    expect(post("accept-loss").body).toEqual(CONFLICT);
    expect(post("attachments", {}).body).toEqual(CONFLICT);
    expect(send("GET", path).body).toMatchObject({ state: "LOST", attachments: [attached.body] });
    expect(send("GET", "/v2/payment/disputes/x").body).toEqual(UNKNOWN);
  });
});

test("what a transaction holds is what idempotency says: a repeated capture is made once", () => {
  const { path, send, read, clock } = authorized();
  const headers = { "klarna-idempotency-key": "5b1e6c1e-0000-5000-8000-000000000000" };
  const capture = (amount: number) =>
    send("POST", `${path}/capture`, { body: { capture_amount: amount }, headers });
  const first = capture(100);
  expect(capture(200).body).toEqual(first.body);
  expect(read().captured_amount).toBe(100);
  clock.freeze(DAY);
  expect(capture(200).body.amount).toBe(200);
});
