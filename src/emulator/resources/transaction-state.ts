import type { Micros } from "../../base/units.ts";

/**
 * What an authorized amount has come to. Klarna publishes no names for the states of a transaction; these
 * follow its classic orders'.
 */
export type TransactionState = "AUTHORIZED" | "PART_CAPTURED" | "CAPTURED" | "VOIDED" | "EXPIRED";

/** Minor units throughout. */
export interface Money {
  /** What the customer approved, re-authorizations included. */
  authorized: number;
  captured: number;
  refunded: number;
  /** Given up by a void, or by a capture that released the rest. */
  released: boolean;
}

/** What can still be captured, expiry aside. */
export function capturable({ authorized, captured, released }: Money): number {
  return released ? 0 : authorized - captured;
}

/** What can still be paid back. */
export function refundable({ captured, refunded }: Money): number {
  return captured - refunded;
}

export function transactionState(money: Money, expires: Micros, now: Micros): TransactionState {
  const left = capturable(money);
  if (money.captured > 0) return left > 0 && now < expires ? "PART_CAPTURED" : "CAPTURED";
  if (money.released) return "VOIDED";
  return now < expires ? "AUTHORIZED" : "EXPIRED";
}

/** Whether anything can be captured now, or authorized anew. */
export function isOpen(state: TransactionState): boolean {
  return state === "AUTHORIZED" || state === "PART_CAPTURED";
}
