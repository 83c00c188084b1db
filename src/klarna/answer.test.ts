import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { micros } from "../base/units.ts";
import { type AnsweredOperation, readAnswer } from "./answer.ts";
import { catalogued } from "./catalogue.ts";

const PHASES = { waitUs: micros(5), bodyUs: micros(1), connection: "new" } as const;

function answered(
  status: number,
  body: string | Buffer = "",
  headers: IncomingHttpHeaders = {},
  operation = "payment-request.create",
): AnsweredOperation {
  const exchange = { status, headers, body: Buffer.from(body), end: micros(9), phases: PHASES };
  return readAnswer({ kind: "answered", ...exchange }, catalogued(operation));
}

const NETWORK = JSON.stringify({ error_id: "e-1", error_code: "RATE_LIMITED" });
const CLASSIC = JSON.stringify({ correlation_id: "c-1", error_code: "NO_SUCH_ORDER" });
const PAGE = "<html>Forbidden</html>";

describe("an answer is told by its status and its body", () => {
  it.each<[AnsweredOperation["class"], string, number, string]>([
    ["success", "created", 201, "{}"],
    ["success", "without a body", 204, ""],
    ["success", "even with an error object", 200, NETWORK],
    ["redirect", "to anywhere", 302, ""],
    ["redirect", "even with an error object", 308, NETWORK],
    ["throttled", "by the network's quota", 429, NETWORK],
    ["throttled", "whatever the body", 429, PAGE],
    ["provider-error", "the network's", 404, NETWORK],
    ["provider-error", "the older APIs'", 404, CLASSIC],
    ["provider-error", "a 403 with an object", 403, NETWORK],
    ["provider-error", "of the server", 500, NETWORK],
    ["protection", "a page", 403, PAGE],
    ["protection", "nothing at all", 403, ""],
    ["protection", "another JSON", 403, '{"message":"Forbidden"}'],
    ["protection", "JSON cut off", 403, NETWORK.slice(0, -2)],
    ["unexplained", "a gateway's page", 502, PAGE],
    ["unexplained", "a 401 that says nothing", 401, ""],
    ["unexplained", "a status that HTTP has not", 799, ""],
  ])("%s: %s (%d)", (kind, _, status, body) => {
    expect(answered(status, body)).toMatchObject({ kind: "answered", class: kind, status });
  });

  it("has an error exactly where it is one and explains itself", () => {
    expect(answered(200, NETWORK).error).toBeUndefined();
    expect(answered(302, NETWORK).error).toBeUndefined();
    expect(answered(429, PAGE).error).toBeUndefined();
    expect(answered(429, NETWORK).error).toMatchObject({ form: "network", errorId: "e-1" });
    expect(answered(404, CLASSIC).error).toMatchObject({ form: "classic", errorId: "c-1" });
  });
});

describe("what every answer carries", () => {
  const headers = {
    "klarna-correlation-id": "6a9b1cb1-73a3",
    "klarna-ip-validation-status": "DENIED",
    "x-ratelimit-limit": '40, 40;w=1;name="a",100;w=1;name="b"',
    "x-ratelimit-remaining": "15",
    "x-ratelimit-reset": "1",
  };

  it.each([200, 204, 302, 403, 404, 429, 500])("is read of a %d", (status) => {
    expect(answered(status, "", headers)).toMatchObject({
      correlationId: "6a9b1cb1-73a3",
      ipValidation: "DENIED",
      rateLimit: { limitPerSecond: 40, remaining: 15, resetSeconds: 1 },
      end: 9,
      phases: PHASES,
    });
  });

  it("is left out where it is not of its form", () => {
    const odd = { "klarna-correlation-id": "<b>", "klarna-ip-validation-status": "allowed" };
    expect(answered(200, "", odd)).toMatchObject({
      correlationId: undefined,
      ipValidation: undefined,
      rateLimit: { limitPerSecond: undefined, policies: [] },
    });
  });
});

describe("a body", () => {
  it.each<[string, string | Buffer, unknown]>([
    ["is parsed, unknown fields and all", '{"a":{"new":[1]}}', { a: { new: [1] } }],
    ["may be any JSON", "[1]", [1]],
    ["is nothing where there is none", "", undefined],
    ["is nothing where it is no JSON", PAGE, undefined],
    ["is nothing where it is cut off", '{"a":', undefined],
    ["is nothing where it is no text", Buffer.from([0xff, 0xfe, 0]), undefined],
    [
      "keeps a field that objects have of themselves",
      '{"__proto__":{"a":1}}',
      JSON.parse('{"__proto__":{"a":1}}'),
    ],
  ])("%s", (_, body, parsed) => {
    expect(answered(200, body).body).toEqual(parsed);
  });

  it.each<[string, string, IncomingHttpHeaders, unknown]>([
    ["made of a header alone", "", { "capture-id": "c-1" }, { capture_id: "c-1" }],
    ["beside fields", '{"a":1}', { "capture-id": "c-1" }, { a: 1, capture_id: "c-1" }],
    ["not of a header of another form", "", { "capture-id": "/../" }, undefined],
    ["not where the header is missing", "", {}, undefined],
    ["not into a list", "[1]", { "capture-id": "c-1" }, [1]],
    ["not into null", "null", { "capture-id": "c-1" }, null],
  ])("takes in an id that the operation answers in a header: %s", (_, body, headers, read) => {
    expect(answered(201, body, headers, "order.capture").body).toEqual(read);
  });

  it("takes in no header of another operation", () => {
    expect(answered(201, "", { "capture-id": "c-1" }).body).toBeUndefined();
  });
});
