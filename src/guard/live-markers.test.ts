import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findLiveMarker, findLiveMarkerIn } from "./live-markers.ts";

const HOSTS = [
  "api.klarna.com",
  "api-na.klarna.com",
  "api-oc.klarna.com",
  "api-global.klarna.com",
  "portal.klarna.com",
  "login.klarna.com",
  "xs2a.banking.klarna.com",
];
const LIVE_ACCOUNT = "krn:partner:global:account:live:LWT2XJSE";

/** ASCII in the full-width forms of Unicode, which NFKC and host names take for the same. */
function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0));
}
function percent(text: string): string {
  return [...Buffer.from(text, "utf8")].map((b) => `%${b.toString(16).padStart(2, "0")}`).join("");
}

const live: readonly (readonly [string, string, string])[] = [
  ...HOSTS.flatMap((host): [string, string, string][] => [
    ["a host", host, "a live host"],
    ["a host in a URL", `https://${host}/v2/payment`, "a live host"],
    ["a host in capitals", host.toUpperCase(), "a live host"],
  ]),
  ["a host after user info", "https://user:pass@api.klarna.com", "a live host"],
  ["a host with a port", "api.klarna.com:443", "a live host"],
  ["a host with a trailing dot", "https://api.klarna.com./", "a live host"],
  ["a host at a sentence's end", "it went to api.klarna.com.", "a live host"],
  ["a host in quotation marks", '{"url":"//api.klarna.com"}', "a live host"],
  ["a host after a backslash", "https:\\\\api.klarna.com", "a live host"],
  ["a host in a query", "https://example.com/?to=api.klarna.com&x=1", "a live host"],
  ["a host after a percent-encoded slash", "%2F%2Fapi.klarna.com", "a live host"],
  ["a host's dots percent-encoded", "api%2Eklarna%2ecom", "a live host"],
  ["a host percent-encoded whole", percent("api.klarna.com"), "a live host"],
  [
    "a host percent-encoded three times",
    `${percent(percent("//api")).replaceAll("%", "%25")}.klarna.com`,
    "a live host",
  ],
  ["a host in full-width letters", fullWidth("api.klarna.com"), "a live host"],
  [
    "a host in full-width letters, percent-encoded",
    `${percent(fullWidth("api"))}.klarna.com`,
    "a live host",
  ],
  ["a percent sign in full width", "\uff0561pi.klarna.com", "a live host"],
  ["full-width letters after a line break", "x\n\uff41pi.klarna.com", "a live host"],
  ["the same with a zero-width space inside", "x\n\uff41pi.kla\u200brna.com", "a live host"],
  ["ideographic full stops", "api\u3002klarna\uff61com", "a live host"],
  ["one-dot leaders", "api\u2024klarna\u2024com", "a live host"],
  ["a zero-width space inside", "api.kla\u200brna.com", "a live host"],
  ["a zero-width space before", "x\u200bapi.klarna.com", "a live host"],
  ["a percent-encoded zero-width joiner inside", "api.kla%E2%80%8Drna.com", "a live host"],
  ["a soft hyphen inside", "api.kl\u00adarna.com", "a live host"],
  ["a tab inside, which URL parsers drop", "https://api.kla\trna.com", "a live host"],
  ["a right-to-left override", "\u202eapi.klarna.com", "a live host"],
  ["a tag character inside", "api\u{e0061}.klarna.com", "a live host"],
  ["a key", "klarna_live_api_abc", "klarna_live_"],
  ["a client id", "KLARNA_LIVE_CLIENT_x", "klarna_live_"],
  ["a key inside a text", "key=xxklarna_live_", "klarna_live_"],
  ["a key with an encoded underscore", "klarna%5flive%5Fapi", "klarna_live_"],
  ["a key with an escaped underscore", "klarna\\_live_api", "klarna_live_"],
  ...[..."bfnrt"].map((letter): [string, string, string] => [
    "a key split by an escaped control",
    `kla\\${letter}rna_live_api`,
    "klarna_live_",
  ]),
  ...[..."bfnrt"].map((letter): [string, string, string] => [
    "a host behind a word that an escaped control ends",
    `x\\${letter}api.klarna.com`,
    "a live host",
  ]),
  ["a key split by a word joiner", "klarna_\u2060live_api", "klarna_live_"],
  ["a key in full-width letters", fullWidth("klarna_live_"), "klarna_live_"],
  ["a key in mathematical letters", "klarna_\u{1d425}\u{1d422}\u{1d42f}\u{1d41e}_", "klarna_live_"],
  [
    "a key in base64",
    `token ${Buffer.from("a:klarna_live_api_abc").toString("base64")}`,
    "klarna_live_ in base64",
  ],
  ["an account", LIVE_ACCOUNT, ":account:live:"],
  [
    "an account in a path",
    `/v2/accounts/${encodeURIComponent(LIVE_ACCOUNT)}/payment`,
    ":account:live:",
  ],
  [
    "an account encoded twice",
    encodeURIComponent(encodeURIComponent(LIVE_ACCOUNT)),
    ":account:live:",
  ],
  ["a live dispute", "krn:network:us1:live:payment:dispute:1", ":live: in a resource name"],
  [
    "a live token after another name",
    "krn:payment:eu1:request:1,krn:partner:us1:live:identity:customer-token:2",
    ":live: in a resource name",
  ],
  ["a live name in capitals", "KRN:NETWORK:US1:LIVE:PAYMENT:1", ":live: in a resource name"],
];

