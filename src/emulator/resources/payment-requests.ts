import { type Micros, micros } from "../../base/units.ts";
import type { Answer } from "../answers.ts";
import type { Visit } from "../customer.ts";
import { Recent } from "../recent.ts";
import type { World } from "../world.ts";
import type { CustomerTokens } from "./customer-tokens.ts";
import { lifetimeMs } from "./kn-fields.ts";
import { nextStep, type Reason, type State } from "./payment-request-state.ts";

/** Klarna's default lifetime of a payment request, 3 h, and the range of `interaction_expiry`. */
const LIFETIME_MS = 3 * 3_600_000;
const LIFETIME_MIN_MS = 15 * 60_000;
const LIFETIME_MAX_MS = 48 * 3_600_000;

/** How long the token of a completed payment request can be used: 60 min (our notes, §6.2). */
const TOKEN_LIFETIME_US = 3_600_000_000;

/** Payment requests remembered at least; at most a quarter more. Older ones are answered as unknown. */
export const PAYMENT_REQUESTS = 20_000;

export const ID_PREFIX = "krn:payment:eu1:request:";
export const SESSION_TOKEN_PREFIX = "krn:network:eu1:test:session-token:";
export const PAYMENT_TOKEN_PREFIX = "krn:payment:eu1:test:payment-token:";

/** What the token of a completed payment request has come to. */
export type TokenUse =
  | { readonly kind: "unused" }
  | { readonly kind: "canceled" }
  /** Klarna answers the same to the same token, whatever is sent with it. */
  | { readonly kind: "used"; readonly answer: Answer };

export interface PaymentRequest {
  readonly id: string;
  readonly owner: string;
  state: State;
  reason: Reason | undefined;
  currency: string;
  amount: number;
  method: "HANDOVER" | "QR_CODE";
  reference: string | undefined;
  /** Of Klarna's sample data, and then a trigger; nothing else is done with it. */
  email: string | undefined;
  /** Undefined: sent without lines, so that any amount fits. */
  linesSum: number | undefined;
  wantsCustomerToken: boolean;
  customerToken: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  updatedAtMs: number;
  /** By the clock; `createdAtMs` is its civil time. */
  readonly created: Micros;
  /** When its state last changed. */
  changed: Micros;
  readonly expires: Micros;
  readonly visit: Visit | undefined;
  token: TokenUse;
}

const UNUSED: TokenUse = { kind: "unused" };

/** What a payment request is made of, however it comes to be. */
export interface NewPaymentRequest {
  readonly owner: string;
  readonly currency: string;
  readonly amount: number;
  readonly method: "HANDOVER" | "QR_CODE";
  readonly reference: string | undefined;
  readonly email: string | undefined;
  readonly linesSum: number | undefined;
  readonly wantsCustomerToken: boolean;
  /** Default: Klarna's. */
  readonly lifetimeMs?: number;
}

/** The payment requests that there are, each as it is at this moment. */
export class PaymentRequests {
  readonly #world: World;
  readonly #customerTokens: CustomerTokens;
  readonly #requests: Recent<PaymentRequest>;

  constructor(world: World, customerTokens: CustomerTokens, most = PAYMENT_REQUESTS) {
    this.#world = world;
    this.#customerTokens = customerTokens;
    this.#requests = new Recent(most, world.forgotten.counter("payment requests"));
  }

  add(given: NewPaymentRequest): PaymentRequest {
    const { clock, newId, customer } = this.#world;
    const createdAtMs = clock.wallMs();
    const now = clock.now();
    // Field by field: spreading `given` takes a fifth of the time of a whole request.
    const created: PaymentRequest = {
      id: ID_PREFIX + newId(),
      owner: given.owner,
      state: "SUBMITTED",
      reason: undefined,
      currency: given.currency,
      amount: given.amount,
      method: given.method,
      reference: given.reference,
      email: given.email,
      linesSum: given.linesSum,
      wantsCustomerToken: given.wantsCustomerToken,
      customerToken: undefined,
      createdAtMs,
      updatedAtMs: createdAtMs,
      created: now,
      changed: now,
      expires: micros(now + Math.round((given.lifetimeMs ?? LIFETIME_MS) * 1000)),
      visit: customer.visit(given.email),
      token: UNUSED,
    };
    this.#requests.set(created.id, created);
    return created;
  }

  /** As it is at this moment; undefined: unknown, forgotten, or someone else's. */
  find(id: string | undefined, owner: string): PaymentRequest | undefined {
    const found = this.#requests.get(id ?? "");
    if (found?.owner !== owner) return undefined;
    this.#catchUp(found);
    return found;
  }

  /** The completed payment request that gave a token, under either name; undefined as well once it has run out. */
  findByToken(token: string, owner: string): PaymentRequest | undefined {
    const prefix = [SESSION_TOKEN_PREFIX, PAYMENT_TOKEN_PREFIX].find((each) =>
      token.startsWith(each),
    );
    if (prefix === undefined) return undefined;
    const found = this.find(ID_PREFIX + token.slice(prefix.length), owner);
    if (found?.state !== "COMPLETED") return undefined;
    const runsOut = found.changed + TOKEN_LIFETIME_US;
    return this.#world.clock.now() < runsOut ? found : undefined;
  }

  cancel(request: PaymentRequest): void {
    this.#go(request, "CANCELED", this.#world.clock.now(), "PARTNER_CANCELED");
  }

  /** Makes what time and the customer have brought about meanwhile. */
  #catchUp(request: PaymentRequest): void {
    for (;;) {
      const step = nextStep(request.state, request.expires, request.visit);
      if (!step || step.at > this.#world.clock.now()) return;
      this.#go(request, step.to, step.at, step.reason);
    }
  }

  #go(request: PaymentRequest, to: State, at: Micros, reason?: Reason): void {
    request.state = to;
    request.reason = reason;
    request.changed = at;
    request.updatedAtMs = civilMs(request, at);
    if (to === "COMPLETED" && request.wantsCustomerToken) {
      request.customerToken = this.#customerTokens.add(request.owner, request.email);
    }
  }
}

/** Civil time of a moment in a payment request's life, counted from its creation: no clock that jumps moves its expiry. */
export function civilMs({ created, createdAtMs }: PaymentRequest, at: Micros): number {
  return createdAtMs + (at - created) / 1000;
}

/** @returns milliseconds; undefined: none was asked for */
export function lifetimeOf(
  expiry: string | undefined,
  nowMs: number,
): number | undefined | "invalid" {
  if (expiry === undefined) return undefined;
  const ms = lifetimeMs(expiry, nowMs);
  return ms !== undefined && ms >= LIFETIME_MIN_MS && ms <= LIFETIME_MAX_MS ? ms : "invalid";
}
