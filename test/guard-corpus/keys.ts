import type { Group } from "./lines.ts";

/**
 * Credentials as somebody might give them. None is real: the secret part says so in base64. What a refusal may show
 * of one is its class and a fingerprint, and keys.test.ts looks for every piece of it.
 */

/** The secret part: "not-a-key-but-long-enough", with the signs that base64url has. */
export const SECRET = "bm90LWEta2V5-YnV0_bG9uZy1lbm91Z2g";

export const TEST_KEY = `klarna_test_api_${SECRET}`;
const LIVE_KEY = `klarna_live_api_${SECRET}`;
const TEST_CLIENT_ID = `klarna_test_client_${SECRET}`;
const LIVE_CLIENT_ID = `klarna_live_client_${SECRET}`;
/** One character less than the shortest key that is taken. */
const CUT_KEY = `klarna_test_api_${SECRET.slice(0, 15)}`;
const OLD_PASSWORD = `${SECRET}!`;

const USER = "9a8b7c6d-0000-4000-8000-123456789abc";
const LIVE_ACCOUNT = "krn:partner:global:account:live:LWT2XJSE";

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
function base64url(text: string): string {
  return Buffer.from(text, "utf8").toString("base64url");
}
function times(count: number, wrap: (text: string) => string): (text: string) => string {
  return (text) => Array.from({ length: count }).reduce<string>(wrap, text);
}
function inLines(text: string): string {
  return text.replace(/.{20}/g, "$&\n");
}

type Wrapping = readonly [why: string, wrap: (key: string) => string];

