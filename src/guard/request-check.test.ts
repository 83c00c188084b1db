import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "./errors.support.ts";
import {
  checkRequest,
  type GuardedRequest,
  OWN_HEADERS_MAX,
  requestTarget,
} from "./request-check.ts";

const REQUEST = "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4";
const ACCOUNT = "krn:partner:global:account:test:LWT2XJSE";

function request(changed: Partial<GuardedRequest> = {}): GuardedRequest {
  return { method: "POST", path: "/v2/payment/requests", headers: {}, ...changed };
}

const codeOf = (changed: Partial<GuardedRequest>): string | undefined =>
  codeFrom(() => checkRequest(request(changed)));

function codeFrom(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
    expect(error).toEqual(refusal(code));
    return code;
  }
}

describe("paths", () => {
  it.each([
    "/v2/payment/requests",
    `/v2/payment/requests/${encodeURIComponent(REQUEST)}`,
    `/v2/accounts/${encodeURIComponent(ACCOUNT)}/payment/requests`,
    "/v2/a_b-c~d.e!f*g'h(i)",
    "/...",
    "/.a/a./..a",
    "/v2/%C3%A9t%C3%A9%20%F0%9F%99%82",
  ])("accepts %s", (path) => {
    expect(codeOf({ path })).toBeUndefined();
  });

  it.each([
    ["nothing", ""],
    ["no slash before", "v2/payment"],
    ["the root", "/"],
    ["a slash after", "/v2/"],
    ["two slashes", "//api.example/v2"],
    ["two slashes inside", "/v2//payment"],
    ["a segment that stays", "/v2/./payment"],
    ["a segment that climbs", "/v2/../admin"],
    ["one at the end", "/v2/.."],
    ["a climbing one, encoded", "/v2/%2E%2E/admin"],
    ["half encoded", "/v2/.%2e/admin"],
    ["an encoded slash", "/v2/a%2Fb"],
    ["an encoded slash in small letters", "/v2/a%2fb"],
    ["an encoded backslash", "/v2/a%5Cb"],
    ["a backslash", "/v2\\payment"],
    ["an encoding encoded", "/v2/%252e%252e"],
    ["an overlong slash", "/v2/a%C0%AFb"],
    ["overlong dots", "/v2/%C0%AE%C0%AE/admin"],
    ["bytes that are no UTF-8", "/v2/%FF"],
    ["half a surrogate pair", "/v2/%ED%A0%80"],
    ["a plain letter encoded", "/v2/%70ayment"],
    ["an unfinished encoding", "/v2/a%2"],
    ["a percent sign", "/v2/100%"],
    ["a colon, which is to be encoded", "/v2/krn:payment"],
    ["a parameter", "/v2;a=1/payment"],
    ["the absolute form", "https://api.example/v2"],
    ["the authority form", "api.example:443"],
    ["a query", "/v2/payment?x=1"],
    ["a fragment", "/v2/payment#x"],
    ["user info", "/@api.example"],
    ["white space", "/v2/a b"],
    ["a line break", "/v2/a\r\nHost: api.example"],
    ["a line break at the end", "/v2/a\n"],
    ["an encoded line break", "/v2/a%0D%0AHost"],
    ["an encoded NUL", "/v2/a%00"],
    ["an encoded DEL", "/v2/a%7F"],
    ["a control", "/v2/\u0001"],
    ["a letter beyond ASCII", "/v2/\u00e9"],
    ["a full-width dot", "/v2/\uff0e\uff0e"],
    ["a placeholder left open", "/v2/payment/requests/{payment_request_id}"],
  ])("refuses %s", (_, path) => {
    expect(codeOf({ path })).toBe("GUARD_REQUEST_PATH");
  });

  it("refuses every ASCII character that hides structure or prints nothing", () => {
    const hiding = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => codeOf({ path: `/v2/a${encodeURIComponent(character)}b` }) !== undefined,
    );
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    expect(hiding).toEqual([...controls, "%", "/", "\\", "\u007f"]);
  });

  it("accepts what `encodeURIComponent` makes of a segment, unless it hides structure", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (segment) => {
        const structure = /[/\\%\u0000-\u001f\u007f]/.test(segment) || /^\.{1,2}$/.test(segment);
        expect(codeOf({ path: `/v2/${encodeURIComponent(segment)}` })).toBe(
          structure ? "GUARD_REQUEST_PATH" : undefined,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses every path that a URL parser would read as another one", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      ".",
      "..",
      "%2e",
      "%2F",
      "a",
      "?",
      "#",
      "@",
      ":",
      "\t",
      "é",
      "%",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const path = pieces.join("");
        if (codeOf({ path }) !== undefined) return;
        expect(new URL(path, "https://127.0.0.1:1").pathname).toBe(path);
        expect(new URL(path, "https://127.0.0.1:1").origin).toBe("https://127.0.0.1:1");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("queries", () => {
  const codeOfValue = (value: string) => codeOf({ query: [["locale", value]] });

  it.each([
    ["nothing", []],
    [
      "Klarna's own",
      [
        ["locale", "en-US"],
        ["intents[]", "PAY"],
        ["intents[]", "SUBSCRIBE"],
      ],
    ],
    ["a time", [["interval_start", "2026-01-01T00:00:00Z"]]],
    ["what would end a value, were it not encoded", [["locale", "a&b=c#d?e+f%20/.."]]],
  ] as const)("accepts %s", (_, query) => {
    expect(codeOf({ query })).toBeUndefined();
  });

  it.each(["", "Locale", "a b", "a=b", "a&b", "a[0]", "[]", "a[][]", "é", "x".repeat(65)])(
    "refuses the name %j",
    (name) => {
      expect(codeOf({ query: [[name, "1"]] })).toBe("GUARD_REQUEST_QUERY");
    },
  );

  it.each(["", "a b", "a\r\nhost: x", "\u0000", "\u007f", "é", "\ud800"])(
    "refuses the value %j",
    (value) => {
      expect(codeOfValue(value)).toBe("GUARD_REQUEST_QUERY");
    },
  );

  it("accepts a value of 2048 characters, and not one more", () => {
    expect(codeOfValue("a".repeat(2048))).toBeUndefined();
    expect(codeOfValue("a".repeat(2049))).toBe("GUARD_REQUEST_QUERY");
  });

  it("is no part of a path without one", () => {
    expect(requestTarget(request({}))).toBe("/v2/payment/requests");
    expect(requestTarget(request({ query: [] }))).toBe("/v2/payment/requests");
  });

  it("writes each name and value so that a URL parser reads the same", () => {
    const name = fc.constantFrom("locale", "amount", "intents[]");
    const value = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (query) => {
        const { pathname, search, searchParams, hash } = new URL(
          requestTarget(request({ query })),
          "https://127.0.0.1:1",
        );
        expect(pathname).toBe("/v2/payment/requests");
        expect(hash).toBe("");
        expect(search === "").toBe(query.length === 0);
        expect([...searchParams]).toEqual(query);
      }),
    );
  });
});

describe("methods", () => {
  it.each(["GET", "POST", "PATCH", "DELETE"] as const)("accepts %s", (method) => {
    expect(codeOf({ method })).toBeUndefined();
  });

  it.each([
    "get",
    "PUT",
    "HEAD",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "",
    "GET /v2 HTTP/1.1\r\n",
    "__proto__",
  ])("refuses %j", (method) => {
    expect(codeOf({ method: method as "GET" })).toBe("GUARD_REQUEST_METHOD");
  });

  it("stops others as they are written", () => {
    // @ts-expect-error no operation is a PUT
    expect(codeOf({ method: "PUT" })).toBe("GUARD_REQUEST_METHOD");
  });
});

describe("headers", () => {
  it.each([
    ["klarna-idempotency-key", "0b6f3a1c-0000-5000-8000-123456789abc"],
    ["klarna-integration-metadata", '{"integrator":{"name":"X"}}'],
    ["klarna-network-session-token", ""],
    ["partner-correlation-id", "abc123"],
    ["content-type", "application/json"],
    ["accept", "application/json"],
  ])("accepts %s", (name, value) => {
    expect(codeOf({ headers: { [name]: value } })).toBeUndefined();
  });

  it.each([
    "authorization",
    "Authorization",
    "proxy-authorization",
    "host",
    "connection",
    "transfer-encoding",
    "content-length",
    "expect",
    "upgrade",
    "te",
    "cookie",
    "x-forwarded-for",
    "x-http-method-override",
    "traceparent",
    "user-agent",
    "Klarna-Idempotency-Key",
    "klarna-",
    "klarna_x",
    "klarna-x\r\nhost",
    "klarna-x ",
    " klarna-x",
    "klarna-x:",
    `klarna-${"x".repeat(65)}`,
    "accept\u0000",
    "",
  ])("refuses the name %j", (name) => {
    expect(codeOf({ headers: { [name]: "1" } })).toBe("GUARD_REQUEST_HEADER");
  });

  it.each([
    "a\r\nhost: api.example",
    "a\nb",
    "a\rb",
    "a\u0000b",
    "a\tb",
    "\u007f",
    "\u00e9",
    "a\u2028b",
    "\u560a\u560d",
  ])("refuses the value %j", (value) => {
    expect(codeOf({ headers: { "klarna-x": value } })).toBe("GUARD_REQUEST_HEADER");
  });

  it("accepts a header of 6 KB as it goes over the wire, and none a byte longer", () => {
    const value = "a".repeat(6 * 1024 - "klarna-x: \r\n".length);
    expect(codeOf({ headers: { "klarna-x": value } })).toBeUndefined();
    expect(codeOf({ headers: { "klarna-x": `${value}a` } })).toBe("GUARD_REQUEST_HEADER");
  });

  it("accepts 20 KB of headers in all, and none a byte more", () => {
    const names = ["klarna-a", "klarna-b", "klarna-c", "klarna-d"];
    const each = "a".repeat(5 * 1024 - "klarna-a: \r\n".length);
    const headers = Object.fromEntries(names.map((name) => [name, each]));
    expect(codeOf({ headers })).toBeUndefined();
    expect(codeOf({ headers: { ...headers, "klarna-d": `${each}a` } })).toBe(
      "GUARD_REQUEST_HEADER",
    );
  });
});

describe("the guard's own headers count in the sizes", () => {
  const codeWith = (headers: Record<string, string>, own: Record<string, string>) => {
    try {
      checkRequest(request({ headers }), own);
      return undefined;
    } catch (error) {
      return error instanceof Error && "code" in error ? error.code : "no code";
    }
  };
  const ofBytes = (name: string, bytes: number) => ({
    [name]: "a".repeat(bytes - `${name}: \r\n`.length),
  });

  it("one alone", () => {
    expect(codeWith({}, ofBytes("authorization", 6 * 1024))).toBeUndefined();
    expect(codeWith({}, ofBytes("authorization", 6 * 1024 + 1))).toBe("GUARD_REQUEST_HEADER");
  });

  it("and all together", () => {
    const headers = {
      ...ofBytes("klarna-a", 5 * 1024),
      ...ofBytes("klarna-b", 5 * 1024),
      ...ofBytes("klarna-c", 5 * 1024),
    };
    const own = (bytes: number) => ({
      ...ofBytes("authorization", 5 * 1024 - 100),
      ...ofBytes("host", bytes),
    });
    expect(codeWith(headers, own(100))).toBeUndefined();
    expect(codeWith(headers, own(101))).toBe("GUARD_REQUEST_HEADER");
  });
});

describe("before there is a connection", () => {
  it("2 KB of the 20 are kept for what the guard adds", () => {
    const sized = (bytes: number) => "a".repeat(bytes - "klarna-a: \r\n".length);
    const headers = Object.fromEntries(["a", "b", "c"].map((n) => [`klarna-${n}`, sized(6000)]));
    const codeFor = (last: number) =>
      codeFrom(() =>
        checkRequest(
          request({ headers: { ...headers, "klarna-d": sized(last) } }),
          OWN_HEADERS_MAX,
        ),
      );
    const left = 20 * 1024 - 3 * 6000 - (2048 + "own: \r\n".length);
    expect([codeFor(left), codeFor(left + 1)]).toEqual([undefined, "GUARD_REQUEST_HEADER"]);
  });
});

describe("bodies", () => {
  it("accepts 1 MB, and not a byte more", () => {
    expect(codeOf({ body: "a".repeat(1024 * 1024) })).toBeUndefined();
    expect(codeOf({ body: "a".repeat(1024 * 1024 + 1) })).toBe("GUARD_REQUEST_BODY");
  });

  it("counts bytes, not characters", () => {
    expect(codeOf({ body: "é".repeat(512 * 1024) })).toBeUndefined();
    expect(codeOf({ body: `a${"é".repeat(512 * 1024)}` })).toBe("GUARD_REQUEST_BODY");
  });

  it("accepts Klarna's own sample, with its placeholders", () => {
    const return_url = "https://example.com/return?id={klarna.payment_request.id}";
    expect(
      codeOf({ body: JSON.stringify({ customer_interaction_config: { return_url } }) }),
    ).toBeUndefined();
  });
});

describe("signs of live", () => {
  const live = "krn:partner:global:account:live:LWT2XJSE";
  it.each<[string, Partial<GuardedRequest>]>([
    ["in the path", { path: `/v2/accounts/${encodeURIComponent(live)}` }],
    ["in the query", { query: [["payment_transaction_id", live]] }],
    ["in a name of the query", { query: [["klarna_live_api_abc", "1"]] }],
    ["in a header", { headers: { "klarna-x": live } }],
    ["in the body", { body: JSON.stringify({ url: "https://api.klarna.com" }) }],
    [
      "in the path, in full-width letters",
      { path: `/v2/${encodeURIComponent("klarna_\uff4cive_")}` },
    ],
  ])("are refused %s", (_, changed) => {
    expect(codeOf(changed)).toBe("GUARD_LIVE_MARKER");
  });

  it("and no refusal repeats the request", () => {
    for (const changed of [
      { path: "/v2/s3cret\n" },
      { headers: { "x-s3cret": "s3cret" } },
      { body: "s3cret klarna_live_s3cret" },
    ]) {
      try {
        checkRequest(request(changed));
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain("s3cret");
      }
    }
  });
});
