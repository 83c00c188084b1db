import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { seconds } from "../base/units.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import { ACCOUNT, emulator, KEY, locate, problem, REQUESTS, UUID } from "./pipeline.support.ts";
import { type PipelineParts, pipeline } from "./pipeline.ts";

describe("access", () => {
  test.each<[string, string | undefined]>([
    ["no key", undefined],
    ["a live key", "Basic klarna_live_api_abc"],
    ["a client id", "Basic klarna_test_client_abc"],
    ["rubbish", "Basic ???"],
    ["a test key that is not listed", "Basic klarna_test_api_other"],
  ])("%s is UNAUTHORIZED", (_, authorization) => {
    const refused = emulator({ apiKeys: [KEY] }).create({
      body: minimalPaymentRequest(),
      headers: { authorization },
    });
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual(problem("UNAUTHORIZED", "ACCESS_ERROR"));
  });

  test("the listed key is let in", () => {
    expect(emulator({ apiKeys: [KEY] }).create().status).toBe(201);
  });

  test.each([
    "krn:partner:global:account:live:LWT2XJSE",
    "krn%3Apartner%3Aglobal%3Aaccount%3Alive%3ALWT2XJSE",
    "LWT2XJSE",
  ])("account %s is OPERATION_FORBIDDEN", (account) => {
    const refused = emulator().create(undefined, `/v2/accounts/${account}/payment/requests`);
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual(problem("OPERATION_FORBIDDEN", "RESOURCE_ERROR"));
  });

  test("an unknown route is NOT_FOUND, without an error type", () => {
    const refused = emulator().send("GET", "/v2/payment/unknown");
    expect(refused.status).toBe(404);
    expect(refused.body).toEqual(problem("NOT_FOUND"));
  });

  test("a body or header over the limit is refused without a body", () => {
    const { create } = emulator();
    expect(create({ tooLarge: "body" })).toMatchObject({ status: 413, body: null });
    expect(create({ tooLarge: "header" })).toMatchObject({ status: 431, body: null });
  });
});

describe("quotas", () => {
  test("the 13th create in a second is RATE_LIMITED and does nothing; the next second is free", () => {
    const { clock, create } = emulator();
    const statuses = Array.from({ length: 13 }, () => create().status);
    expect(statuses).toEqual([...Array(12).fill(201), 429]);
    const limited = create();
    expect(limited.body).toEqual({
      error_id: UUID,
      error_type: "ACCESS_ERROR",
      error_code: "RATE_LIMITED",
      error_message: "Too many requests - please try again later",
    });
    expect(limited.headers).toMatchObject({
      "X-Ratelimit-Limit": '12, 12;w=1;name="account_payment-transaction-capture"',
      "X-Ratelimit-Remaining": "0",
      "X-Ratelimit-Reset": "1",
    });
    clock.freeze(seconds(1));
    expect(create().status).toBe(201);
  });

  test("live quotas and levels are Klarna's", () => {
    const limit = (options: Partial<PipelineParts["options"]>, url?: string) =>
      emulator(options).create(undefined, url).headers["X-Ratelimit-Limit"];
    expect(limit({ quotas: "live" })).toMatch(/^50, 50;/);
    expect(limit({ level: "acquiring-partner" })).toMatch(/^50, 50;w=1;name="psp_/);
    expect(limit({ level: "acquiring-partner" }, `/v2/accounts/${ACCOUNT}/payment/requests`)).toBe(
      '12, 12;w=1;name="account_payment-transaction-capture",50;w=1;name="psp_payment-transaction-capture"',
    );
  });

  test("a refused body counts, a refused key does not", () => {
    const { create } = emulator();
    create({ raw: "{" });
    create({ headers: { authorization: undefined } });
    expect(create().headers["X-Ratelimit-Remaining"]).toBe("10");
  });

  test("a quota of 0 is OPERATION_FORBIDDEN", () => {
    const reply = pipeline({
      clock: new VirtualClock(),
      random: seededRandom(1),
      options: { quotas: "test", level: "partner", apiKeys: null },
      quota: () => 0,
    });
    const refused = reply({
      method: "GET",
      url: `${REQUESTS}/x`,
      headers: { authorization: `Basic ${KEY}` },
      body: Buffer.alloc(0),
      headerTooLarge: false,
    });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.payload)).toEqual(problem("OPERATION_FORBIDDEN", "RESOURCE_ERROR"));
  });
});

