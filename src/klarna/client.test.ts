import { describe, expect, it } from "vitest";
import { checkRequest, requestTarget } from "../guard/request-check.ts";
import { catalogued, OPERATIONS } from "./catalogue.ts";
import { KlarnaClient, type OperationInput } from "./client.ts";
import { type Operation, requiredParameters } from "./operation.ts";

const REQUEST = "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4";
const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";
const ORIGIN = "https://api.playground.klarna.com";
const KEY = "6af613b6-569c-5c22-9c37-2ed93f31d3af";

function input(changed: Partial<OperationInput> = {}): OperationInput {
  return { parameters: {}, body: undefined, headers: {}, idempotencyKey: KEY, ...changed };
}

function made(name: string, changed: Partial<OperationInput> = {}, account?: string) {
  return new KlarnaClient(account, ORIGIN).request(catalogued(name), input(changed));
}

/** Values for whatever an operation needs. */
function anyParameters(one: Operation): Record<string, string> {
  return Object.fromEntries(requiredParameters(one).map((name) => [name, REQUEST]));
}

describe("requests", () => {
  it("of a partner's own key go below /v2, with key and type where they are written", () => {
    expect(made("payment-request.create", { body: { amount: 1 } })).toEqual({
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
    const parameters = { payment_request_id: REQUEST };
    expect(made("payment-request.read", { parameters }, ACCOUNT).path).toBe(
      "/v2/accounts/krn%3Apartner%3Aglobal%3Aaccount%3Atest%3ALWT2XJSE/payment/requests/krn%3Apayment%3Aeu1%3Arequest%3A552603c0-fe8b-4ab1-aacb-41d55fafbdb4",
    );
  });

  it.each([
    ["settlement.read", { settlement_id: "s" }, "/v2/settlements/s"],
    ["order.read", { order_id: "o" }, "/ordermanagement/v1/orders/o"],
  ])("of %s are the same for every account", (name, parameters, path) => {
    expect(made(name, { parameters }, ACCOUNT).path).toBe(path);
    expect(made(name, { parameters }).path).toBe(path);
  });

  it("that there are for accounts only can't be made without one", () => {
    const name = "interoperability-token.create-for-test";
    expect(() => made(name, { body: {} })).toThrow(new TypeError(`${name} needs an account`));
    expect(made(name, { body: {} }, ACCOUNT).path).toMatch(/\/interoperability\/test-tokens$/);
  });

  it.each(["payment-request.read", "payment-request.cancel"])(
    "that only read or delete carry neither key nor type nor body: %s",
    (name) => {
      const request = made(name, { parameters: { payment_request_id: REQUEST } });
      expect(request.headers).toEqual({ accept: "application/json" });
      expect("body" in request).toBe(false);
    },
  );

  it("that write without a body carry a key and no type", () => {
    const request = made("transaction.void", { parameters: { payment_transaction_id: "t" } });
    expect(request.headers).toEqual({ accept: "application/json", "klarna-idempotency-key": KEY });
    expect("body" in request).toBe(false);
  });

  it("keep the run's idempotency key, whatever a step's headers say", () => {
    const headers = { "klarna-idempotency-key": "mine", "partner-correlation-id": "abc" };
    expect(made("payment-request.create", { headers }).headers).toMatchObject({
      "klarna-idempotency-key": KEY,
      "partner-correlation-id": "abc",
    });
  });

  it("of every operation pass the guard, with and without an account", () => {
    for (const one of OPERATIONS.values()) {
      for (const account of [undefined, ACCOUNT]) {
        if (account === undefined && one.forms.plain === undefined) continue;
        const body = one.sampleBody?.();
        const request = new KlarnaClient(account, ORIGIN).request(
          one,
          input({ parameters: anyParameters(one), ...(body ? { body } : {}) }),
        );
        expect(() => checkRequest(request), one.name).not.toThrow();
        expect(requestTarget(request)).not.toContain("{");
      }
    }
  });

  it.each(
    [...OPERATIONS.values()].flatMap((one) =>
      requiredParameters(one).map((name) => [one.name, name] as const),
    ),
  )("of %s can't be made without a value for %s", (name, missing) => {
    const { [missing]: _, ...parameters } = anyParameters(catalogued(name));
    expect(() => made(name, { parameters })).toThrow(
      new TypeError(`${name} needs a value for ${missing}`),
    );
  });

  it.each([
    ["climbing", ".."],
    ["empty", ""],
    ["with a slash", "a/b"],
    ["with another parameter in it, which stays text", "{payment_request_id}"],
    ["with a replacement's sign", "$&$1"],
    ["with a line break", "a\r\nb"],
  ])("put a value into one segment or are refused: %s", (_, value) => {
    const request = made("payment-request.read", { parameters: { payment_request_id: value } });
    expect(request.path).toBe(`/v2/payment/requests/${encodeURIComponent(value)}`);
    const harmless = ["{payment_request_id}", "$&$1"].includes(value);
    if (harmless) expect(() => checkRequest(request)).not.toThrow();
    else
      expect(() => checkRequest(request)).toThrow(
        expect.objectContaining({ code: "GUARD_REQUEST_PATH" }),
      );
  });
});

describe("values beside the path's", () => {
  it("go into the query, over the sample", () => {
    const { query } = made("presentation.read", {
      parameters: { amount: "2500", subscription_billing_interval: "MONTH" },
    });
    expect(query).toEqual([
      ["locale", "en-US"],
      ["amount", "2500"],
      ["currency", "USD"],
      ["intents[]", "PAY"],
      ["subscription_billing_interval", "MONTH"],
    ]);
  });

  it("are left out where there is neither a value nor a sample", () => {
    expect("query" in made("dispute.list")).toBe(false);
  });

  it("go into headers, over a step's own", () => {
    const { headers } = made("payment.authorize", {
      parameters: { klarna_network_session_token: "krn:network:1" },
      headers: { "klarna-network-session-token": "x", "klarna-customer-region": "r" },
    });
    expect(headers).toMatchObject({
      "klarna-network-session-token": "krn:network:1",
      "klarna-customer-region": "r",
    });
    expect("klarna-customer-token" in headers).toBe(false);
  });

  it("go into the body, over a step's own", () => {
    const { body } = made("webhook.create", {
      parameters: { signing_key_id: "k-1" },
      body: { url: "https://example.com", signing_key_id: "x" },
    });
    expect(JSON.parse(body ?? "")).toEqual({ url: "https://example.com", signing_key_id: "k-1" });
  });

  it("go into the address of another resource, at the host that is called and no other", () => {
    const { body } = made("hosted-page.create", { parameters: { session_id: "a/b" } });
    expect(JSON.parse(body ?? "")).toEqual({
      payment_session_url: `${ORIGIN}/payments/v1/sessions/a%2Fb`,
    });
  });
});
