import type { Clock } from "../base/clock.ts";
import { type Micros, micros } from "../base/units.ts";
import type { OperationName } from "../klarna/catalogue.ts";
import type { Answer, Problem } from "./answers.ts";
import type { NewId } from "./ids.ts";
import { createBody, sumOfLines, type UpdateBody, updateBody } from "./payment-request-body.ts";
import { Recent } from "./recent.ts";
import type { Call, Handler } from "./routing.ts";
import { check } from "./validation.ts";

/** States and where each may go (our notes, §6.2, from Klarna's web SDK v2-r8). */
const NEXT = {
  SUBMITTED: ["IN_PROGRESS", "EXPIRED", "CANCELED"],
  IN_PROGRESS: ["SUBMITTED", "COMPLETED", "EXPIRED", "CANCELED"],
  COMPLETED: [],
  EXPIRED: [],
  CANCELED: [],
} as const satisfies Record<string, readonly string[]>;
type State = keyof typeof NEXT;

/** Klarna's default lifetime of a payment request: 3 h. */
const LIFETIME_US = 3 * 3_600_000_000;

/** Payment requests remembered at least; never more than twice as many. Older ones are answered as unknown. */
export const PAYMENT_REQUESTS = 50_000;

interface PaymentRequest {
  readonly id: string;
  readonly owner: string;
  state: State;
  currency: string;
  amount: number;
  method: "HANDOVER" | "QR_CODE";
  reference: string | undefined;
  /** Undefined: sent without lines, so that any amount fits. */
  linesSum: number | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  updatedAtMs: number;
  readonly expiresAt: Micros;
}

/** What a resource's handlers need of the emulator. */
export interface World {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly problem: Problem;
}

type PaymentRequestHandlers = Readonly<
  Record<Extract<OperationName, `payment-request.${string}`>, Handler>
>;

/** Payment requests: created, read, changed while SUBMITTED, canceled, and expired after 3 h by the clock. */
export function paymentRequestHandlers(
  { clock, newId, problem }: World,
  most = PAYMENT_REQUESTS,
): PaymentRequestHandlers {
  const requests = new Recent<PaymentRequest>(most);

  /** As it is at this moment; undefined: unknown, forgotten, or someone else's. */
  const find = ({ owner, params }: Call): PaymentRequest | undefined => {
    const found = requests.get(params.payment_request_id ?? "");
    if (found?.owner !== owner) return undefined;
    if (clock.now() >= found.expiresAt && mayGo(found.state, "EXPIRED")) {
      found.state = "EXPIRED";
      found.updatedAtMs = expiryMs(found);
    }
    return found;
  };

  const sumError = (): Answer =>
    problem("VALIDATION_ERROR", [
      { parameter: "amount", reason: "must equal the sum of the line items' total_amount" },
    ]);

  return {
    "payment-request.create": (call) => {
      const checked = check(createBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const { body } = checked;
      const linesSum = sumOfLines(body);
      if (linesSum !== undefined && linesSum !== body.amount) return sumError();
      const createdAtMs = clock.wallMs();
      const created: PaymentRequest = {
        id: `krn:payment:eu1:request:${newId()}`,
        owner: call.owner,
        state: "SUBMITTED",
        currency: body.currency,
        amount: body.amount,
        method: body.customer_interaction_config.method,
        reference: body.payment_request_reference,
        linesSum,
        createdAtMs,
        updatedAtMs: createdAtMs,
        expiresAt: micros(clock.now() + LIFETIME_US),
      };
      requests.set(created.id, created);
      return { status: 201, body: view(created) };
    },

    "payment-request.read": (call) => {
      const found = find(call);
      return found ? { status: 200, body: view(found) } : problem("RESOURCE_NOT_FOUND");
    },

    "payment-request.update": (call) => {
      const checked = check(updateBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (found.state !== "SUBMITTED") return problem("RESOURCE_CONFLICT");
      const changes = changesOf(found, checked.body);
      if (changes.linesSum !== undefined && changes.linesSum !== changes.amount) return sumError();
      Object.assign(found, changes, { updatedAtMs: clock.wallMs() });
      return { status: 200, body: view(found) };
    },

    "payment-request.cancel": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (!mayGo(found.state, "CANCELED")) return problem("RESOURCE_CONFLICT");
      found.state = "CANCELED";
      found.updatedAtMs = clock.wallMs();
      return { status: 200, body: view(found) };
    },
  };
}

function mayGo(from: State, to: State): boolean {
  const next: readonly State[] = NEXT[from];
  return next.includes(to);
}

function changesOf(
  found: PaymentRequest,
  body: UpdateBody,
): Pick<PaymentRequest, "currency" | "amount" | "method" | "reference" | "linesSum"> {
  return {
    currency: body.currency ?? found.currency,
    amount: body.amount ?? found.amount,
    method: body.customer_interaction_config?.method ?? found.method,
    reference: body.payment_request_reference ?? found.reference,
    linesSum: sumOfLines(body) ?? found.linesSum,
  };
}

function expiryMs(request: PaymentRequest): number {
  return request.createdAtMs + LIFETIME_US / 1000;
}

/** Klarna's view of it. The customer's page is a name that can't resolve (RFC 6761): nobody is to follow it. */
function view(request: PaymentRequest): object {
  const { id, method, state } = request;
  const open = state === "SUBMITTED" || state === "IN_PROGRESS";
  return {
    payment_request_id: id,
    state,
    currency: request.currency,
    amount: request.amount,
    ...(request.reference === undefined ? {} : { payment_request_reference: request.reference }),
    created_at: timestamp(request.createdAtMs),
    updated_at: timestamp(request.updatedAtMs),
    expires_at: timestamp(expiryMs(request)),
    customer_interaction_config: { method },
    ...(open
      ? {
          state_context: {
            customer_interaction: {
              method,
              payment_request_id: id,
              payment_request_url: `https://emulator.invalid/payment-requests/${id}`,
            },
          },
        }
      : {}),
  };
}

/** As in Klarna's samples: `2024-01-01T12:00:00Z`, whole seconds. */
function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