describe("headers of every answer", () => {
  test("carry a correlation id of their own, the rate limits and the length", () => {
    const { create, send } = emulator();
    const answers = [
      create(),
      create({ raw: "{" }),
      create({ headers: { authorization: undefined } }),
      create({ tooLarge: "body" }),
      send("GET", "/nowhere"),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        "Klarna-Correlation-Id": UUID,
        "X-Ratelimit-Limit": expect.stringMatching(/^\d+, \d+;w=1;name="account_[a-z-]+"$/),
        "X-Ratelimit-Remaining": expect.stringMatching(/^\d+$/),
        "X-Ratelimit-Reset": "1",
        "Content-Length": expect.stringMatching(/^\d+$/),
      });
    }
    expect(new Set(answers.map(({ headers }) => headers["Klarna-Correlation-Id"])).size).toBe(5);
  });

  test.each([
    ["aA0-9", "aA0-9"],
    ["a".repeat(255), "a".repeat(255)],
    ["a".repeat(256), undefined],
    ["a b", undefined],
    ["", undefined],
  ])("Partner-Correlation-Id %j comes back as %j", (sent, echoed) => {
    const { headers } = emulator().create({
      body: minimalPaymentRequest(),
      headers: { "partner-correlation-id": sent },
    });
    expect(headers["Partner-Correlation-Id"]).toBe(echoed);
  });
});

describe("idempotency", () => {
  const headers = { "klarna-idempotency-key": "5b1e6c1e-0000-5000-8000-000000000000" };

  test("a second create with the same key gets the first one's answer, whatever its body", () => {
    const { create } = emulator();
    const first = create({ body: minimalPaymentRequest(), headers });
    const again = create({ body: { ...minimalPaymentRequest(), amount: 5 }, headers });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers["Klarna-Correlation-Id"]).not.toBe(first.headers["Klarna-Correlation-Id"]);
    expect(again.headers["X-Ratelimit-Remaining"]).toBe("10");
    expect(create().body?.payment_request_id).not.toBe(first.body?.payment_request_id);
  });

  test("a repeated change is not made twice", () => {
    const { create, send } = emulator();
    const created = create();
    const change = (amount: number, more = {}) =>
      send("PATCH", locate(created), { body: { amount }, headers: { ...headers, ...more } });
    expect(change(1200).body).toMatchObject({ amount: 1200 });
    expect(change(1300).body).toMatchObject({ amount: 1200 });
    expect(send("GET", locate(created)).body).toMatchObject({ amount: 1200 });
    expect(change(1300, { "klarna-idempotency-key": "other" }).body).toMatchObject({
      amount: 1300,
    });
  });

  test("the key counts within its account and route only", () => {
    const { create, send } = emulator({ level: "acquiring-partner" });
    const first = create({ body: minimalPaymentRequest(), headers });
    const account = `/v2/accounts/${ACCOUNT}/payment/requests`;
    const other = create({ body: minimalPaymentRequest(), headers }, account);
    expect(other.body?.payment_request_id).not.toBe(first.body?.payment_request_id);
    const encoded = create(
      { body: minimalPaymentRequest(), headers },
      account.replaceAll(":", "%3A"),
    );
    expect(encoded.body).toEqual(other.body);
    const second = create();
    expect(send("PATCH", locate(first), { body: { amount: 7 }, headers }).body).toMatchObject({
      payment_request_id: first.body?.payment_request_id,
      amount: 7,
    });
    expect(send("PATCH", locate(second), { body: { amount: 8 }, headers }).body).toMatchObject({
      payment_request_id: second.body?.payment_request_id,
      amount: 8,
    });
  });

  test("a request that was never executed is not remembered", () => {
    const { clock, create } = emulator();
    for (let i = 0; i < 12; i++) create();
    expect(create({ body: minimalPaymentRequest(), headers }).status).toBe(429);
    clock.freeze(seconds(1));
    expect(create({ raw: "{", headers }).status).toBe(400);
    expect(create({ body: minimalPaymentRequest(), headers }).status).toBe(201);
  });

  test("reads and cancels take no key", () => {
    const { create, send } = emulator();
    const created = create();
    expect(send("GET", locate(created), { headers }).body).toMatchObject({ state: "SUBMITTED" });
    expect(send("DELETE", locate(created), { headers }).status).toBe(200);
    expect(send("DELETE", locate(created), { headers }).status).toBe(409);
    expect(send("GET", locate(created), { headers }).body).toMatchObject({ state: "CANCELED" });
  });
});
