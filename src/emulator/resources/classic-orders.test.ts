import { describe, expect, test } from "vitest";
import { seconds } from "../../base/units.ts";
import { classicPurchase } from "../../klarna/sample-data.ts";
import { classicProblem, customer, emulator, KEY, UNLIMITED, UUID } from "../pipeline.support.ts";

/** An emulator with one order of 1000, just placed. */
function placed(changes: object = {}) {
  const at = emulator(customer("approve"), UNLIMITED);
  const session = at.send("POST", "/payments/v1/sessions", { body: classicPurchase() });
  at.clock.freeze(seconds(10));
  const { authorization_token: token } = at.send(
    "GET",
    `/payments/v1/sessions/${session.body.session_id}`,
  ).body;
  const order = at.send("POST", `/payments/v1/authorizations/${token}/order`, {
    body: { ...classicPurchase(), ...changes },
  });
  const path = `/ordermanagement/v1/orders/${order.body.order_id}`;
  const post = (what: string, body?: object) => at.send("POST", `${path}/${what}`, { body });
  const patch = (what: string, body: object) => at.send("PATCH", `${path}/${what}`, { body });
  const read = () => at.send("GET", path).body;
  const capture = (amount: number) => post("captures", { captured_amount: amount });
  const refund = (amount: number) => post("refunds", { refunded_amount: amount });
  return { ...at, path, post, patch, read, capture, refund };
}

const refused = (status: number, code: string) => ({ status, body: classicProblem(code) });

