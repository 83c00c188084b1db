import { nationalNumbersIn } from "./national-numbers.ts";
import { isSampleEmail, isSampleNationalNumber, isSamplePhone } from "./sample-customers.ts";

export type PersonalData =
  | "an e-mail address"
  | "a telephone number"
  | "a national identification number";

const EMAIL =
  /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}.-]{1,253}\.(?:\p{L}{2,63}|xn--[a-z0-9-]{2,59})(?![\p{L}\p{N}])/giu;
/** International form, grouped as people do; an id or an expression has letters, digits or a sign before it. */
const PHONE = /(?<![\p{L}\p{N}/+])\+[1-9](?:[ .()-]{0,2}\d){7,14}(?![\p{L}\p{N}])/gu;
/** What can be nothing but a number of some sort, so that the field's name decides. */
const GROUPED_DIGITS = /^\+?[\d\s()./-]{7,30}$/;
const PHONE_DIGITS_MIN = 7;

const PHONE_WORDS = new Set(["phone", "telephone", "mobile", "msisdn", "tel", "cellphone", "fax"]);
const NATIONAL_WORDS = new Set(["ssn", "personnummer", "fodselsnummer", "hetu", "cpr", "pesel"]);
const NATIONAL_PHRASES =
  /(?:^|_)(?:(?:national|personal)_(?:identity_|identification_)?(?:number|id|code)|social_security|codice_fiscale|fiscal_code)/;

/** Texts that hold texts, such as a classic session's attachment. */
const NESTING_MAX = 4;

/**
 * Personal data of these three kinds in a text that a profile sends, unless it is one of Klarna's published
 * samples; `undefined` if there is none. Klarna's test environment must get no personal data.
 *
 * Names, streets and dates of birth can't be told from other text, and are not looked for. A number without a
 * form of its own is looked for only where the field says what it is, so that references, amounts, times and
 * resource names pass.
 *
 * @param field the name that the text stands under; its last part, for a path
 */
export function personalDataIn(
  text: string,
  field = "",
  nesting = NESTING_MAX,
): PersonalData | undefined {
  const inside = nesting > 0 ? parsedJson(text) : undefined;
  if (inside !== undefined) return personalDataInValue(inside, field, nesting - 1);
  const plain = decodedPercent(text.normalize("NFKC"));
  const words = wordsOf(field);
  if (found(plain, EMAIL).some((address) => !isSampleEmail(trimmed(address)))) {
    return "an e-mail address";
  }
  const grouped = GROUPED_DIGITS.test(plain) ? [plain] : [];
  const phones = [...found(plain, PHONE), ...(namesPhone(words) ? grouped : [])];
  if (phones.some((phone) => countDigits(phone) >= PHONE_DIGITS_MIN && !isSamplePhone(phone))) {
    return "a telephone number";
  }
  const named = namesNationalNumber(words) && countDigits(plain) >= 4 ? [plain] : [];
  if ([...nationalNumbersIn(plain), ...named].some((number) => !isSampleNationalNumber(number))) {
    return "a national identification number";
  }
  return undefined;
}

/** A stack of its own: somebody else's JSON may be nested deeper than calls can be. */
function personalDataInValue(
  whole: unknown,
  wholeField: string,
  nesting: number,
): PersonalData | undefined {
  const left: (readonly [field: string, value: unknown])[] = [[wholeField, whole]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [field, value] = next;
    if (typeof value !== "object" || value === null) {
      const data = personalDataIn(String(value), field, nesting);
      if (data) return data;
    } else if (Array.isArray(value)) {
      for (const item of value) left.push([field, item]);
    } else {
      for (const [name, part] of Object.entries(value)) {
        const data = personalDataIn(name, "", 0);
        if (data) return data;
        left.push([name, part]);
      }
    }
  }
  return undefined;
}

function parsedJson(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function found(text: string, form: RegExp): string[] {
  return [...text.matchAll(form)].map(([match]) => match);
}

/** Without what an address in a query or after a scheme has before it: `?email=a@b.se`, `mailto:` has ended already. */
function trimmed(address: string): string {
  return address.replace(/^.*[=&?/]/, "");
}

function countDigits(text: string): number {
  return text.replace(/\D/g, "").length;
}

/** `customerPhone2` and `customer-phone` as `customer`, `phone`. */
function wordsOf(field: string): string[] {
  return field
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

function namesPhone(words: readonly string[]): boolean {
  return words.at(-1) !== "at" && words.some((word) => PHONE_WORDS.has(word));
}

function namesNationalNumber(words: readonly string[]): boolean {
  return words.some((word) => NATIONAL_WORDS.has(word)) || NATIONAL_PHRASES.test(words.join("_"));
}

/** Undoes one layer, for addresses in a link. */
function decodedPercent(text: string): string {
  return text.replace(/%(?:40|2B|20|2D)/gi, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
}
