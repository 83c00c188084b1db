import { type Micros, micros } from "../../base/units.ts";
import { Recent } from "../recent.ts";
import type { World } from "../world.ts";
import type { Disputes } from "./disputes.ts";
import { type Money, type TransactionState, transactionState } from "./transaction-state.ts";

/** Remembered at least; at most a quarter more. */
const TRANSACTIONS = 20_000;

/** As the classic APIs' authorizations: 28 days. Klarna Network's own figure is not published. */
export const AUTHORIZATION_US = 28 * 24 * 3_600_000_000;

const ID_PREFIX = "krn:payment:eu1:transaction:";

export interface Capture {
  readonly id: string;
  readonly amount: number;
  refunded: number;
  readonly reference: string | undefined;
  readonly atMs: number;
}

export interface Refund {
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
  readonly #transactions: Recent<Transaction>;

  constructor(world: World, disputes: Disputes) {
    this.#world = world;
    this.#transactions = new Recent(TRANSACTIONS, world.forgotten.counter("transactions"));
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
