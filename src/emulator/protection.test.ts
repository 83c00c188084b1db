import { expect, test } from "vitest";
import { seconds } from "../base/units.ts";
import { minimalPaymentRequest } from "../klarna/sample-data.ts";
import { emulator, KEY } from "./pipeline.support.ts";

/** Twice the quota of 12 creates a second, and then shut for 5 s. */
const PROTECTION = { protection: { multiple: 2, forUs: 5_000_000 } };

test("who sends more than a multiple of the quota is shut out of everything for a while, barely said", () => {
  const { clock, create, send } = emulator(PROTECTION);
  const statuses = Array.from({ length: 25 }, () => create().status);
  expect(statuses).toEqual([...Array(12).fill(201), ...Array(12).fill(429), 403]);
  const shut = send("GET", "/v2/payment/requests/x");
  expect(shut.status).toBe(403);
  expect(shut.headers).toEqual({
    "Content-Type": "text/html",
    "Content-Length": String(shut.body.length),
  });
  expect(shut.body).not.toContain("error_code");
  clock.freeze(seconds(4.999_999));
  expect(create().status).toBe(403);
  clock.freeze(seconds(0.000_001));
  expect(create().status).toBe(201);
});

test("the multiple is of each second, and of each category", () => {
  const { clock, create, send } = emulator(PROTECTION);
  for (let second = 0; second < 3; second++) {
    const statuses = Array.from({ length: 24 }, () => create().status);
    expect(statuses).not.toContain(403);
    expect(send("GET", "/v2/payment/requests/x").status).toBe(404);
    clock.freeze(seconds(1));
  }
});

test("nobody else is shut out", () => {
  const { create } = emulator(PROTECTION);
  for (let i = 0; i < 25; i++) create();
  const body = minimalPaymentRequest();
  expect(create({ body, headers: { authorization: `Basic ${KEY}2` } }).status).toBe(201);
});

test("a category without any quota shuts nobody out", () => {
  const { send } = emulator(PROTECTION);
  const statuses = Array.from({ length: 9 }, () => send("GET", "/v2/settlements/x"));
  expect(new Set(statuses.map(({ body }) => body.error_code))).toEqual(
    new Set(["OPERATION_FORBIDDEN"]),
  );
});

test("without the rule nobody ever is", () => {
  const { create } = emulator({ protection: null });
  const statuses = Array.from({ length: 500 }, () => create().status);
  expect(statuses).not.toContain(403);
});
