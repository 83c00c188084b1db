import { describe, expect, it } from "vitest";
import { findLiveMarkerIn } from "../guard/live-markers.ts";
import { CATEGORIES } from "../guard/quotas.ts";
import { checkRequest } from "../guard/request-check.ts";
import { OPERATIONS, type Operation, pathParameters } from "./catalogue.ts";
import { KlarnaClient, type OperationInput } from "./client.ts";

const REQUEST = "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4";
const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";
const KEY = "6af613b6-569c-5c22-9c37-2ed93f31d3af";

function operation(name: string): Operation {
  const found = OPERATIONS.get(name);
  if (!found) throw new Error(`no operation ${name}`);
  return found;
}

function input(changed: Partial<OperationInput> = {}): OperationInput {
  return { parameters: {}, body: undefined, headers: {}, idempotencyKey: KEY, ...changed };
}

/** Values for whatever stands between braces in an operation's path. */
function anyParameters(one: Operation): Record<string, string> {
  return Object.fromEntries(pathParameters(one).map((name) => [name, REQUEST]));
}

describe("the catalogue", () => {
  it.each([
    ["payment-request.create", "POST", "/payment/requests", [200, 201]],
    ["payment-request.read", "GET", "/payment/requests/{payment_request_id}", [200]],
    ["payment-request.update", "PATCH", "/payment/requests/{payment_request_id}", [200]],
    ["payment-request.cancel", "DELETE", "/payment/requests/{payment_request_id}", [200]],
  ])("has %s as Klarna documents it", (name, method, path, successStatuses) => {
    expect(operation(name)).toMatchObject({ method, path, successStatuses, family: "network" });
  });

  it("holds each operation under its own name, in a category there is, with bodies only where they are sent", () => {
    for (const [name, one] of OPERATIONS) {
      expect(one.name).toBe(name);
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/);
      expect(CATEGORIES).toContain(one.category);
      expect(one.successStatuses.length).toBeGreaterThan(0);
      expect(one.successStatuses.every((status) => status >= 200 && status < 300)).toBe(true);
      if (one.sampleBody) expect(["POST", "PATCH"]).toContain(one.method);
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

  it("names a path's parameters in order", () => {
    const two = { ...operation("payment-request.read"), path: "/a/{first_id}/b/{second_id}" };
    expect(pathParameters(two)).toEqual(["first_id", "second_id"]);
    expect(pathParameters(operation("payment-request.create"))).toEqual([]);
  });
});

describe("requests", () => {
  it("of a partner's own key go below /v2, with key and type where they are written", () => {
    const request = new KlarnaClient(undefined).request(
      operation("payment-request.create"),
      input({ body: { amount: 1 } }),
    );
    expect(request).toEqual({
      method: "POST",
      path: "/v2/payment/requests",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "klarna-idempotency-key": KEY,
      },
      body: '{"amount":1}',
    });
  });

  it("of an acquiring partner go below the account, encoded as one segment", () => {
    const { path } = new KlarnaClient(ACCOUNT).request(
      operation("payment-request.read"),
      input({ parameters: { payment_request_id: REQUEST } }),
    );
    expect(path).toBe(
      "/v2/accounts/krn%3Apartner%3Aglobal%3Aaccount%3Atest%3ALWT2XJSE/payment/requests/krn%3Apayment%3Aeu1%3Arequest%3A552603c0-fe8b-4ab1-aacb-41d55fafbdb4",
    );
  });

  it("that only read carry neither key nor type nor body", () => {
    for (const name of ["payment-request.read", "payment-request.cancel"]) {
      const request = new KlarnaClient(undefined).request(
        operation(name),
        input({ parameters: { payment_request_id: REQUEST } }),
      );
      expect(request.headers).toEqual({ accept: "application/json" });
      expect("body" in request).toBe(false);
    }
  });

  it("keep the run's idempotency key, whatever a step's headers say", () => {
    const headers = { "klarna-idempotency-key": "mine", "partner-correlation-id": "abc" };
    const request = new KlarnaClient(undefined).request(
      operation("payment-request.create"),
      input({ headers }),
    );
    expect(request.headers).toMatchObject({
      "klarna-idempotency-key": KEY,
      "partner-correlation-id": "abc",
    });
  });

  it("of every operation pass the guard, with and without an account", () => {
    for (const one of OPERATIONS.values()) {
      for (const account of [undefined, ACCOUNT]) {
        const body = one.sampleBody?.();
        const made = new KlarnaClient(account).request(
          one,
          input({ parameters: anyParameters(one), body }),
        );
        expect(() => checkRequest(made), one.name).not.toThrow();
      }
    }
  });

  it("can't be made without a value for each parameter", () => {
    expect(() =>
      new KlarnaClient(undefined).request(operation("payment-request.read"), input()),
    ).toThrow(new TypeError("payment-request.read needs a value for payment_request_id"));
  });

  it.each([
    ["climbing", ".."],
    ["empty", ""],
    ["with a slash", "a/b"],
    ["with another parameter in it, which stays text", "{payment_request_id}"],
    ["with a replacement's sign", "$&$1"],
    ["with a line break", "a\r\nb"],
  ])("put a value into one segment or are refused: %s", (_, value) => {
    const made = new KlarnaClient(undefined).request(
      operation("payment-request.read"),
      input({ parameters: { payment_request_id: value } }),
    );
    expect(made.path).toBe(`/v2/payment/requests/${encodeURIComponent(value)}`);
    const harmless = ["{payment_request_id}", "$&$1"].includes(value);
    if (harmless) expect(() => checkRequest(made)).not.toThrow();
    else
      expect(() => checkRequest(made)).toThrow(
        expect.objectContaining({ code: "GUARD_REQUEST_PATH" }),
      );
  });
});
