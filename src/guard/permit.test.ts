import { describe, expect, it } from "vitest";
import { usageError } from "./errors.support.ts";
import { PERMIT } from "./facts.support.ts";
import { type Permit, parsePermit, permitProblem } from "./permit.ts";

const day = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date);

function parse(changed: Record<string, unknown>): Permit {
  return parsePermit(JSON.stringify({ ...PERMIT, ...changed }), "permit.json");
}

/** What a person is told of a permit that does not fit. */
function complaint(text: string): string {
  try {
    parsePermit(text, "permit.json");
    return "fits";
  } catch (error) {
    expect(error).toEqual(usageError("PERMIT_INVALID"));
    expect(error).toMatchObject({ place: { file: "permit.json" } });
    return error instanceof Error ? error.message : "";
  }
}

describe("parsePermit", () => {
  it("reads a whole permit", () => {
    const addresses = ["203.0.113.9", "2001:db8::1"];
    expect(parse({ addresses })).toEqual({ ...PERMIT, addresses });
  });

  it.each<[string, Record<string, unknown>]>([
    ["no consent and no addresses", { klarnaReference: undefined, addresses: undefined }],
    ["the shortest label", { label: "a" }],
    ["the longest label", { label: "a".repeat(64) }],
    ["the shortest account id", { account: "krn:partner:global:account:test:ABCDEFGH" }],
    ["the longest account id", { account: `krn:partner:global:account:test:${"A1".repeat(16)}` }],
    ["an acquiring partner", { level: "acquiring-partner" }],
    ["a leap day", { validUntil: "2028-02-29" }],
  ])("accepts %s", (_, changed) => {
    expect(() => parse(changed)).not.toThrow();
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another version", { permitVersion: 2 }, "permitVersion"],
    ["an empty label", { label: "" }, "label"],
    ["a label too long", { label: "a".repeat(65) }, "label"],
    ["a label that begins with a dot", { label: ".a" }, "label"],
    ["a label with a line break", { label: "a\n" }, "label"],
    ["nobody", { who: "" }, "who"],
    ["an account of no environment", { account: "krn:partner:global:account:LWT2XJSE" }, "account"],
    ["an account id too short", { account: "krn:partner:global:account:test:ABCDEFG" }, "account"],
    [
      "an account id in small letters",
      { account: "krn:partner:global:account:test:abcdefgh" },
      "account",
    ],
    ["an account with something before it", { account: `x${PERMIT.account}` }, "account"],
    ["an account with something after it", { account: `${PERMIT.account}:x` }, "account"],
    ["an account and a line break", { account: `${PERMIT.account}\n` }, "account"],
    ["an unknown level", { level: "admin" }, "level"],
    ["an empty reference", { klarnaReference: "" }, "klarnaReference"],
    ["a name for an address", { addresses: ["api-global.test.klarna.com"] }, "addresses"],
    ["a day that does not exist", { validUntil: "2026-02-30" }, "validUntil"],
    ["a 29 February of no leap year", { validUntil: "2027-02-29" }, "validUntil"],
    ["an instant for a day", { validFrom: "2026-06-01T00:00:00Z" }, "validFrom"],
    ["a day as people write it", { guidelinesReadOn: "1 June 2026" }, "guidelinesReadOn"],
    ["no day of reading", { guidelinesReadOn: undefined }, "guidelinesReadOn"],
    ["a field too many", { ceilings: { rate: 100 } }, "ceilings"],
  ])("refuses %s, naming the field", (_, changed, field) => {
    expect(complaint(JSON.stringify({ ...PERMIT, ...changed }))).toContain(`\`${field}\``);
  });

  it.each(Object.keys(PERMIT).concat("addresses"))("says what `%s` takes", (field) => {
    const told = complaint(JSON.stringify({ ...PERMIT, [field]: [""] }));
    expect(told).toContain(`\`${field}\` must be: `);
    expect(told).not.toMatch(/: $|a JSON object/);
  });

  it("names everything that is wrong, and what is missing as such", () => {
    const { label: _, level: __, ...rest } = PERMIT;
    expect(complaint(JSON.stringify({ ...rest, who: "", validTo: "", ceilings: {} }))).toBe(
      "the permit does not fit: `label` is needed: letters, digits, blanks or any of . _ -, at most 64; " +
        "`who` must be: a name, at most 100 characters; `level` is needed: partner or acquiring-partner; " +
        "no field is named `validTo`, `ceilings`",
    );
  });

  it.each([
    ["", "the permit is not JSON"],
    ["{", "the permit is not JSON"],
    ["label: yaml", "the permit is not JSON"],
    ["null", "the permit does not fit: `permit` must be: a JSON object"],
    ["[]", "the permit does not fit: `permit` must be: a JSON object"],
    ['"permit"', "the permit does not fit: `permit` must be: a JSON object"],
  ])("refuses what is no permit: %j", (text, told) => {
    expect(complaint(text)).toBe(told);
  });

  it("takes nothing from a `__proto__` field", () => {
    const text = JSON.stringify(PERMIT).replace("{", '{"__proto__":{"klarnaReference":"X"},');
    expect(complaint(text)).toContain("__proto__");
  });

  it.each<[string, Record<string, unknown>]>([
    ["a live account", { account: "krn:partner:global:account:live:LWT2XJSE" }],
    ["a live sign in a label", { label: "klarna_live_" }],
    ["a live sign in a field that does not exist", { note: "https://api.klarna.com" }],
  ])("calls %s by its name", (_, changed) => {
    expect(() => parse(changed)).toThrow(usageError("PERMIT_LIVE"));
    expect(() => parse(changed)).toThrow(
      expect.objectContaining({ place: { file: "permit.json" } }),
    );
  });
});

