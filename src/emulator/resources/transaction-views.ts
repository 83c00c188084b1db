import { timestamp } from "../world.ts";
import { capturable, isOpen, refundable, type TransactionState } from "./transaction-state.ts";
import type { Capture, Refund, Transaction } from "./transactions.ts";

// Transactions, captures and refunds as answers show them.

export function viewTransaction(transaction: Transaction, state: TransactionState): object {
  return {
    payment_transaction_id: transaction.id,
    ...named("payment_transaction_reference", transaction.reference),
    state,
    amount: transaction.authorized,
    currency: transaction.currency,
    captured_amount: transaction.captured,
    refunded_amount: transaction.refunded,
    remaining_amount: isOpen(state) ? capturable(transaction) : 0,
    refundable_amount: refundable(transaction),
    ...(transaction.purchaseReference === undefined
      ? {}
      : { supplementary_purchase_data: { purchase_reference: transaction.purchaseReference } }),
    created_at: timestamp(transaction.createdAtMs),
    expires_at: timestamp(
      transaction.createdAtMs + (transaction.expires - transaction.created) / 1000,
    ),
    payment_captures: transaction.captures.map((capture) => viewCapture(transaction, capture)),
    payment_refunds: transaction.refunds.map((refund) => viewRefund(transaction, refund)),
  };
}

export function viewCapture(transaction: Transaction, capture: Capture): object {
  return {
    payment_capture_id: capture.id,
    payment_transaction_id: transaction.id,
    ...named("payment_capture_reference", capture.reference),
    amount: capture.amount,
    currency: transaction.currency,
    refunded_amount: capture.refunded,
    captured_at: timestamp(capture.atMs),
  };
}

export function viewRefund(transaction: Transaction, refund: Refund): object {
  return {
    payment_refund_id: refund.id,
    payment_transaction_id: transaction.id,
    ...named("payment_refund_reference", refund.reference),
    amount: refund.amount,
    currency: transaction.currency,
    refunded_at: timestamp(refund.atMs),
  };
}

function named(field: string, value: string | undefined): object {
  return value === undefined ? {} : { [field]: value };
}
