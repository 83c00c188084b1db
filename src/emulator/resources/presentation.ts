import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Handler } from "../routing.ts";
import { check } from "../validation.ts";
import type { World } from "../world.ts";
import { bodyError, currency, missingOr } from "./kn-fields.ts";

const INTENTS = ["PAY", "SUBSCRIBE", "ADD_TO_WALLET"] as const;
const AMOUNT_RULE = "must be a whole number from 1 to 2147483647";

const locale = z
  .string({ error: missingOr("must be given once") })
  .regex(/^[A-Za-z]{2}(?:-[A-Za-z]{2})?$/, { error: "must be a locale, such as en-US" });
const amount = z
  .string({ error: missingOr("must be given once") })
  .refine((text) => /^\d{1,10}$/.test(text) && +text >= 1 && +text <= 2_147_483_647, {
    error: AMOUNT_RULE,
  });
const purchase = { locale, currency, amount: amount.optional() };
const intent = z.enum(INTENTS, { error: `must be ${INTENTS.join(" or ")}` });

const presentationQuery = z.looseObject(
  {
    ...purchase,
    "intents[]": z
      .union([intent, z.array(intent)], { error: `must be ${INTENTS.join(" or ")}` })
      .optional(),
    subscription_billing_interval: z
      .enum(["DAY", "WEEK", "MONTH", "YEAR"], { error: "must be DAY, WEEK, MONTH or YEAR" })
      .optional(),
    subscription_billing_interval_frequency: amount.optional(),
  },
  bodyError,
);
const messagingQuery = z.looseObject({ ...purchase, amount }, bodyError);

/** Above it the emulator shows nothing of Klarna, so that the instruction can be seen: 100 000 in major units. */
const SHOWN_MOST = 10_000_000;

type Handlers = Readonly<
  Record<Extract<OperationName, `presentation.${string}` | `messaging.${string}`>, Handler>
>;

/** What to show of Klarna: its instructions and fields, with texts of our own. */
export function presentationHandlers({ problem }: World): Handlers {
  const messaging =
    (placement: string): Handler =>
    ({ query }) => {
      const checked = check(messagingQuery, query, problem);
      if ("refused" in checked) return checked.refused;
      return {
        status: 200,
        body: {
          placement,
          locale: checked.body.locale,
          content: {
            text: `Pay ${checked.body.amount} ${checked.body.currency.toUpperCase()} later`,
            link: { label: "Learn more", url: "https://emulator.invalid/learn-more" },
          },
        },
      };
    };

  return {
    "presentation.read": ({ query, headers }) => {
      const checked = check(presentationQuery, query, problem);
      if ("refused" in checked) return checked.refused;
      const { amount: text, "intents[]": intents = "PAY" } = checked.body;
      const known = headers["klarna-customer-token"] !== undefined;
      const hidden = text !== undefined && Number(text) > SHOWN_MOST;
      const instruction = hidden ? "HIDE_KLARNA" : known ? "PRESELECT_KLARNA" : "SHOW_KLARNA";
      return {
        status: 200,
        body: {
          instruction,
          intents: [intents].flat(),
          ...(hidden ? {} : { payment_option: PAYMENT_OPTION }),
        },
      };
    },
    "messaging.read-credit-promotion-auto-size": messaging("credit-promotion-auto-size"),
    "messaging.read-credit-promotion-badge": messaging("credit-promotion-badge"),
    "messaging.read-top-strip-auto-size": messaging("top-strip-promotion-auto-size"),
    "messaging.read-top-strip-badge": messaging("top-strip-promotion-badge"),
  };
}

/** The id is that of Klarna's samples. */
const PAYMENT_OPTION = {
  payment_option_id: "S0xBUk5B",
  header: { text: "Klarna" },
  subheader: { short: { text: "Pay now or later" } },
  icon: { url: "https://emulator.invalid/icon.svg", alt: "Klarna" },
  badge: { url: "https://emulator.invalid/badge.svg", alt: "Klarna" },
};
