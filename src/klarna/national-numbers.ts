/**
 * National identification numbers that show themselves: by a form of their own, or by date and check digits
 * together. Countries whose numbers are nothing but digits are told by the name of the field alone.
 */

interface NationalNumber {
  /** Without anything before or after it that it could be a part of. */
  readonly form: RegExp;
  readonly holds: (match: string) => boolean;
}

/** Not within a longer id, a resource name, an address or a reference. */
const standingAlone = (form: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}._:/+=-])${form}(?![\\p{L}\\p{N}_:/=-])`, "giu");

const KINDS: readonly NationalNumber[] = [
  // Sweden, with the century. Born 1900 to 2010: references that begin with a date begin with a recent one.
  {
    form: standingAlone("(?:SE)?(?:19\\d\\d|200\\d|2010)\\d{4}[-+]?\\d{4}"),
    holds: (match) => {
      const digits = digitsOf(match);
      return isDate(digits.slice(6, 8), digits.slice(4, 6)) && passesLuhn(digits.slice(2));
    },
  },
  // Sweden and Denmark, six digits of a birthday and four; no year that a reference of these days begins with.
  {
    form: standingAlone("\\d{6}[-+]\\d{4}"),
    holds: (match) => {
      const digits = digitsOf(match);
      const [first, second, third] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)];
      const swedish = isPast(first) && isDate(third, second) && passesLuhn(digits);
      const danish =
        isPast(third) &&
        isDate(first, second) &&
        weighted(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
      return swedish || danish;
    },
  },
  // Norway: a birthday (40 more in the day for foreigners) and two check digits.
  {
    form: standingAlone("(?:NO)?\\d{11}"),
    holds: (match) => {
      const digits = digitsOf(match);
      const day = Number(digits.slice(0, 2));
      return (
        isDate(String(day > 40 ? day - 40 : day), digits.slice(2, 4)) &&
        weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
        weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
      );
    },
  },
  // Finland: a birthday, the century's sign, three digits and a check character.
  {
    form: standingAlone("\\d{6}[-+A-FU-Y]\\d{3}[0-9A-Y]"),
    holds: (match) => {
      const number = Number(match.slice(0, 6) + match.slice(7, 10));
      const check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31];
      return isDate(match.slice(0, 2), match.slice(2, 4)) && match[10]?.toUpperCase() === check;
    },
  },
  // The United States, written in the groups of a social security card.
  {
    form: standingAlone("(?!000|666|9)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}"),
    holds: () => true,
  },
  // Italy: consonants of the names, birthday, place of birth, check letter.
  {
    form: standingAlone("[A-Z]{3} ?[A-Z]{3} ?\\d{2}[A-EHLMPRST]\\d{2} ?[A-Z]\\d{3}[A-Z]"),
    holds: () => true,
  },
];

/** The numbers in a text that can hardly be anything else. */
export function nationalNumbersIn(text: string): string[] {
  return KINDS.flatMap(({ form, holds }) =>
    [...text.matchAll(form)].map(([match]) => match).filter(holds),
  );
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

function isDate(day: string, month: string): boolean {
  return Number(day) >= 1 && Number(day) <= 31 && Number(month) >= 1 && Number(month) <= 12;
}

/** Two digits of a year that are rather a birthday's than today's. */
function isPast(year: string): boolean {
  return Number(year) >= 30;
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0);
}
