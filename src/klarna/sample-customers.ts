/**
 * What Klarna publishes of its sample customers (its pages "Sample customer data" and "Business sample data"):
 * nobody's data, and the only ones of their kind that a profile may bring.
 */

const FLOW =
  "denied(?:\\+auth_[a-z_]{2,32})?|new_user|require_signup|red|pend-(?:accept|reject)-\\d\\d" +
  "|(?:disputed-)?(?:return|goods_not_received|already_paid|faulty_goods|incorrect_invoice|high_risk_order" +
  "|unauthorized_purchase|non_compliance|non_guaranteed_payment_program|return_not_possible)" +
  "|reject_reason_[a-z_]{2,64}";

/** Two generations of the same idea, the flow in the address; `cc` is a market's code. */
const SAMPLE_EMAILS: readonly RegExp[] = [
  new RegExp(`^customer\\+[a-z]{2}(?:\\+(?:${FLOW}))?@klarna\\.com$`, "i"),
  new RegExp(`^customer(?:\\+(?:${FLOW}))?@email\\.(?:[a-z]{2}|co\\.uk)$`, "i"),
  /^john\.doe@example\.com$/i,
];

/** Digits alone; of each market the approved, the denied and the new customer's, then the sample business's. */
const SAMPLE_PHONES: ReadonlySet<string> = new Set(
  `
  4306762600456 4306762600745 4306762600721
  61473752244 61473763254 61491574119
  32485121291 32485212123 32485212101
  15197438620 15197308624 15195550145
  420771613715 420771623691 420771623765
  4542555628 4552555348 4561555920
  358401234567 358401234568 358401234584
  33689854321 33687984322 33656194338
  49017614284340 49017610927312 491713920066
  306945553624 306945553625 306945553654
  36300102692 36705553575 36505557327
  353855351400 353855351401 353855351432
  393339741231 393312232389 393312232432
  525593747739 525593747740 525593747767
  31689124321 31632167678 31632167655
  6427555290 642993007712 642862276121
  4740123456 4740123457 4740123485
  48795222223 48795223325 48795223355
  351935556731 351915593837 351808151176
  40741209876 40707127444 40707129334
  421905123456 421905123457 421905123432
  34672563009 34682425101 34670097139
  46701740615 46701740620 46701740656
  41758680000 41758680001 41758680028
  447755564318 447355505530 445674519812
  13106683312 13106354386 13105550134
  18445527621
  `
    .trim()
    .split(/\s+/),
);

/** Letters and digits alone, without the country's code. */
const SAMPLE_NATIONAL_NUMBERS: ReadonlySet<string> = new Set([
  // Sweden, with and without the century.
  "194103219202",
  "4103219202",
  "194110288083",
  "4110288083",
  "200001011287",
  "200001011493",
  "200001015270",
  "200001019744",
  "200001011485",
  "200001015726",
  "200001015973",
  // Norway
  "01087000571",
  "01087000148",
  "30062449205",
  "27083206670",
  "14040845144",
  "16089639496",
  "19046731789",
  "27115906319",
  "25064127953",
  // Finland, Italy, Romania, Slovakia, Spain, Greece
  "190122829F",
  "RSSBNC80A41H501B",
  "1701225193558",
  "0001010009",
  "0001010020",
  "9710070249",
  "99999999R",
  "090000045",
]);

export function isSampleEmail(address: string): boolean {
  return SAMPLE_EMAILS.some((form) => form.test(address));
}

/** @param number however it is grouped, with or without its plus sign */
export function isSamplePhone(number: string): boolean {
  return SAMPLE_PHONES.has(number.replace(/\D/g, ""));
}

/** @param number however it is grouped, with or without the country's code before it */
export function isSampleNationalNumber(number: string): boolean {
  const plain = number.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return (
    SAMPLE_NATIONAL_NUMBERS.has(plain) ||
    SAMPLE_NATIONAL_NUMBERS.has(plain.replace(/^[A-Z]{2}(?=\d)/, ""))
  );
}
