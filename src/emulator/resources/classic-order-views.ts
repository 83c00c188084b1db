import { timestamp } from "../world.ts";
import { type OrderStatus, remaining } from "./classic-order-state.ts";
import type { Capture, Order, Refund } from "./classic-orders.ts";

// Orders, captures and refunds as answers show them.

/** Short, and the same at every reading. */
function klarnaReference(order: Order): string {
  return `K${order.id.slice(0, 6).toUpperCase()}`;
}

export function viewOrder(order: Order, status: OrderStatus): object {
  return {
    order_id: order.id,
    status,
    fraud_status: "ACCEPTED",
    order_amount: order.ordered,
    original_order_amount: order.originalAmount,
    captured_amount: order.captured,
    refunded_amount: order.refunded,
    remaining_authorized_amount: remaining(order, status),
    purchase_country: order.country,
    purchase_currency: order.currency,
    ...(order.locale === undefined ? {} : { locale: order.locale }),
    klarna_reference: klarnaReference(order),
    ...(order.reference1 === undefined ? {} : { merchant_reference1: order.reference1 }),
    ...(order.reference2 === undefined ? {} : { merchant_reference2: order.reference2 }),
    created_at: timestamp(order.createdAtMs),
    expires_at: timestamp(order.createdAtMs + (order.expires - order.created) / 1000),
    captures: order.captures.map((capture) => viewCapture(order, capture)),
    refunds: order.refunds.map(viewRefund),
    shipping_info: order.shipping,
  };
}

export function viewCapture(order: Order, capture: Capture): object {
  return {
    capture_id: capture.id,
    captured_amount: capture.amount,
    captured_at: timestamp(capture.atMs),
    klarna_reference: `${klarnaReference(order)}-${order.captures.indexOf(capture) + 1}`,
    ...capture.remarks,
    refunded_amount: refundedOf(order, capture),
    shipping_info: capture.shipping,
  };
}

/** Refunds are of the order; they are spread over its captures, the oldest first. */
function refundedOf(order: Order, capture: Capture): number {
  let left = order.refunded;
  for (const one of order.captures) {
    if (one === capture) return Math.min(left, one.amount);
    left = Math.max(0, left - one.amount);
  }
  return 0;
}

export function viewRefund(refund: Refund): object {
  return {
    refund_id: refund.id,
    refunded_amount: refund.amount,
    refunded_at: timestamp(refund.atMs),
    ...refund.remarks,
  };
}
