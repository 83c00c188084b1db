import type { Micros } from "../../base/units.ts";

/** The statuses of Klarna's document. */
export type OrderStatus =
  | "AUTHORIZED"
  | "PART_CAPTURED"
  | "CAPTURED"
  | "CANCELLED"
  | "EXPIRED"
  | "CLOSED";

/** Minor units throughout. */
export interface OrderMoney {
  ordered: number;
  captured: number;
  refunded: number;
  cancelled: boolean;
  /** The rest of the authorization has been given up. */
  released: boolean;
}

/**
 * The status at a moment. When Klarna calls an order CLOSED is not published; here it is one with captures whose rest
 * has run out.
 */
export function orderStatus(money: OrderMoney, expires: Micros, now: Micros): OrderStatus {
  if (money.cancelled) return "CANCELLED";
  if (money.captured === 0) return now < expires ? "AUTHORIZED" : "EXPIRED";
  if (money.released || money.captured >= money.ordered) return "CAPTURED";
  return now < expires ? "PART_CAPTURED" : "CLOSED";
}

/** Whether anything can be captured, authorized or given up. */
export function isOpenOrder(status: OrderStatus): boolean {
  return status === "AUTHORIZED" || status === "PART_CAPTURED";
}

/** What can still be captured. */
export function remaining(money: OrderMoney, status: OrderStatus): number {
  return isOpenOrder(status) ? money.ordered - money.captured : 0;
}