describe("an order", () => {
  test("is authorized for 28 days, then expired", () => {
    const { clock, read, capture, post } = placed({ merchant_reference1: "ref-1" });
    expect(read()).toMatchObject({
      order_id: UUID,
      status: "AUTHORIZED",
      fraud_status: "ACCEPTED",
      order_amount: 1000,
      original_order_amount: 1000,
      captured_amount: 0,
      refunded_amount: 0,
      remaining_authorized_amount: 1000,
      purchase_currency: "SEK",
      merchant_reference1: "ref-1",
      klarna_reference: expect.stringMatching(/^K[0-9A-F]{6}$/),
      expires_at: "2024-01-29T12:00:10Z",
      captures: [],
      refunds: [],
    });
    expect(post("acknowledge").status).toBe(204);
    clock.freeze(seconds(28 * 24 * 3600));
    expect(read()).toMatchObject({ status: "EXPIRED", remaining_authorized_amount: 0 });
    expect(capture(1)).toMatchObject(refused(403, "CAPTURE_NOT_ALLOWED"));
    expect(post("extend-authorization-time")).toMatchObject(refused(403, "NOT_ALLOWED"));
  });

  test("is captured in parts; each answer is empty and names the capture in its headers", () => {
    const { send, path, read, capture } = placed();
    const first = capture(400);
    const id = first.headers["Capture-Id"] ?? "";
    expect([first.status, first.body]).toEqual([201, null]);
    expect(id).toEqual(UUID);
    expect(first.headers.Location).toMatch(new RegExp(`${path}/captures/${id}$`));
    expect(read()).toMatchObject({ status: "PART_CAPTURED", remaining_authorized_amount: 600 });
    expect(capture(601)).toMatchObject(refused(403, "CAPTURE_NOT_ALLOWED"));
    expect(capture(0)).toMatchObject(refused(403, "CAPTURE_NOT_ALLOWED"));
    capture(600);
    expect(read()).toMatchObject({ status: "CAPTURED", captured_amount: 1000 });
    const one = send("GET", `${path}/captures/${id}`).body;
    expect(one).toMatchObject({ capture_id: id, captured_amount: 400, refunded_amount: 0 });
    expect(send("GET", `${path}/captures`).body).toEqual(read().captures);
    expect(send("GET", `${path}/captures/x`)).toMatchObject(refused(404, "NO_SUCH_CAPTURE"));
  });

  test("with auto_capture is captured at once", () => {
    expect(placed({ auto_capture: true }).read()).toMatchObject({ status: "CAPTURED" });
  });

  test("is cancelled only before a capture", () => {
    const { post, patch, read, capture } = placed();
    expect(post("cancel").status).toBe(204);
    expect(read()).toMatchObject({ status: "CANCELLED", remaining_authorized_amount: 0 });
    expect(post("cancel")).toMatchObject(refused(403, "CANCEL_NOT_ALLOWED"));
    expect(capture(1)).toMatchObject(refused(403, "CAPTURE_NOT_ALLOWED"));
    expect(post("release-remaining-authorization")).toMatchObject(refused(403, "NOT_ALLOWED"));
    expect(patch("merchant-references", {})).toMatchObject(refused(403, "NOT_ALLOWED"));
    expect(patch("customer-details", {})).toMatchObject(refused(403, "NOT_ALLOWED"));
    const captured = placed();
    captured.capture(1);
    expect(captured.post("cancel")).toMatchObject(refused(403, "CANCEL_NOT_ALLOWED"));
  });

  test("is refunded up to what was captured", () => {
    const { send, path, refund, capture, read } = placed();
    expect(refund(1)).toMatchObject(refused(403, "REFUND_NOT_ALLOWED"));
    capture(300);
    capture(200);
    expect(refund(501)).toMatchObject(refused(403, "REFUND_NOT_ALLOWED"));
    const made = refund(350);
    expect(made.status).toBe(201);
    const id = made.headers["Refund-Id"] ?? "";
    expect(send("GET", `${path}/refunds/${id}`).body).toMatchObject({
      refund_id: id,
      refunded_amount: 350,
      refunded_at: "2024-01-01T12:00:10Z",
    });
    expect(read()).toMatchObject({
      refunded_amount: 350,
      captures: [{ refunded_amount: 300 }, { refunded_amount: 50 }],
      refunds: [{ refund_id: id }],
    });
    expect(send("GET", `${path}/refunds/x`)).toMatchObject(refused(404, "NOT_FOUND"));
  });

  test("gives up the rest of its authorization once it has a capture", () => {
    const { post, read, capture } = placed();
    expect(post("release-remaining-authorization")).toMatchObject(refused(403, "NOT_ALLOWED"));
    capture(400);
    expect(post("release-remaining-authorization").status).toBe(204);
    expect(read()).toMatchObject({ status: "CAPTURED", remaining_authorized_amount: 0 });
    expect(capture(1)).toMatchObject(refused(403, "CAPTURE_NOT_ALLOWED"));
  });

  test("with captures whose rest has run out is closed", () => {
    const { clock, read, capture, refund } = placed();
    capture(400);
    clock.freeze(seconds(28 * 24 * 3600));
    expect(read()).toMatchObject({ status: "CLOSED", remaining_authorized_amount: 0 });
    expect(refund(400).status).toBe(201);
  });

  test("is authorized for another amount, not less than is captured; and for longer", () => {
    const { clock, patch, post, read, capture } = placed();
    capture(400);
    const line = { name: "x", quantity: 1, unit_price: 1500, total_amount: 1500 };
    expect(patch("authorization", { order_amount: 1500, order_lines: [line] }).status).toBe(204);
    expect(read()).toMatchObject({
      order_amount: 1500,
      original_order_amount: 1000,
      remaining_authorized_amount: 1100,
    });
    expect(patch("authorization", { order_amount: 399 })).toMatchObject(
      refused(403, "NOT_ALLOWED"),
    );
    expect(patch("authorization", { order_amount: 1, order_lines: [line] })).toMatchObject(
      refused(422, "UNPROCESSABLE_ENTITY"),
    );
    clock.freeze(seconds(24 * 3600));
    expect(post("extend-authorization-time").status).toBe(204);
    expect(read().expires_at).toBe("2024-01-30T12:00:10Z");
  });

  test("changes references and address, and takes shipping information", () => {
    const { send, path, patch, post, read, capture } = placed();
    expect(patch("merchant-references", { merchant_reference1: "ref-9" }).status).toBe(204);
    expect(patch("customer-details", { shipping_address: { city: "x" } }).status).toBe(204);
    const parcel = { shipping_info: [{ shipping_company: "DHL US", shipping_method: "Home" }] };
    expect(post("shipping-info", parcel).status).toBe(204);
    expect(read()).toMatchObject({ merchant_reference1: "ref-9", ...parcel });
    expect(post("captures/x/shipping-info", parcel)).toMatchObject(refused(403, "NOT_ALLOWED"));
    const id = capture(100).headers["Capture-Id"];
    expect(post(`captures/${id}/shipping-info`, parcel).status).toBe(204);
    expect(post("captures/x/shipping-info", parcel)).toMatchObject(refused(404, "NO_SUCH_CAPTURE"));
    expect(send("GET", `${path}/captures/${id}`).body).toMatchObject(parcel);
  });

  test("has its captures' messages sent again, and their due dates extended", () => {
    const { send, path, post, patch, capture } = placed();
    expect(post("captures/x/trigger-send-out")).toMatchObject(refused(403, "NOT_ALLOWED"));
    const id = capture(100).headers["Capture-Id"];
    expect(post(`captures/${id}/trigger-send-out`).status).toBe(204);
    expect(post("captures/x/trigger-send-out")).toMatchObject(refused(404, "NO_SUCH_CAPTURE"));
    const { body } = send("GET", `${path}/captures/${id}/extend-due-date-options`);
    expect(body.options).toHaveLength(3);
    const extend = (days: number, of = id) =>
      patch(`captures/${of}/extend-due-date`, { number_of_days: days });
    expect(extend(body.options[0].number_of_days).status).toBe(204);
    expect(extend(11)).toMatchObject(refused(403, "NOT_ALLOWED"));
    expect(extend(10, "x")).toMatchObject(refused(404, "NO_SUCH_CAPTURE"));
    expect(send("GET", `${path}/captures/x/extend-due-date-options`).status).toBe(404);
  });

  test("does not exist for another key", () => {
    const { send, path } = placed();
    const headers = { authorization: `Basic ${KEY}2` };
    expect(send("GET", path, { headers })).toMatchObject(refused(404, "NO_SUCH_ORDER"));
    const body = { refunded_amount: 1 };
    // Klarna's document gives refunds another code.
    expect(send("POST", `${path}/refunds`, { headers, body })).toMatchObject(
      refused(404, "NOT_FOUND"),
    );
  });

  test("a repeated capture is made once, whatever its body", () => {
    const { send, path, read } = placed();
    const headers = { "klarna-idempotency-key": "5b1e6c1e-0000-4000-8000-000000000000" };
    const capture = (amount: number) =>
      send("POST", `${path}/captures`, { headers, body: { captured_amount: amount } });
    expect(capture(200).headers["Capture-Id"]).toBe(capture(100).headers["Capture-Id"]);
    expect(read().captured_amount).toBe(200);
  });
});