/** The wrappings that are documented, at most four layers of them, with what copying brings along. To add one, add a line: it is tried on every kind of credential. */
const DOCUMENTED: readonly Wrapping[] = [
  ["raw", (key) => key],
  ["Basic and the key", (key) => `Basic ${key}`],
  ["basic in small letters", (key) => `basic ${key}`],
  ["BASIC in capitals", (key) => `BASIC ${key}`],
  ["Basic and many blanks", (key) => `Basic \t  ${key}`],
  ["a user and the key", (key) => `${USER}:${key}`],
  ["no user and the key", (key) => `:${key}`],
  ["a user that looks like a key's name", (key) => `klarna_test_api:${key}`],
  ["a user with a blank", (key) => `Ada Example:${key}`],
  ["a user beyond ASCII", (key) => `zo\u00eb@example.com:${key}`],
  ["an account as the user", (key) => `krn:partner:global:${key}`],
  ["base64", base64],
  ["base64 without padding", (key) => base64(key).replace(/=+$/, "")],
  ["base64 with its own two signs", (key) => base64(`ab~ab?:${key}`)],
  ["base64url with its own two signs", (key) => base64url(`ab~ab?:${key}`)],
  [
    "base64url with padding",
    (key) => base64(`ab?ab~:${key}`).replace(/\+/g, "-").replace(/\//g, "_"),
  ],
  ["base64 of a user and the key", (key) => base64(`${USER}:${key}`)],
  ["base64 of no user and the key", (key) => base64(`:${key}`)],
  ["base64url of no user and the key", (key) => base64url(`:${key}`)],
  ["base64 of the key and a line end", (key) => base64(`${key}\n`)],
  ["base64 of a line end, two blanks and the key", (key) => base64(`\r\n  ${key}`)],
  ["base64 of the key and a NUL", (key) => base64(`${key}\u0000`)],
  ["base64 of a byte-order mark and the key", (key) => base64(`\ufeff${key}`)],
  ["Basic and base64", (key) => `Basic ${base64(key)}`],
  ["Basic and base64 of a user and the key", (key) => `Basic ${base64(`${USER}:${key}`)}`],
  ["Basic and base64 of no user and the key", (key) => `Basic ${base64(`:${key}`)}`],
  ["Basic and base64url of no user and the key", (key) => `Basic ${base64url(`:${key}`)}`],
  ["the whole header line", (key) => `Authorization: Basic ${base64(key)}`],
  ["base64 twice", times(2, base64)],
  ["base64 three times", times(3, base64)],
  ["base64 four times", times(4, base64)],
  ["base64url four times", times(4, base64url)],
  ["Basic four times", times(4, (key) => `Basic ${key}`)],
  ["four empty users", times(4, (key) => `:${key}`)],
  ["base64 of Basic and base64", (key) => base64(`Basic ${base64(`:${key}`)}`)],
  ["a user and base64 of a user and the key", (key) => `${USER}:${base64(`${USER}:${key}`)}`],
  ["blanks around", (key) => `  ${key}  `],
  ["a line end after", (key) => `${key}\n`],
  ["a Windows line end after", (key) => `${key}\r\n`],
  ["tabs and form feeds around", (key) => `\t\v\f${key}\f\v\t`],
  ["no-break spaces around", (key) => `\u00a0${key}\u202f`],
  ["wide blanks around", (key) => `\u3000${key}\u2003`],
  ["a byte-order mark before", (key) => `\ufeff${key}`],
  ["zero-width spaces around", (key) => `\u200b${key}\u200b`],
  ["joiners around", (key) => `\u200d${key}\u2060`],
  ["soft hyphens around", (key) => `\u00ad${key}\u00ad`],
  ["direction marks around", (key) => `\u202a${key}\u202c`],
  ["a variation selector after", (key) => `${key}\ufe0f`],
  ["a Hangul filler after", (key) => `${key}\u3164`],
  ["a tag character after", (key) => `${key}\u{e0020}`],
  ["a NUL after", (key) => `${key}\u0000`],
  ["an escape character before", (key) => `\u001b${key}`],
  ["line separators around", (key) => `\u2028${key}\u2029`],
  ["blanks around base64", (key) => ` ${base64(`:${key}`)}\n`],
  ["blanks around what Basic introduces", (key) => ` Basic  ${base64(`:${key}`)} \n`],
  ["blanks around the key of a user", (key) => `${USER}: ${key} `],
];

/** What becomes of each kind of credential in a documented wrapping. */
const KINDS: readonly (readonly [kind: string, key: string, expect: string])[] = [
  ["a test key", TEST_KEY, "accepted"],
  ["a live key", LIVE_KEY, "GUARD_KEY_LIVE"],
  ["a test client id", TEST_CLIENT_ID, "GUARD_KEY_CLIENT_ID"],
  ["a live client id", LIVE_CLIENT_ID, "GUARD_KEY_LIVE"],
  ["a test key cut short", CUT_KEY, "GUARD_KEY_TRUNCATED"],
  ["an old password", OLD_PASSWORD, "GUARD_KEY_UNKNOWN"],
];

const WRAPPED: readonly Group[] = KINDS.map(([kind, key, expect]) => ({
  why: `${kind} in each documented wrapping`,
  expect,
  given: DOCUMENTED.map(([, wrap]) => wrap(key)),
}));

/** Wrappings that nobody documents: no key is taken out of them, and a live one is still called by its name. */
const UNDOCUMENTED: readonly Wrapping[] = [
  ["base64 five times", times(5, base64)],
  ["Basic five times", times(5, (key) => `Basic ${key}`)],
  ["five empty users", times(5, (key) => `:${key}`)],
  ["base64 four times, and Basic", (key) => `Basic ${times(4, base64)(key)}`],
  ["base64 in lines, as the tool of that name prints it", (key) => inLines(base64(`:${key}`))],
  ["base64 in lines, with Basic", (key) => `Basic ${inLines(base64(`:${key}`))}`],
  ["base64 with a blank inside", (key) => base64(key).replace(/^.{8}/, "$& ")],
  ["base64 with a zero-width space inside", (key) => base64(key).replace(/^.{8}/, "$&\u200b")],
  ["base64 of UTF-16", (key) => Buffer.from(key, "utf16le").toString("base64")],
  ["a Bearer token", (key) => `Bearer ${key}`],
  ["an assignment", (key) => `KLARNA_API_KEY=${key}`],
  ["JSON", (key) => JSON.stringify({ key })],
  ["quotation marks", (key) => `"${key}"`],
  ["single quotation marks", (key) => `'${key}'`],
  ["curly quotation marks", (key) => `\u201c${key}\u201d`],
  ["backticks", (key) => `\`${key}\``],
  ["angle brackets", (key) => `<${key}>`],
  ["percent-encoded underscores", (key) => key.replaceAll("_", "%5F")],
  ["percent-encoded underscores of small letters", (key) => key.replaceAll("_", "%5f")],
  ["percent-encoded twice", (key) => key.replaceAll("_", "%255F")],
  ["JSON's escapes", (key) => key.replaceAll("_", "\\u005f")],
  ["full-width letters", (key) => key.replace("klarna", "\uff4b\uff4c\uff41\uff52\uff4e\uff41")],
  ["mathematical letters", (key) => key.replace("k", "\u{1d424}")],
  ["a zero-width space in its prefix", (key) => key.replace("klarna", "klar\u200bna")],
  ["a soft hyphen in its prefix", (key) => key.replace("klarna", "klar\u00adna")],
  ["a byte-order mark in its prefix", (key) => key.replace("klarna", "klar\ufeffna")],
  ["a variation selector in its prefix", (key) => key.replace("klarna", "klar\ufe0fna")],
  ["a line break in its prefix", (key) => key.replace("klarna", "klar\nna")],
  ["a blank in its prefix", (key) => key.replace("klarna", "klar na")],
  ["a NUL in its prefix", (key) => key.replace("klarna", "klar\u0000na")],
  ["a comment before", (key) => `# ${key}`],
  ["a word before", (key) => `key ${key}`],
];

/** A second place for a credential: beside a good one, where it is searched though it would never be sent. */
const BESIDE: readonly Wrapping[] = [
  ["as the user", (other) => `${other}:${TEST_KEY}`],
  ["as the user in base64", (other) => base64(`${other}:${TEST_KEY}`)],
  ["as a user of a user", (other) => `${USER}:${other}:${TEST_KEY}`],
  ["as the user with Basic", (other) => `Basic ${base64(`${other}:${TEST_KEY}`)}`],
  ["as a base64 user", (other) => `${base64(other)}:${TEST_KEY}`],
  ["as a base64url user", (other) => `${base64url(other)}:${TEST_KEY}`],
  ["as a base64 user in lines", (other) => `${inLines(base64(other))}:${TEST_KEY}`],
  ["as a base64 user with a NUL", (other) => `${base64(`${other}\u0000`)}:${TEST_KEY}`],
  ["as a base64 user of a user", (other) => `${base64(`${USER}:${other}`)}:${TEST_KEY}`],
  [
    "as the user, split by what can't be seen",
    (other) => `${other.replace("live", "li\u200bve")}:${TEST_KEY}`,
  ],
  ["as the user, split by a blank", (other) => `${other.replace("live", "li ve")}:${TEST_KEY}`],
  ["as the user, percent-encoded", (other) => `${other.replace("live", "%6cive")}:${TEST_KEY}`],
  ["as the user, in full width", (other) => `${other.replace("live", "\uff4cive")}:${TEST_KEY}`],
  ["as the user, in capitals", (other) => `${other.toUpperCase()}:${TEST_KEY}`],
];

export const KEYS: readonly Group[] = [
  ...WRAPPED,
  {
    why: "a live key in wrappings that nobody documents",
    expect: "GUARD_KEY_LIVE",
    given: UNDOCUMENTED.map(([, wrap]) => wrap(LIVE_KEY)),
  },
  {
    why: "a live credential beside a test key",
    expect: "GUARD_KEY_LIVE",
    given: [LIVE_KEY, LIVE_CLIENT_ID].flatMap((other) => BESIDE.map(([, wrap]) => wrap(other))),
  },
  {
    why: "a live account or host beside a test key",
    expect: "GUARD_KEY_LIVE",
    given: [
      `${LIVE_ACCOUNT}:${TEST_KEY}`,
      base64(`${LIVE_ACCOUNT}:${TEST_KEY}`),
      `${LIVE_ACCOUNT.toUpperCase()}:${TEST_KEY}`,
      `${encodeURIComponent(LIVE_ACCOUNT)}:${TEST_KEY}`,
      `user:live:${TEST_KEY}`,
      `https://api.klarna.com:${TEST_KEY}`,
      `api-global.klarna.com:${TEST_KEY}`,
      `ada@login.klarna.com:${TEST_KEY}`,
    ],
  },
  {
    why: "a live key in other letters",
    expect: "GUARD_KEY_LIVE",
    given: [
      LIVE_KEY.toUpperCase(),
      LIVE_KEY.replace("live", "Live"),
      LIVE_KEY.replace("klarna", "Klarna"),
      base64(LIVE_KEY.toUpperCase()),
      times(7, base64)(LIVE_KEY),
      "klarna_live_",
      "klarna_live_api_",
      "klarna_live_api_x",
      `${TEST_KEY}klarna_live_api_x`,
      `${TEST_KEY}.klarna_live_`,
      `${LIVE_KEY} ${TEST_KEY}`,
      `${TEST_KEY}\n${LIVE_KEY}`,
      `${TEST_KEY},${LIVE_KEY}`,
    ],
  },
  {
    why: "a test key deeper than four layers, or in a wrapping that nobody documents",
    expect: "GUARD_KEY_UNKNOWN",
    given: UNDOCUMENTED.map(([, wrap]) => wrap(TEST_KEY)),
  },
  {
    why: "a client id in wrappings that nobody documents",
    expect: "GUARD_KEY_CLIENT_ID",
    given: [
      times(5, base64)(TEST_CLIENT_ID),
      inLines(base64(`:${TEST_CLIENT_ID}`)),
      TEST_CLIENT_ID.toUpperCase(),
      TEST_CLIENT_ID.replace("client", "cli\u200bent"),
      `"${TEST_CLIENT_ID}"`,
      `${TEST_CLIENT_ID}:${TEST_KEY}`,
      `${base64(TEST_CLIENT_ID)}:${TEST_KEY}`,
      "klarna_test_client_",
    ],
  },
  {
    why: "a test key that was cut, or holds what no key has",
    expect: "GUARD_KEY_TRUNCATED",
    given: [
      "klarna_test_api_",
      "klarna_test_api_x",
      `${TEST_KEY}:`,
      `${TEST_KEY}:x`,
      `${TEST_KEY} `.repeat(2),
      `${TEST_KEY},`,
      `${TEST_KEY};`,
      `${TEST_KEY}"`,
      `${TEST_KEY}\\n`,
      `${TEST_KEY}%0A`,
      `${TEST_KEY}#`,
      `${TEST_KEY}\u2026`,
      `${TEST_KEY}\u00e9`,
      `${TEST_KEY.slice(0, 30)}\n${TEST_KEY.slice(30)}`,
      `${TEST_KEY.slice(0, 30)} ${TEST_KEY.slice(30)}`,
      `${TEST_KEY.slice(0, 30)}\u200b${TEST_KEY.slice(30)}`,
      `${TEST_KEY.slice(0, 30)}\u00ad${TEST_KEY.slice(30)}`,
      `${TEST_KEY.slice(0, 30)}\u0000${TEST_KEY.slice(30)}`,
      `${TEST_KEY.slice(0, 30)}\u2013${TEST_KEY.slice(30)}`,
      "klarna_test_api_****************",
      "klarna_test_api_<your key goes here>",
      "klarna_test_api_$KLARNA_SECRET_PART",
    ],
  },
  {
    why: "neighbours: the shortest key, and every sign that a key may have",
    expect: "accepted",
    given: [
      `klarna_test_api_${SECRET.slice(0, 16)}`,
      "klarna_test_api_0123456789abcdef",
      "klarna_test_api_ABCDEFGHIJKLMNOP",
      "klarna_test_api_----------------",
      "klarna_test_api_________________",
      "klarna_test_api_................",
      "klarna_test_api_a.b.c+d/e=f_g-h0",
      "klarna_test_api_QUJDREVGR0hJSg==",
      `klarna_test_api_${SECRET}.${SECRET}.${SECRET}`,
      "klarna_test_api_live_live_live_1",
      "klarna_test_api_client_id_of_old",
      `klarna_test_api_${"a".repeat(8192 - 16)}`,
      `${"\n".repeat(8192 - TEST_KEY.length)}${TEST_KEY}`,
    ],
  },
  {
    why: "neighbours: words beside a test key that only look like a sign",
    expect: "accepted",
    given: [
      `live:${TEST_KEY}`,
      `alive:${TEST_KEY}`,
      `olive:oil:${TEST_KEY}`,
      `klarna_live:${TEST_KEY}`,
      `klarna_lively_api:${TEST_KEY}`,
      `klarna-live-api:${TEST_KEY}`,
      `krn:partner:test:${TEST_KEY}`,
      `api.playground.klarna.com:${TEST_KEY}`,
      `klarna_test_clients:${TEST_KEY}`,
      `${TEST_KEY.replace("bm90", "bm91")}:${TEST_KEY}`,
    ],
  },
  {
    why: "longer than 8 KB, whatever it is",
    expect: "GUARD_KEY_TOO_LONG",
    given: [
      `klarna_test_api_${"a".repeat(8192 - 15)}`,
      `${"\n".repeat(8193 - TEST_KEY.length)}${TEST_KEY}`,
      `klarna_live_api_${"a".repeat(8192)}`,
      "\u00e9".repeat(4097),
      " ".repeat(8193),
      ":".repeat(100_000),
    ],
  },
  {
    why: "what can't be told",
    expect: "GUARD_KEY_UNKNOWN",
    given: [
      times(8, base64)(LIVE_KEY),
      "",
      " ",
      "\n",
      "\u200b",
      ":",
      "::",
      ":".repeat(8192),
      "Basic",
      "Basic ",
      "basic:",
      "=",
      "====",
      "test",
      "password",
      "null",
      "undefined",
      "[object Object]",
      "$KLARNA_API_KEY",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what a shell did not expand
      "${KLARNA_API_KEY}",
      "op://vault/klarna/key",
      USER,
      SECRET,
      base64(SECRET),
      "PK12345_abcd1234:sharedSecret9",
      "K123456_abcd12345:sharedSecret9",
      `Basic ${base64("PK12345_abcd1234:sharedSecret9")}`,
      `Bearer ${SECRET}`,
      "klarna",
      "klarna_",
      "klarna_test",
      "klarna_test_",
      "klarna_test_api",
      "klarna_api_",
      `klarna_test_apikey_${SECRET}`,
      `klarna_test__api_${SECRET}`,
      `klarna__test_api_${SECRET}`,
      `klarna-test-api-${SECRET}`,
      `klarnatestapi${SECRET}`,
      `xklarna_test_api_${SECRET}`,
      `_klarna_test_api_${SECRET}`,
      `test_klarna_api_${SECRET}`,
      `klarna_api_test_${SECRET}`,
      `klarna_playground_api_${SECRET}`,
      `klarna_prod_api_${SECRET}`,
      TEST_KEY.toUpperCase(),
      TEST_KEY.replace("klarna", "Klarna"),
      TEST_KEY.replace("test", "Test"),
      TEST_KEY.replace("api", "API"),
      TEST_KEY.replace("klarna", "kl\u0430rna"),
      TEST_KEY.replace("klarna", "k\u0142arna"),
      TEST_KEY.replace("klarna", "k1arna"),
      TEST_KEY.replaceAll("_", "\u02cd"),
      [...TEST_KEY].reverse().join(""),
      Buffer.from(TEST_KEY).toString("hex"),
      encodeURIComponent(`:${TEST_KEY}`),
      `https://${USER}@${TEST_KEY}`,
      `"${base64(TEST_KEY)}"`,
      `${base64(TEST_KEY)}===`,
      `=${base64(TEST_KEY)}`,
      base64(TEST_KEY).slice(1),
      "-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7\n-----END PRIVATE KEY-----",
      '{"username":"PK12345_abcd1234","password":"sharedSecret9"}',
    ],
  },
];
