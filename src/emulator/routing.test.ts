import { expect, test } from "vitest";
import { OPERATIONS } from "../klarna/catalogue.ts";
import type { Answer } from "./answers.ts";
import { routes } from "./routing.ts";

const answered = (): Answer => ({ status: 200, body: null });
const all = Object.fromEntries([...OPERATIONS.keys()].map((name) => [name, answered]));
const find = routes(OPERATIONS.values(), all);
const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";
const ID = "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4";

test.each([
  ["POST", "/v2/payment/requests", "payment-request.create", {}],
  ["POST", "/v2/payment/requests?a=b", "payment-request.create", {}],
  [
    "POST",
    `/v2/accounts/${ACCOUNT}/payment/requests`,
    "payment-request.create",
    { account_id: ACCOUNT },
  ],
  [
    "POST",
    `/v2/accounts/${encodeURIComponent(ACCOUNT)}/payment/requests`,
    "payment-request.create",
    { account_id: ACCOUNT },
  ],
  ["GET", `/v2/payment/requests/${ID}`, "payment-request.read", { payment_request_id: ID }],
  [
    "PATCH",
    `/v2/payment/requests/${encodeURIComponent(ID)}`,
    "payment-request.update",
    { payment_request_id: ID },
  ],
  [
    "DELETE",
    `/v2/accounts/${ACCOUNT}/payment/requests/${ID}`,
    "payment-request.cancel",
    { account_id: ACCOUNT, payment_request_id: ID },
  ],
])("%s %s is %s", (method, url, operation, params) => {
  const match = find(method, url);
  expect(match?.route.operation.name).toBe(operation);
  expect({ ...match?.params }).toEqual(params);
});

test.each([
  ["a method without an operation", "PUT", "/v2/payment/requests"],
  ["HEAD", "HEAD", "/v2/payment/requests/x"],
  ["another version", "POST", "/v1/payment/requests"],
  ["a slash at the end", "POST", "/v2/payment/requests/"],
  ["another letter case", "POST", "/v2/Payment/requests"],
  ["an account without an id", "POST", "/v2/accounts//payment/requests"],
  ["a broken escape", "GET", "/v2/payment/requests/%zz"],
  ["nothing", "GET", ""],
])("%s is no route", (_, method, url) => {
  expect(find(method, url)).toBeUndefined();
});

test("an operation without a handler fails at the start", () => {
  expect(() =>
    routes(OPERATIONS.values(), { ...all, "payment-request.read": undefined }),
  ).toThrowError(
    expect.objectContaining({
      code: "FAULT_EMULATOR_HANDLER",
      message: "no emulator handler for `payment-request.read`",
    }),
  );
});
