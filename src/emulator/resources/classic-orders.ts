import { type Micros, micros } from "../../base/units.ts";
import { Recent } from "../recent.ts";
import type { World } from "../world.ts";
import type { ShippingInfo } from "./classic-order-fields.ts";
import { type OrderMoney, type OrderStatus, orderStatus } from "./classic-order-state.ts";
import type { Purchase } from "./classic-purchase-fields.ts";

/** Remembered at least; at most a quarter more. */
const ORDERS = 20_000;

/** An authorization lives 28 days, and is extended by as many (our notes, §6.4). */
const AUTHORIZATION_US = 28 * 24 * 3_600_000_000;

/** What the shop says of a capture or a refund. */
export interface Remarks {
  readonly reference?: string | undefined;
  readonly description?: string | undefined;
}

export interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly atMs: number;
  readonly remarks: Remarks;
}

export interface Capture extends Refund {
  readonly shipping: ShippingInfo[];
}

export interface Order extends OrderMoney {
  readonly id: string;
  readonly owner: string;
  readonly originalAmount: number;
  readonly country: string;
  readonly currency: string;
  readonly locale: string | undefined;
  reference1: string | undefined;
  reference2: string | undefined;
  readonly created: Micros;
  readonly createdAtMs: number;
  expires: Micros;
  readonly captures: Capture[];
  readonly refunds: Refund[];
  readonly shipping: ShippingInfo[];
}

/** The orders that there are, with their captures and refunds. */
export class Orders {
  readonly #world: World;
  readonly #orders: Recent<Order>;

  constructor(world: World) {
    this.#world = world;
    this.#orders = new Recent(ORDERS, world.forgotten.counter("orders"));
  }

  add(owner: string, purchase: Purchase, captured: boolean): Order {
    const { clock, newId } = this.#world;
    const created = clock.now();
    const order: Order = {
      id: newId(),
      owner,
      originalAmount: purchase.order_amount,
      ordered: purchase.order_amount,
      captured: 0,
      refunded: 0,
      cancelled: false,
      released: false,
      country: purchase.purchase_country,
      currency: purchase.purchase_currency,
      locale: purchase.locale,
      reference1: purchase.merchant_reference1,
      reference2: purchase.merchant_reference2,
      created,
      createdAtMs: clock.wallMs(),
      expires: micros(created + AUTHORIZATION_US),
      captures: [],
      refunds: [],
      shipping: [],
    };
    this.#orders.set(order.id, order);
    if (captured && order.ordered > 0) this.capture(order, order.ordered, {});
    return order;
  }

  /** Undefined: unknown, forgotten, or someone else's. */
  find(id: string | undefined, owner: string): Order | undefined {
    const found = this.#orders.get(id ?? "");
    return found?.owner === owner ? found : undefined;
  }

  statusOf(order: Order): OrderStatus {
    return orderStatus(order, order.expires, this.#world.clock.now());
  }

  /** The caller has seen to it that so much can be captured. */
  capture(order: Order, amount: number, remarks: Remarks): Capture {
    const capture: Capture = { ...this.#part(amount, remarks), shipping: [] };
    order.captures.push(capture);
    order.captured += amount;
    return capture;
  }

  /** The caller has seen to it that so much can be paid back. */
  refund(order: Order, amount: number, remarks: Remarks): Refund {
    const refund = this.#part(amount, remarks);
    order.refunds.push(refund);
    order.refunded += amount;
    return refund;
  }

  extend(order: Order): void {
    order.expires = micros(this.#world.clock.now() + AUTHORIZATION_US);
  }

  #part(amount: number, { reference, description }: Remarks): Refund {
    const { clock, newId } = this.#world;
    return { id: newId(), amount, atMs: clock.wallMs(), remarks: { reference, description } };
  }
}