describe("bodies", () => {
  test.each<[string, "POST" | "PATCH", object, string]>([
    ["captures", "POST", {}, "captured_amount"],
    ["captures", "POST", { captured_amount: 200_000_001 }, "captured_amount"],
    ["refunds", "POST", { refunded_amount: -1 }, "refunded_amount"],
    ["authorization", "PATCH", { order_amount: 1.5 }, "order_amount"],
    ["shipping-info", "POST", { shipping_info: [] }, "shipping_info"],
    [
      "merchant-references",
      "PATCH",
      { merchant_reference1: "x".repeat(256) },
      "merchant_reference1",
    ],
  ])("%s %s %j is UNPROCESSABLE_ENTITY, with its place", (what, method, body, field) => {
    const { send, path } = placed();
    const { status, body: answer } = send(method, `${path}/${what}`, { body });
    expect(status).toBe(422);
    expect(answer).toEqual({
      ...classicProblem("UNPROCESSABLE_ENTITY"),
      error_messages: [`UNPROCESSABLE_ENTITY : ${field}`],
    });
  });
});

describe("the classic APIs refuse in their own form", () => {
  const SESSIONS = "/payments/v1/sessions";
  test.each<[string, object, number, string]>([
    ["no key", { headers: { authorization: undefined } }, 401, "UNAUTHORIZED"],
    ["half a body", { raw: "{" }, 400, "BAD_REQUEST"],
    [
      "a form",
      { raw: "a=b", headers: { "content-type": "text/plain" } },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["a body that is too large", { tooLarge: "body" }, 413, "REQUEST_TOO_LARGE"],
  ])("%s", (_, sent, status, code) => {
    const answer = emulator().send("POST", SESSIONS, sent);
    expect(answer).toMatchObject(refused(status, code));
    expect(answer.headers["Klarna-Correlation-Id"]).toBe(answer.body.correlation_id);
  });

  test("an unknown route", () => {
    expect(emulator().send("GET", "/payments/v1/nothing")).toMatchObject(refused(404, "NOT_FOUND"));
    expect(emulator().send("GET", "/ordermanagement/v2/orders/x").body).toHaveProperty(
      "correlation_id",
    );
  });

  test("after five sessions in a second the merchant is refused everywhere until the next", () => {
    const { clock, send } = emulator();
    const create = () => send("POST", SESSIONS, { body: classicPurchase() });
    const first = create();
    expect(first.headers).toMatchObject({
      "X-Ratelimit-Limit": "5, 5;w=1",
      "X-Ratelimit-Remaining": "4",
    });
    for (let i = 0; i < 4; i++) create();
    const read = () => send("GET", `${SESSIONS}/${first.body.session_id}`);
    expect(read().headers).toMatchObject({ "X-Ratelimit-Limit": "50, 50;w=1" });
    expect(create()).toMatchObject(refused(429, "TOO_MANY_REQUESTS"));
    expect(read()).toMatchObject(refused(429, "TOO_MANY_REQUESTS"));
    expect(read().headers["X-Ratelimit-Remaining"]).toBe("0");
    clock.freeze(seconds(1));
    expect([create().status, read().status]).toEqual([200, 200]);
  });
});
