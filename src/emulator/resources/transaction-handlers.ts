import * as z from "zod";
import { type Micros, micros } from "../../base/units.ts";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import type { World } from "../world.ts";
import {
  amount,
  bodyError,
  reference,
  sumOfLines,
  supplementaryPurchaseData,
} from "./kn-fields.ts";
import { capturable, isOpen } from "./transaction-state.ts";
import { viewCapture, viewRefund, viewTransaction } from "./transaction-views.ts";
import {
  AUTHORIZATION_US,
  type Capture,
  type Transaction,
  type Transactions,
} from "./transactions.ts";

/** Klarna names no bound; without one a transaction of many small captures would grow for ever. */
const PARTS_MOST = 100;
const EXTENSION_DAYS_MOST = 60;

const captureBody = z.looseObject(
  {
    capture_amount: amount,
    payment_capture_reference: reference,
    remaining_authorization: z.enum(["RELEASE"], { error: "must be RELEASE" }).optional(),
  },
  bodyError,
);
const transactionRefundBody = z.looseObject(
  { refund_amount: amount, refund_reference: reference },
  bodyError,
);
const captureRefundBody = z.looseObject(
  { refund_amount: amount, payment_refund_reference: reference },
  bodyError,
);
const DAYS_RULE = `must be a whole number from 1 to ${EXTENSION_DAYS_MOST}`;
const reauthorizeBody = z.looseObject(
  {
    amount: amount.optional(),
    extension_days: z
      .number({ error: DAYS_RULE })
      .int({ error: DAYS_RULE })
      .min(1, { error: DAYS_RULE })
      .max(EXTENSION_DAYS_MOST, { error: DAYS_RULE })
      .optional(),
    supplementary_purchase_data: supplementaryPurchaseData,
  },
  bodyError,
);
const updateBody = z.looseObject(
  {
    payment_transaction_reference: reference,
    supplementary_purchase_data: supplementaryPurchaseData,
  },
  bodyError,
);

type Handlers = Readonly<
  Record<
    Extract<
      OperationName,
      `transaction.${string}` | `capture.${string}` | `refund.${string}` | `chargeback.${string}`
    >,
    Handler
  >
>;

/** Captures up to what is authorized, refunds up to what is captured, a void only before the first capture. */
export function transactionHandlers(
  { problem, clock }: World,
  transactions: Transactions,
): Handlers {
  const find = ({ owner, params }: Call): Transaction | undefined =>
    transactions.find(params.payment_transaction_id, owner);
  const tooMuch = (parameter: string, most: number): Answer =>
    problem("VALIDATION_ERROR", [{ parameter, reason: `must not be more than ${most}` }]);
  const shown = (transaction: Transaction): Answer => ({
    status: 200,
    body: viewTransaction(transaction, transactions.stateOf(transaction)),
  });

  const refund = (
    transaction: Transaction | undefined,
    from: readonly Capture[],
    amount: number,
    reference: string | undefined,
  ): Answer => {
    if (!transaction || from.length === 0) {
      return problem(transaction ? "RESOURCE_CONFLICT" : "RESOURCE_NOT_FOUND");
    }
    const left = from.reduce((sum, capture) => sum + capture.amount - capture.refunded, 0);
    if (left === 0 || transaction.refunds.length >= PARTS_MOST) return problem("RESOURCE_CONFLICT");
    if (amount > left) return tooMuch("refund_amount", left);
    const made = transactions.refund(transaction, amount, reference, from);
    return { status: 201, body: viewRefund(transaction, made) };
  };

  return {
    "transaction.read": (call) => {
      const found = find(call);
      return found ? shown(found) : problem("RESOURCE_NOT_FOUND");
    },

    "transaction.update": (call) => {
      const checked = check(updateBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      const { payment_transaction_reference: own, supplementary_purchase_data: data } =
        checked.body;
      found.reference = own ?? found.reference;
      found.purchaseReference = data?.purchase_reference ?? found.purchaseReference;
      return shown(found);
    },

    "transaction.capture": (call) => {
      const checked = check(captureBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (!isOpen(transactions.stateOf(found)) || found.captures.length >= PARTS_MOST) {
        return problem("RESOURCE_CONFLICT");
      }
      const { capture_amount: wanted, payment_capture_reference: name } = checked.body;
      const left = capturable(found);
      if (wanted > left) return tooMuch("capture_amount", left);
      const rest = checked.body.remaining_authorization === "RELEASE";
      const made = transactions.capture(found, wanted, name, rest);
      return { status: 201, body: viewCapture(found, made) };
    },

    "transaction.refund": (call) => {
      const checked = check(transactionRefundBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      const { refund_amount: wanted, refund_reference: name } = checked.body;
      return refund(found, found?.captures ?? [], wanted, name);
    },

    "transaction.void": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (transactions.stateOf(found) !== "AUTHORIZED") return problem("RESOURCE_CONFLICT");
      found.released = true;
      return shown(found);
    },

    "transaction.re-authorize": (call) => {
      const checked = check(reauthorizeBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (!isOpen(transactions.stateOf(found))) return problem("RESOURCE_CONFLICT");
      const { amount: wanted, extension_days: days } = checked.body;
      const sum = sumOfLines(checked.body.supplementary_purchase_data);
      if (sum !== undefined && sum !== (wanted ?? found.authorized)) {
        const reason = "must equal the sum of the line items' total_amount";
        return problem("VALIDATION_ERROR", [{ parameter: "amount", reason }]);
      }
      if (wanted !== undefined && wanted < found.captured) {
        const reason = `must not be less than what is captured, ${found.captured}`;
        return problem("VALIDATION_ERROR", [{ parameter: "amount", reason }]);
      }
      found.authorized = wanted ?? found.authorized;
      if (days !== undefined) found.expires = extended(found.expires, days, clock.now());
      return shown(found);
    },

    "capture.read": ({ owner, params }) => {
      const id = params.payment_capture_id;
      const found = transactions.find(id, owner);
      const capture = found?.captures.find((one) => one.id === id);
      return found && capture
        ? { status: 200, body: viewCapture(found, capture) }
        : problem("RESOURCE_NOT_FOUND");
    },

    "capture.refund": ({ owner, params, body }) => {
      const checked = check(captureRefundBody, body, problem);
      if ("refused" in checked) return checked.refused;
      const id = params.payment_capture_id;
      const found = transactions.find(id, owner);
      const from = found?.captures.filter((one) => one.id === id) ?? [];
      const { refund_amount: wanted, payment_refund_reference: name } = checked.body;
      return refund(from.length === 0 ? undefined : found, from, wanted, name);
    },

    "refund.read": ({ owner, params }) => {
      const id = params.payment_refund_id;
      const found = transactions.find(id, owner);
      const made = found?.refunds.find((one) => one.id === id);
      return found && made
        ? { status: 200, body: viewRefund(found, made) }
        : problem("RESOURCE_NOT_FOUND");
    },

    // No bank pays back behind the emulator's back, so there is none to be found.
    "chargeback.read": () => problem("RESOURCE_NOT_FOUND"),
  };
}

/** Days are added to the expiry that there is; never so many that it lies further off than the bound from now. */
function extended(expires: Micros, days: number, now: Micros): Micros {
  const day = 24 * 3_600_000_000;
  const most = now + EXTENSION_DAYS_MOST * day + AUTHORIZATION_US;
  return micros(Math.min(expires + days * day, most));
}