const fine: readonly (readonly [string, string])[] = [
  ["Klarna's test host", "https://api-global.test.klarna.com/v2"],
  ["Europe's playground", "https://api.playground.klarna.com"],
  ["North America's playground", "https://api-na.playground.klarna.com"],
  ["Oceania's playground", "https://api-oc.playground.klarna.com"],
  ["the playground's portal", "portal.playground.klarna.com"],
  ["a test key", "klarna_test_api_QUJDREVG"],
  ["a test account", "krn:partner:global:account:test:LWT2XJSE"],
  ["a payment request", "krn:payment:eu1:request:552603c0-fe8b-4ab1-aacb-41d55fafbdb4"],
  ["a payment account without environment", "krn:partner:global:account:payment-account:x"],
  ["a webhook", "krn:partner:global:notification:webhook:1"],
  ["a test profile", "krn:network:global:test:payment-profile:1"],
  ["two names and the word between them", "krn:payment:eu1:request:1 :live: krn"],
  ["a word that holds another", "alive delivery: olive:oil live"],
  ["live without a resource name", "go:live:now"],
  [
    "a return address with Klarna's placeholders",
    "https://example.com/return?id={klarna.payment_request.id}&state={klarna.payment_request.state}",
  ],
  ["Klarna's documentation", "https://docs.klarna.com/api/"],
  ["a longer host", "https://my-api.klarna.com.example"],
  ["another domain", "https://api.klarna.com.example/"],
  ["another top level", "https://api.klarna.community"],
  ["another owner", "https://api.notklarna.com"],
  ["a label before", "https://x.api.klarna.com"],
  ["a percent sign that encodes nothing", "100%, 5%zz, %"],
  ["bytes that are no text", "%ff%fe%80"],
  ["nothing", ""],
];

describe("findLiveMarker", () => {
  it.each(live)("finds %s: %j", (_, text, marker) => {
    expect(findLiveMarker(text)).toEqual({ marker });
  });

  it.each(fine)("lets pass %s: %j", (_, text) => {
    expect(findLiveMarker(text)).toBeUndefined();
  });

  it("finds a sign in any dress", () => {
    const sign = fc.constantFrom(...HOSTS, "klarna_live_", LIVE_ACCOUNT);
    const dress = fc.constantFrom(
      (text: string) => text.toUpperCase(),
      fullWidth,
      (text: string) => [...text].join("\u200b"),
      (text: string) => `${text.slice(0, 4)}\u00ad${text.slice(4)}`,
    );
    const encode = fc.constantFrom(
      percent,
      (text: string) => text.replaceAll("%", "%25"),
      encodeURIComponent,
    );
    fc.assert(
      fc.property(
        sign,
        fc.array(dress, { maxLength: 3 }),
        fc.array(encode, { maxLength: 3 }),
        (text, dresses, encodings) => {
          const dressed = dresses.reduce((inner, one) => one(inner), text);
          const hidden = encodings.reduce((inner, one) => one(inner), ` ${dressed} `);
          expect(findLiveMarker(hidden)).toBeDefined();
        },
      ),
    );
  });

  it("finds none in texts of Klarna's test environment, whatever surrounds them", () => {
    const word = fc.constantFrom(...fine.map(([, text]) => text));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(findLiveMarker(words.join(" "))).toBeUndefined();
      }),
    );
  });

  it.each([
    ["resource names without end", "krn:".repeat(250_000)],
    ["hosts without end", "api.klarna.".repeat(90_000)],
    ["percent signs without end", "%".repeat(1_000_000)],
    ["encoded percent signs without end", "%25".repeat(330_000)],
  ])("takes time in proportion to a text's length: %s", (_, text) => {
    // Quadratic time would outlast the test's own limit by far.
    expect(findLiveMarker(text)).toBeUndefined();
  });
});

describe("findLiveMarkerIn", () => {
  const found = { marker: "klarna_live_" };
  it.each<[string, unknown]>([
    ["a text", "klarna_live_"],
    ["a field", { a: { b: [1, { c: "klarna_live_" }] } }],
    ["a field's name", { a: { klarna_live_x: null } }],
    ["a list", [["klarna_live_"]]],
    ["an object without prototype", Object.assign(Object.create(null), { a: "klarna_live_" })],
  ])("looks into %s", (_, value) => {
    expect(findLiveMarkerIn(value)).toEqual(found);
  });

  it.each([null, undefined, 5, true, {}, [], { a: 1, b: ["x", null] }])("lets %j pass", (value) => {
    expect(findLiveMarkerIn(value)).toBeUndefined();
  });
});
