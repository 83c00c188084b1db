import { describe, expect, it } from "vitest";
import { opaqueId, readProviderError } from "./provider-error.ts";

const ID = "abcd1234-12ab-1234-abcd-abcd12345678";

const PLAIN = { form: "network", errorId: undefined, errorType: undefined, parameters: [] };

describe("readProviderError", () => {
  it.each<[string, unknown, unknown]>([
    [
      "the network's, with everything",
      {
        error_id: ID,
        error_type: "INPUT_ERROR",
        error_code: "VALIDATION_ERROR",
        error_message: "One or more input parameters failed validation",
        validation_errors: [{ parameter: "line_items[0].quantity", reason: "must be 1 or more" }],
      },
      {
        form: "network",
        errorCode: "VALIDATION_ERROR",
        errorId: ID,
        errorType: "INPUT_ERROR",
        parameters: ["line_items[0].quantity"],
      },
    ],
    [
      "the network's newer form, without a type",
      { error_id: ID, error_code: "RATE_LIMITED" },
      { ...PLAIN, errorCode: "RATE_LIMITED", errorId: ID },
    ],
    [
      "the network's older form of a list of fields",
      {
        error_id: ID,
        error_code: "VALIDATION_ERROR",
        errors: [{ parameter: "amount", error_message: "must be 1 or more" }],
      },
      { ...PLAIN, errorCode: "VALIDATION_ERROR", errorId: ID, parameters: ["amount"] },
    ],
    [
      "the older APIs', with the field in a message",
      {
        correlation_id: ID,
        error_code: "BAD_VALUE",
        error_messages: ["BAD_VALUE : order_lines[0].total_tax_amount", "Bad value", 7],
      },
      {
        ...PLAIN,
        form: "classic",
        errorCode: "BAD_VALUE",
        errorId: ID,
        parameters: ["order_lines[0].total_tax_amount"],
      },
    ],
    [
      "the older APIs' with one message, which is no list",
      { correlation_id: ID, error_code: "NOT_FOUND", error_message: "Invalid session id" },
      { ...PLAIN, form: "classic", errorCode: "NOT_FOUND", errorId: ID },
    ],
    [
      "no more than the names of 16 fields, and those only that could be names",
      {
        error_code: "VALIDATION_ERROR",
        validation_errors: [
          { parameter: "<b>" },
          { parameter: 7 },
          null,
          "amount",
          ...Array.from({ length: 40 }, (_, i) => ({ parameter: `f${i}` })),
        ],
      },
      {
        ...PLAIN,
        errorCode: "VALIDATION_ERROR",
        parameters: Array.from({ length: 12 }, (_, i) => `f${i}`),
      },
    ],
    [
      "lists that are none",
      { error_code: "VALIDATION_ERROR", validation_errors: "all", errors: {}, error_messages: 3 },
      { ...PLAIN, errorCode: "VALIDATION_ERROR" },
    ],
    [
      "a type that is none",
      { error_code: "NOT_FOUND", error_type: "<b>" },
      { ...PLAIN, errorCode: "NOT_FOUND" },
    ],
    [
      "the older APIs'",
      {
        correlation_id: ID,
        error_code: "TOO_MANY_REQUESTS",
        error_messages: ["Too many requests"],
      },
      { ...PLAIN, form: "classic", errorCode: "TOO_MANY_REQUESTS", errorId: ID },
    ],
    ["one without an id", { error_code: "NOT_FOUND" }, { ...PLAIN, errorCode: "NOT_FOUND" }],
    [
      "one with an id of another form",
      { error_code: "NOT_FOUND", error_id: "<b>" },
      { ...PLAIN, errorCode: "NOT_FOUND" },
    ],
    [
      "one with an id that is no text",
      { error_code: "NOT_FOUND", error_id: 7, correlation_id: ID },
      { ...PLAIN, errorCode: "NOT_FOUND" },
    ],
    [
      "a code that is not documented, and shows none of it",
      { error_code: "SESSION_4F2A9C", error_id: ID },
      { ...PLAIN, errorCode: "unknown", errorId: ID },
    ],
    [
      "the older APIs' with such a code",
      { error_code: "x".repeat(10_000), correlation_id: ID, error_type: "SECRET" },
      { ...PLAIN, form: "classic", errorCode: "unknown", errorId: ID },
    ],
  ])("reads %s", (_, body, error) => {
    expect(readProviderError(body)).toEqual(error);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "<html>403 Forbidden</html>"],
    ["a list", ["error_code"]],
    ["an object of another kind", { message: "Forbidden" }],
    ["a code that is no text", { error_code: 403 }],
    ["an empty code", { error_code: "" }],
    ["a code that is not documented, without an id", { error_code: "BLOCKED" }],
    ["such a code with an id that is none", { error_code: "BLOCKED", error_id: "<b>" }],
    ["a code in small letters", { error_code: "rate_limited" }],
    ["a code with a line break", { error_code: "RATE_LIMITED\n" }],
    ["a code that says more", { error_code: "RATE_LIMITED ::error::x" }],
    ["one inside another", { error: { error_code: "RATE_LIMITED" } }],
  ])("takes %s for no error object", (_, body) => {
    expect(readProviderError(body)).toBeUndefined();
  });
});

describe("opaqueId", () => {
  it.each([ID, "a", "A-Z-0-9", "x".repeat(64)])("keeps %s", (id) => {
    expect(opaqueId(id)).toBe(id);
  });
  it.each([undefined, null, 5, "", "x".repeat(65), "a b", "a_b", "a\n", "é", ["a"], {}])(
    "leaves out %j",
    (id) => {
      expect(opaqueId(id)).toBeUndefined();
    },
  );
});
