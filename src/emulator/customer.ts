import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { type Micros, micros } from "../base/units.ts";
import { CUSTOMER_OUTCOMES, type CustomerOutcome } from "../guard/emulated.ts";
import { latencySampler, simpleLatencySchema } from "../model/latency.ts";

export const customerSchema = z.strictObject({
  outcome: z.enum(CUSTOMER_OUTCOMES),
  /** From the moment the page exists to the customer's decision. */
  delay: simpleLatencySchema,
});
export type CustomerOptions = z.infer<typeof customerSchema>;

/** A customer's stay at Klarna's page. */
export interface Visit {
  readonly enters: Micros;
  /** When the decision falls; never for one who abandons it. */
  readonly decides: Micros;
  readonly outcome: CustomerOutcome;
}

export interface Customer {
  /**
   * Sends a customer to a page that has just come to be; `undefined`: nobody comes, as on Klarna's test
   * environment, where a person would have to.
   * @param email Klarna's sample addresses that stand for a denied purchase are denied here too
   */
  visit(email: string | undefined): Visit | undefined;
}

export function customerOf(
  options: CustomerOptions | null,
  clock: Clock,
  random: Random,
): Customer {
  const delay = latencySampler(options?.delay ?? { kind: "constant", us: 0 }, random);
  return {
    visit(email) {
      if (!options) return undefined;
      const us = delay();
      const now = clock.now();
      return {
        enters: micros(now + Math.floor(us / 2)),
        decides: micros(now + us),
        outcome: isDenied(email) ? "decline" : options.outcome,
      };
    },
  };
}

/** What one of Klarna's sample addresses asks for. */
export type Trigger =
  | { readonly kind: "denied" }
  | { readonly kind: "disputed"; readonly reason: string };

/** Both generations of Klarna's patterns (our notes, §7): `customer+us+denied@klarna.com`, `customer+denied@email.us`. */
const SAMPLE_ADDRESS =
  /^customer\+(?:[a-z]{2}\+)?(?:(denied|reject_reason_[a-z_]{1,40})|disputed-([a-z_]{1,40}))@(?:klarna\.com|email\.[a-z]{2})$/i;

export function triggerOf(email: string | undefined): Trigger | undefined {
  const match = SAMPLE_ADDRESS.exec(email ?? "");
  if (!match) return undefined;
  return match[2] === undefined ? { kind: "denied" } : { kind: "disputed", reason: match[2] };
}

/** Whether a purchase of this customer is always turned down. */
export function isDenied(email: string | undefined): boolean {
  return triggerOf(email)?.kind === "denied";
}
