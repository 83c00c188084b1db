import { describe, expect, it } from "vitest";
import { opaqueId, readProviderError } from "./provider-error.ts";

const ID = "abcd1234-12ab-1234-abcd-abcd12345678";

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
      { errorCode: "VALIDATION_ERROR", errorId: ID },
    ],
    [
      "the network's newer form, without a type",
      { error_id: ID, error_code: "RATE_LIMITED" },
      { errorCode: "RATE_LIMITED", errorId: ID },
    ],
    [
      "the older APIs'",
      {
        correlation_id: ID,
        error_code: "TOO_MANY_REQUESTS",
        error_messages: ["Too many requests"],
      },
      { errorCode: "TOO_MANY_REQUESTS", errorId: ID },
    ],
    [
      "one without an id",
      { error_code: "NOT_FOUND" },
      { errorCode: "NOT_FOUND", errorId: undefined },
    ],
    [
      "one with an id of another form",
      { error_code: "NOT_FOUND", error_id: "<b>" },
      { errorCode: "NOT_FOUND", errorId: undefined },
    ],
    [
      "one with an id that is no text",
      { error_code: "NOT_FOUND", error_id: 7, correlation_id: ID },
      { errorCode: "NOT_FOUND", errorId: undefined },
    ],
    [
      "the longest code",
      { error_code: "A".repeat(64) },
      { errorCode: "A".repeat(64), errorId: undefined },
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
    ["a code too long", { error_code: "A".repeat(65) }],
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
