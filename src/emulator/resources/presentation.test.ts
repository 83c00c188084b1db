import { expect, test } from "vitest";
import { emulator } from "../pipeline.support.ts";

const PRESENTATION = "/v2/payment/presentation";
const PURCHASE = "locale=en-US&amount=1000&currency=USD";

test.each([
  ["", {}, "SHOW_KLARNA"],
  ["&intents[]=SUBSCRIBE&intents[]=PAY", {}, "SHOW_KLARNA"],
  ["", { "klarna-customer-token": "x" }, "PRESELECT_KLARNA"],
])("presentation%s %j: %s, and an option to pay with", (query, headers, instruction) => {
  const { status, body } = emulator().send("GET", `${PRESENTATION}?${PURCHASE}${query}`, {
    headers,
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ instruction, payment_option: { payment_option_id: "S0xBUk5B" } });
});

test("above 100 000 it says to hide Klarna", () => {
  const { body } = emulator().send(
    "GET",
    `${PRESENTATION}?locale=sv-SE&amount=10000001&currency=SEK`,
  );
  expect(body).toEqual({ instruction: "HIDE_KLARNA", intents: ["PAY"] });
});

test.each([
  ["credit-promotion-auto-size"],
  ["credit-promotion-badge"],
  ["top-strip-promotion-auto-size"],
  ["top-strip-promotion-badge"],
])("messaging %s names its placement and has a text", (placement) => {
  const { status, body } = emulator().send("GET", `/v2/payment/messaging/${placement}?${PURCHASE}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ placement, locale: "en-US", content: { text: expect.any(String) } });
});

test.each([
  [PRESENTATION, "amount=1000&currency=USD", "locale"],
  [PRESENTATION, "locale=english&currency=USD", "locale"],
  [PRESENTATION, "locale=en-US&currency=JPY", "currency"],
  [PRESENTATION, "locale=en-US&currency=USD&amount=0", "amount"],
  [PRESENTATION, "locale=en-US&currency=USD&amount=ten", "amount"],
  [PRESENTATION, "locale=en-US&locale=sv-SE&currency=USD", "locale"],
  [PRESENTATION, "locale=en-US&currency=USD&intents[]=BORROW", "intents[]"],
  ["/v2/payment/messaging/credit-promotion-badge", "locale=en-US&currency=USD", "amount"],
])("%s?%s is a validation error", (path, query, parameter) => {
  const { status, body } = emulator().send("GET", `${path}?${query}`);
  expect(status).toBe(400);
  expect(body.validation_errors).toEqual([expect.objectContaining({ parameter })]);
});