describe("parsePermit, of a hostile file,", () => {
  const text = JSON.stringify(PERMIT);
  const refusedAs = (code: string): unknown =>
    expect.objectContaining({ name: "UsageError", code });

  it("finds a live sign in a field that stands twice, of which the value shows the second", () => {
    const twice = text.replace("{", '{"who":"klarna_live_api_x",');
    expect(() => parsePermit(twice, "p")).toThrow(refusedAs("PERMIT_LIVE"));
  });

  it("finds a live sign that is percent-encoded three times below JSON's own escapes", () => {
    const deep = text.replace(PERMIT.who, "klarna\\u002525255flive_");
    expect(() => parsePermit(deep, "p")).toThrow(refusedAs("PERMIT_LIVE"));
  });

  it("finds a live sign in what is no JSON", () => {
    expect(() => parsePermit("account: klarna_live_", "p")).toThrow(refusedAs("PERMIT_LIVE"));
  });

  it("gets to the end of one that is nested without end", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(() => parsePermit(deep, "p")).toThrow(refusedAs("PERMIT_INVALID"));
  });
});

it("holds no key, and does not show the one that it was given", () => {
  const key = "klarna_test_api_Zq7Xw3Kp9Rv5Tn2Lm8Jh";
  const text = JSON.stringify({ ...PERMIT, who: key });
  expect(() => parsePermit(text, "permit.json")).toThrow(usageError("PERMIT_CREDENTIAL"));
  expect(() => parsePermit(text, "permit.json")).toThrow(
    expect.objectContaining({
      message: expect.not.stringContaining("Zq7X"),
      place: { file: "permit.json" },
    }),
  );
});

describe("permitProblem", () => {
  const dated = (validFrom: string, validUntil: string, guidelinesReadOn = validFrom): Permit => ({
    ...PERMIT,
    validFrom,
    validUntil,
    guidelinesReadOn,
  });

  it.each<[string, Permit, number, string | undefined]>([
    ["its first millisecond", dated("2026-06-01", "2026-06-30"), day(2026, 6, 1), undefined],
    [
      "the one before",
      dated("2026-06-01", "2026-06-30"),
      day(2026, 6, 1) - 1,
      "it is not valid before 2026-06-01",
    ],
    ["its last millisecond", dated("2026-06-01", "2026-06-30"), day(2026, 7, 1) - 1, undefined],
    ["the one after", dated("2026-06-01", "2026-06-30"), day(2026, 7, 1), "it ended on 2026-06-30"],
    [
      "the one day of a permit for one",
      dated("2026-06-01", "2026-06-01"),
      day(2026, 6, 1),
      undefined,
    ],
    ["an end 90 days off", dated("2026-06-01", "2026-08-30"), day(2026, 6, 1), undefined],
    [
      "an end 91 days off",
      dated("2026-06-01", "2026-08-31"),
      day(2026, 6, 1),
      "it spans more than 90 days",
    ],
    [
      "90 days with a leap day among them",
      dated("2028-02-01", "2028-05-01"),
      day(2028, 2, 29),
      undefined,
    ],
    [
      "an end before its beginning",
      dated("2026-06-02", "2026-06-01"),
      day(2026, 6, 2),
      "it ended on 2026-06-01",
    ],
    [
      "an end long before its beginning",
      dated("2026-06-30", "2026-06-01"),
      day(2026, 6, 15),
      "it is not valid before 2026-06-30",
    ],
    [
      "guidelines read that day",
      dated("2026-06-01", "2026-06-30", "2026-06-15"),
      day(2026, 6, 15),
      undefined,
    ],
    [
      "guidelines to be read tomorrow",
      dated("2026-06-01", "2026-06-30", "2026-06-16"),
      day(2026, 6, 16) - 1,
      "its guidelinesReadOn lies in the future",
    ],
    [
      "guidelines read 90 days before",
      dated("2026-06-30", "2026-07-30", "2026-04-01"),
      day(2026, 6, 30),
      undefined,
    ],
    [
      "guidelines read 91 days before",
      dated("2026-06-30", "2026-07-30", "2026-03-31"),
      day(2026, 6, 30),
      "Klarna's guidelines were read more than 90 days before it begins",
    ],
    [
      "a beginning that is no day",
      dated("soon", "2026-06-30", "2026-06-01"),
      day(2026, 6, 1),
      "its dates can't be read",
    ],
    [
      "an end that is no day",
      dated("2026-06-01", "never"),
      day(2026, 6, 1),
      "its dates can't be read",
    ],
    [
      "a day of reading that is none",
      dated("2026-06-01", "2026-06-30", "once"),
      day(2026, 6, 1),
      "its dates can't be read",
    ],
    [
      "a time that is no number",
      dated("2026-06-01", "2026-06-30"),
      Number.NaN,
      "it is not valid before 2026-06-01",
    ],
  ])("%s", (_, permit, nowMs, problem) => {
    expect(permitProblem(permit, nowMs)).toBe(problem);
  });
});
