import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "./catalogue.ts";
import { personalDataIn } from "./personal-data.ts";

const EMAIL = "an e-mail address";
const PHONE = "a telephone number";
const NATIONAL = "a national identification number";

function day(first: string, last: string) {
  return fc.date({ min: new Date(first), max: new Date(last), noInvalidDate: true });
}

describe("personal data is found", () => {
  it.each<[string, string, string]>([
    ["someone's address", "jane.doe@shop.se", EMAIL],
    ["one with a tag", "jane+test@gmail.com", EMAIL],
    ["one in capitals", "JANE@SHOP.SE", EMAIL],
    ["one with letters beyond ASCII", "jürgen@münchen.de", EMAIL],
    ["one in full-width characters", "jane＠shop．se", EMAIL],
    ["one within a sentence", "please write to jane@shop.se, thank you", EMAIL],
    ["one within brackets", "Jane <jane@shop.se>", EMAIL],
    ["one in a link", "https://shop.example/?email=jane%40shop.se", EMAIL],
    ["one of the samples' domain", "jane@klarna.com", EMAIL],
    ["one that only begins as a sample", "customer@email.se.shop.com", EMAIL],
    ["one that only ends as a sample", "my-customer@email.se", EMAIL],
    ["one behind a sample", "customer@email.se jane@shop.se", EMAIL],
    ["a sample with a flow nobody published", "customer+jane@email.se", EMAIL],
    ["another John Doe", "john.doe@example.org", EMAIL],
    ["a telephone number", "+46701234567", PHONE],
    ["one that is grouped", "+46 70-123 45 67", PHONE],
    ["one with brackets", "+1 (310) 668-3399", PHONE],
    ["one in a link", "tel:+46701234567", PHONE],
    ["one in a query", "https://shop.example/?phone=%2B46701234567", PHONE],
    ["one behind a sample", "+13106683312, +13106683399", PHONE],
    ["a Swedish personal number", "198507099805", NATIONAL],
    ["one with a dash", "19850709-9805", NATIONAL],
    ["one with its country", "SE198507099805", NATIONAL],
    ["one without a century", "850709-9805", NATIONAL],
    ["one within a sentence", "the number is 850709-9805.", NATIONAL],
    ["a Danish one", "070761-4285", NATIONAL],
    ["a Finnish one", "131052-308T", NATIONAL],
    ["one of this century", "010203A950N", NATIONAL],
    ["an American one", "078-05-1120", NATIONAL],
    ["an Italian one", "MRTMTT91D08F205J", NATIONAL],
  ])("%s: %s", (_, text, kind) => {
    expect(personalDataIn(text)).toBe(kind);
  });

  it.each<[string, string, string, string]>([
    ["a number of a country's own form", "phone", "070-123 45 67", PHONE],
    ["one with two zeros", "mobile", "0046701234567", PHONE],
    ["one without anything", "customer_phone", "13106683399", PHONE],
    ["under a name in camel case", "customerPhoneNumber", "(310) 668-3399", PHONE],
    ["digits", "national_identification_number", "12345678", NATIONAL],
    ["four of them", "last_four_ssn", "1120", NATIONAL],
    ["a Spanish one", "nationalId", "12345678Z", NATIONAL],
    ["a Polish one", "pesel", "44051401359", NATIONAL],
    ["by another name", "personal_number", "8507099805", NATIONAL],
  ])("where the field says so: %s", (_, field, text, kind) => {
    expect(personalDataIn(text, field)).toBe(kind);
    expect(personalDataIn(text, "payment_capture_reference")).not.toBe(kind);
  });

  it.each<[string, string, string]>([
    ["an object", '{"customer":{"email":"jane@shop.se"}}', EMAIL],
    ["a field's name", '{"customer_account_info":[{"phone":"0701234567"}]}', PHONE],
    ["a number", '{"ssn":198507099805}', NATIONAL],
    ["a name", '{"jane@shop.se":1}', EMAIL],
    ["JSON within JSON", JSON.stringify({ body: '{"phone":"0701234567"}' }), PHONE],
    ["what only looks like JSON", '{"email":"jane@shop.se"', EMAIL],
  ])("in a text that holds %s", (_, text, kind) => {
    expect(personalDataIn(text, "body")).toBe(kind);
  });

  it("in every Swedish number of someone alive and grown", () => {
    const person = fc.record({
      year: fc.integer({ min: 1930, max: 2010 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
      number: fc.integer({ min: 0, max: 999 }),
    });
    const two = (n: number) => String(n).padStart(2, "0");
    fc.assert(
      fc.property(person, ({ year, month, day, number }) => {
        const nine = `${two(year % 100)}${two(month)}${two(day)}${String(number).padStart(3, "0")}`;
        // Luhn, the other way round: the one digit that makes it right.
        const sum = [...nine].reduce((total, digit, i) => {
          const product = String(Number(digit) * (i % 2 === 0 ? 2 : 1));
          return total + [...product].reduce((part, one) => part + Number(one), 0);
        }, 0);
        const full = `${Math.floor(year / 100)}${nine}${(10 - (sum % 10)) % 10}`;
        fc.pre(!full.startsWith("1941") && !full.startsWith("20000101"));
        expect(personalDataIn(full)).toBe(NATIONAL);
        expect(personalDataIn(`${full.slice(0, 8)}-${full.slice(8)}`)).toBe(NATIONAL);
      }),
    );
  });

  it("in every telephone number in its international form, however it is grouped", () => {
    const separator = fc.constantFrom("", " ", "-", ".", " (", ") ");
    const digits = fc.array(fc.tuple(separator, fc.integer({ min: 0, max: 9 })), {
      minLength: 8,
      maxLength: 13,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), digits, (first, rest) => {
        const number = `+${first}${rest.map((part) => part.join("")).join("")}`;
        fc.pre(number.replace(/\D/g, "") !== "4740123456");
        expect(personalDataIn(number)).toBe(PHONE);
      }),
    );
  });
});

describe("Klarna's published samples pass", () => {
  it.each([
    "customer@email.se",
    "customer@email.co.uk",
    "customer+denied@email.us",
    "customer+new_user@email.gb",
    "customer+disputed-goods_not_received@email.de",
    "customer+reject_reason_credit_limit_exceeded@email.us",
    "customer+denied+auth_bank_login@email.us",
    "customer+pend-accept-05@email.us",
    "customer+se@klarna.com",
    "customer+se+denied@klarna.com",
    "customer+us+disputed-non_guaranteed_payment_program@klarna.com",
    "john.doe@example.com",
    "mail customer@email.se or customer+denied@email.se",
    "https://shop.example/?email=customer%40email.se",
  ])("%s", (text) => {
    expect(personalDataIn(text, "email")).toBeUndefined();
  });

  it.each(["+13106683312", "13106683312", "+1 310 668 3312", "+4306762600456", "+18445527621"])(
    "the number %s",
    (text) => {
      expect(personalDataIn(text, "phone")).toBeUndefined();
    },
  );

  it.each([
    "SE194103219202",
    "194103219202",
    "19410321-9202",
    "410321-9202",
    "NO01087000571",
    "01087000571",
    "190122-829F",
    "99999999R",
    "RSS BNC 80A41 H501B",
    "000101/0009",
  ])("the national number %s", (text) => {
    expect(personalDataIn(text, "national_identification_number")).toBeUndefined();
    expect(personalDataIn(text)).toBeUndefined();
  });
});

describe("nothing is found", () => {
  it.each<[string, string, string?]>([
    ["in nothing", ""],
    ["in an amount", "2147483647"],
    ["in a resource name", "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4"],
    ["in an account", "krn:partner:global:account:test:LWT2XJSE"],
    ["in a resource name of digits", "krn:payment:eu1:transaction:198507099805:capture:1"],
    ["in a date", "2026-01-31"],
    ["in a date without dashes", "20260131"],
    ["in a time", "2026-01-31T12:34:56.789+01:00"],
    ["in a time under a telephone's field", "2026-01-31T12:34:56Z", "phone_last_verified_at"],
    ["in an order's reference", "ORDER-20260131-0001"],
    ["in one of digits", "20260131-0007"],
    ["in one with a birthday in it", "order-850709-9805"],
    ["in a short dated one", "260131-0001"],
    ["in an article's number", "7350053850019"],
    ["in a parcel's number", "63456415674545679874", "tracking_number"],
    ["in a card of Klarna's samples", "4111 1111 1111 1111"],
    ["in Klarna's sample account", "DE11520513735120710131"],
    ["in a postal code", "10024-3941", "postal_code"],
    ["in a link", "https://example.com/return?id={klarna.payment_request.id}"],
    ["in a link of digits", "https://shop.example/items/198507099805"],
    ["in a package", "@klarna/sdk@1.2.3"],
    ["in a price with a sign", "+100"],
    ["in base64", "aGVsbG8+12345678901/d29ybGQ="],
    ["in a name with an at sign", "shoes @ 20%"],
    ["in the last digits of a number", "4567", "last_digits_of_phone_for_delivery_notification"],
    ["in a telephone that is sold", "Phone 15 Pro, 2026", "phone_model"],
    ["in a vehicle's number", "12345678", "vehicle_identification_number"],
    ["in an international id", "12345678", "international_id"],
    ["in a company's number", "556737-0431", "organization_registration_id"],
    ["in a mapping left open", "{id}"],
    ["in JSON without any", '{"integrator":{"name":"KLARNA_PERF","session_reference":"s-1"}}'],
  ])("%s: %s", (_, text, field) => {
    expect(personalDataIn(text, field)).toBeUndefined();
  });

  it("in the catalogue's own bodies and values", () => {
    for (const { name, sampleBody, parameters = [] } of OPERATIONS.values()) {
      expect(personalDataIn(JSON.stringify(sampleBody?.() ?? {})), name).toBeUndefined();
      for (const one of parameters) {
        if (one.in === "query")
          expect(personalDataIn(one.sample ?? "", one.name), name).toBeUndefined();
      }
    }
  });

  it.each([
    ["ids", fc.uuid()],
    ["amounts", fc.integer({ min: 0, max: 2_147_483_647 }).map(String)],
    ["times", day("0001-01-01", "9999-12-31").map((date) => date.toISOString())],
    [
      "dated references",
      fc
        .tuple(day("2020-01-01", "2029-12-31"), fc.nat(9999))
        .map(
          ([date, n]) =>
            `${date.toISOString().slice(0, 10).replaceAll("-", "")}-${String(n).padStart(4, "0")}`,
        ),
    ],
    [
      "resource names",
      fc
        .tuple(fc.uuid(), fc.nat())
        .map(([id, n]) => `krn:payment:eu1:transaction:${id}:capture:${n}`),
    ],
    ["words", fc.string({ unit: fc.constantFrom(..."abcXYZ-_. ") })],
  ])("in any %s", (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(personalDataIn(text, "reference")).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["letters", "a".repeat(250_000)],
    ["digits", "1".repeat(250_000)],
    ["digits in pairs", "1 ".repeat(125_000)],
    ["signs", "+1".repeat(125_000)],
    ["at signs", "a@".repeat(125_000)],
    ["dots", `a@${"a.".repeat(125_000)}`],
    ["brackets", "[".repeat(250_000)],
    ["objects", '{"a":'.repeat(50_000)],
  ])("and little time is taken over many %s", (_, text) => {
    expect(personalDataIn(text, "phone")).toBeUndefined();
  });
});

describe("values within values, deeper than any call stack", () => {
  const nested = (inside: string, [open, close]: readonly [string, string]) =>
    `${open.repeat(100_000)}${inside}${close.repeat(100_000)}`;

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("are looked into all the same: %s", (_, open, close) => {
    expect(personalDataIn(nested("1", [open, close]))).toBeUndefined();
    expect(personalDataIn(nested('"jane@shop.se"', [open, close]))).toBe(EMAIL);
  });

  it("and a field's name goes with every value of a list in a list", () => {
    expect(personalDataIn('{"phone":[["0701234567"]]}')).toBe(PHONE);
    expect(personalDataIn('{"other":[["0701234567"]]}')).toBeUndefined();
  });
});
