import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import { triggerOf } from "../customer.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import { timestamp, type World } from "../world.ts";
import { bodyError } from "./kn-fields.ts";

/** Remembered at least; at most a quarter more. */
const DISPUTES = 5000;
const ATTACHMENTS_MOST = 100;

/** Klarna publishes no names for a dispute's states; these are ours. */
type State = "AWAITING_RESPONSE" | "UNDER_REVIEW" | "LOST";

interface Dispute {
  readonly id: string;
  readonly owner: string;
  readonly transaction: string;
  readonly reason: string;
  readonly amount: number;
  readonly currency: string;
  readonly openedAtMs: number;
  state: State;
  readonly attachments: string[];
}

/** As much of a transaction as a dispute is about. */
export interface Disputable {
  readonly id: string;
  readonly owner: string;
  readonly email: string | undefined;
  readonly captured: number;
  readonly currency: string;
  readonly captures: readonly unknown[];
}

/**
 * Disputes. One is opened with the first capture of a purchase by a sample customer that stands for it:
 * `customer+us+disputed-faulty_goods@klarna.com`.
 */
export class Disputes {
  readonly #world: World;
  readonly #disputes: Recent<Dispute>;

  constructor(world: World) {
    this.#world = world;
    this.#disputes = new Recent(DISPUTES, world.forgotten.counter("disputes"));
  }

  maybeOpen(transaction: Disputable): void {
    const trigger = triggerOf(transaction.email);
    if (trigger?.kind !== "disputed" || transaction.captures.length !== 1) return;
    const { clock, newId } = this.#world;
    const dispute: Dispute = {
      id: `krn:network:eu1:test:payment:dispute:${newId()}`,
      owner: transaction.owner,
      transaction: transaction.id,
      reason: trigger.reason,
      amount: transaction.captured,
      currency: transaction.currency,
      openedAtMs: clock.wallMs(),
      state: "AWAITING_RESPONSE",
      attachments: [],
    };
    this.#disputes.set(dispute.id, dispute);
  }

  find(id: string | undefined, owner: string): Dispute | undefined {
    const found = this.#disputes.get(id ?? "");
    return found?.owner === owner ? found : undefined;
  }

  all(owner: string): Dispute[] {
    return [...this.#disputes.values()].filter((dispute) => dispute.owner === owner);
  }
}

const respondBody = z.looseObject(
  { additional_information: z.string({ error: "must be a string" }).optional() },
  bodyError,
);
const attachBody = z.looseObject({}, bodyError);

type Handlers = Readonly<Record<Extract<OperationName, `dispute.${string}`>, Handler>>;

export function disputeHandlers({ newId, problem }: World, disputes: Disputes): Handlers {
  const find = ({ owner, params }: Call): Dispute | undefined =>
    disputes.find(params.payment_dispute_id, owner);

  return {
    "dispute.list": ({ owner, query }) => {
      const { opened_at_start, opened_at_end, payment_transaction_id: transaction } = query;
      const from = time(opened_at_start, Number.NEGATIVE_INFINITY);
      const to = time(opened_at_end, Number.POSITIVE_INFINITY);
      const wrong = Object.entries({ opened_at_start: from, opened_at_end: to })
        .filter(([, ms]) => Number.isNaN(ms))
        .map(([parameter]) => ({
          parameter,
          reason: "must be a time, such as 2026-01-01T00:00:00Z",
        }));
      if (wrong.length > 0) return problem("VALIDATION_ERROR", wrong);
      const found = disputes
        .all(owner)
        .filter(({ openedAtMs }) => openedAtMs >= from && openedAtMs < to)
        .filter((dispute) => transaction === undefined || dispute.transaction === transaction);
      return { status: 200, body: { disputes: found.map(view) } };
    },

    "dispute.read": (call) => {
      const found = find(call);
      return found ? { status: 200, body: view(found) } : problem("RESOURCE_NOT_FOUND");
    },

    "dispute.respond": (call) => {
      const checked = check(respondBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (found.state !== "AWAITING_RESPONSE") return problem("RESOURCE_CONFLICT");
      found.state = "UNDER_REVIEW";
      return { status: 200, body: view(found) };
    },

    "dispute.accept-loss": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (found.state === "LOST") return problem("RESOURCE_CONFLICT");
      found.state = "LOST";
      return { status: 200, body: view(found) };
    },

    "dispute.attach": (call) => {
      const checked = check(attachBody, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      if (found.state === "LOST" || found.attachments.length >= ATTACHMENTS_MOST) {
        return problem("RESOURCE_CONFLICT");
      }
      const id = newId();
      found.attachments.push(id);
      return { status: 201, body: { payment_dispute_attachment_id: id } };
    },
  };
}

/** @returns milliseconds since the epoch; NaN for what is no time */
function time(text: Call["query"][string], otherwise: number): number {
  if (text === undefined) return otherwise;
  return typeof text === "string" ? Date.parse(text) : Number.NaN;
}

function view(dispute: Dispute): object {
  return {
    payment_dispute_id: dispute.id,
    payment_transaction_id: dispute.transaction,
    state: dispute.state,
    reason: dispute.reason.toUpperCase(),
    amount: dispute.amount,
    currency: dispute.currency,
    opened_at: timestamp(dispute.openedAtMs),
    attachments: dispute.attachments.map((id) => ({ payment_dispute_attachment_id: id })),
  };
}
