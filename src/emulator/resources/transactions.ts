import { z } from "zod";
import { type Micros, micros } from "../../base/units.ts";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import { timestamp, type World } from "../world.ts";
import type { Disputes } from "./disputes.ts";
import {
  amount,
  bodyError,
  reference,
  sumOfLines,
  supplementaryPurchaseData,
} from "./kn-fields.ts";
import {
  capturable,
  isOpen,
  type Money,
  refundable,
  type TransactionState,
  transactionState,
} from "./transaction-state.ts";

/** Remembered at least; never more than twice as many. */
const TRANSACTIONS = 50_000;
/** Klarna names no bound; without one a transaction of many small captures would grow for ever. */
const PARTS_MOST = 100;

/** As the classic APIs' authorizations: 28 days. Klarna Network's own figure is not published. */
const AUTHORIZATION_US = 28 * 24 * 3_600_000_000;
const EXTENSION_DAYS_MOST = 60;

const ID_PREFIX = "krn:payment:eu1:transaction:";

interface Capture {
  readonly id: string;
  readonly amount: number;
  refunded: number;
  readonly reference: string | undefined;
  readonly atMs: number;
}

interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly reference: string | undefined;
  readonly atMs: number;
}

export interface Transaction extends Money {
  readonly id: string;
  readonly owner: string;
  readonly currency: string;
  reference: string | undefined;
  purchaseReference: string | undefined;
  readonly email: string | undefined;
  /** By the clock; `createdAtMs` is its civil time. */
  readonly created: Micros;
  readonly createdAtMs: number;
  expires: Micros;
  readonly captures: Capture[];
  readonly refunds: Refund[];
}

export interface NewTransaction {
  readonly owner: string;
  readonly currency: string;
  readonly amount: number;
  readonly reference: string | undefined;
  readonly email: string | undefined;
  readonly purchaseReference: string | undefined;
}

/** The transactions that there are, with their captures and refunds. */
export class Transactions {
  readonly #world: World;
  readonly #disputes: Disputes;
  readonly #transactions = new Recent<Transaction>(TRANSACTIONS);

  constructor(world: World, disputes: Disputes) {
    this.#world = world;
    this.#disputes = disputes;
  }

  add({ amount, ...given }: NewTransaction): Transaction {
    const { clock, newId } = this.#world;
    const created = clock.now();
    const transaction: Transaction = {
      ...given,
      id: ID_PREFIX + newId(),
      authorized: amount,
      captured: 0,
      refunded: 0,
      released: false,
      created,
      createdAtMs: clock.wallMs(),
      expires: micros(created + AUTHORIZATION_US),
      captures: [],
      refunds: [],
    };
    this.#transactions.set(transaction.id, transaction);
    return transaction;
  }

  /** By its own id, or by one of its captures' or refunds'; undefined: unknown, forgotten, or someone else's. */
  find(id: string | undefined, owner: string): Transaction | undefined {
    const [own = ""] = /^krn:payment:eu1:transaction:[0-9a-f-]{36}/.exec(id ?? "") ?? [];
    const found = this.#transactions.get(own);
    return found?.owner === owner ? found : undefined;
  }

  stateOf(transaction: Transaction): TransactionState {
    return transactionState(transaction, transaction.expires, this.#world.clock.now());
  }

  /** The caller has seen to it that so much can be captured. */
  capture(
    transaction: Transaction,
    amount: number,
    reference: string | undefined,
    releaseRest: boolean,
  ): Capture {
    const capture: Capture = {
      id: `${transaction.id}:capture:${transaction.captures.length + 1}`,
      amount,
      refunded: 0,
      reference,
      atMs: this.#world.clock.wallMs(),
    };
    transaction.captures.push(capture);
    transaction.captured += amount;
    if (releaseRest) transaction.released = true;
    this.#disputes.maybeOpen(transaction);
    return capture;
  }

  /** The caller has seen to it that so much can be paid back from these captures. */
  refund(
    transaction: Transaction,
    amount: number,
    reference: string | undefined,
    from: readonly Capture[],
  ): Refund {
    let left = amount;
    for (const capture of from) {
      const part = Math.min(left, capture.amount - capture.refunded);
      capture.refunded += part;
      left -= part;
    }
    const refund: Refund = {
      id: `${transaction.id}:refund:${transaction.refunds.length + 1}`,
      amount,
      reference,
      atMs: this.#world.clock.wallMs(),
    };
    transaction.refunds.push(refund);
    transaction.refunded += amount;
    return refund;
  }
}

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

function viewCapture(transaction: Transaction, capture: Capture): object {
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

function viewRefund(transaction: Transaction, refund: Refund): object {
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
