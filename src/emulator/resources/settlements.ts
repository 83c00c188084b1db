import * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import { Recent } from "../recent.ts";
import type { Call, Handler } from "../routing.ts";
import { check } from "../validation.ts";
import { timestamp, type World } from "../world.ts";
import { bodyError, missingOr } from "./kn-fields.ts";
import { page } from "./page.ts";

/** Remembered at least; at most a quarter more. */
const SETTLEMENTS = 5000;
/** Transactions in a settlement: made up, enough for several pages. */
const LINES = 50;

const TIME = "must be a time, such as 2026-01-01T00:00:00Z";
const time = z.iso.datetime({ offset: true, error: missingOr(TIME) });
const interval = z
  .looseObject({ interval_start: time, interval_end: time }, bodyError)
  .refine(({ interval_start: from, interval_end: to }) => Date.parse(from) < Date.parse(to), {
    path: ["interval_end"],
    error: "must be later than interval_start",
  });

interface Settlement {
  readonly id: string;
  readonly owner: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly createdAtMs: number;
}

/** A line of a settlement: the same at every reading, and no purchase of anyone's. */
interface Line {
  readonly id: string;
  readonly amount: number;
  readonly fee: number;
}

type Handlers = Readonly<Record<Extract<OperationName, `settlement.${string}`>, Handler>>;

/** Settlements: their shapes and pages are Klarna's, what they hold is made up. */
export function settlementHandlers({ clock, newId, problem, forgotten }: World): Handlers {
  const settlements = new Recent<Settlement>(SETTLEMENTS, forgotten.counter("settlements"));
  const find = ({ owner, params }: Call): Settlement | undefined => {
    const found = settlements.get(params.settlement_id ?? "");
    return found?.owner === owner ? found : undefined;
  };

  return {
    "settlement.list": (call) => {
      const checked = check(interval, call.query, problem);
      if ("refused" in checked) return checked.refused;
      const from = Date.parse(checked.body.interval_start);
      const to = Date.parse(checked.body.interval_end);
      const all = [...settlements.values()].filter(
        ({ owner, fromMs, toMs }) => owner === call.owner && fromMs < to && toMs > from,
      );
      const path = "/v2/settlements";
      const idOf = ({ id }: Settlement): string => id;
      return page(call, { field: "settlements", path, all, idOf, view }, problem);
    },

    "settlement.create": (call) => {
      const checked = check(interval, call.body, problem);
      if ("refused" in checked) return checked.refused;
      const settlement: Settlement = {
        id: `krn:partner:eu1:test:settlement:${newId()}`,
        owner: call.owner,
        fromMs: Date.parse(checked.body.interval_start),
        toMs: Date.parse(checked.body.interval_end),
        createdAtMs: clock.wallMs(),
      };
      settlements.set(settlement.id, settlement);
      return { status: 201, body: view(settlement) };
    },

    "settlement.read": (call) => {
      const found = find(call);
      return found ? { status: 200, body: view(found) } : problem("RESOURCE_NOT_FOUND");
    },

    "settlement.list-transactions": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      const path = `/v2/settlements/${found.id}/transactions`;
      const idOf = ({ id }: Line): string => id;
      const all = linesOf(found);
      return page(call, { field: "transactions", path, all, idOf, view: viewLine }, problem);
    },

    "settlement.read-csv": (call) => {
      const found = find(call);
      if (!found) return problem("RESOURCE_NOT_FOUND");
      const rows = linesOf(found).map(({ id, amount, fee }) => `${id},${amount},${fee},USD`);
      return {
        status: 200,
        body: `${["settlement_transaction_id,amount,fee,currency", ...rows].join("\r\n")}\r\n`,
        headers: { "Content-Type": "text/csv; charset=utf-8" },
      };
    },
  };
}

function linesOf({ id }: Settlement): Line[] {
  return Array.from({ length: LINES }, (_, i) => {
    const amount = 1000 + 10 * i;
    return { id: `${id}:transaction:${i + 1}`, amount, fee: Math.round(amount / 50) };
  });
}

function view(settlement: Settlement): object {
  const amount = linesOf(settlement).reduce((sum, line) => sum + line.amount - line.fee, 0);
  return {
    settlement_id: settlement.id,
    interval_start: timestamp(settlement.fromMs),
    interval_end: timestamp(settlement.toMs),
    created_at: timestamp(settlement.createdAtMs),
    currency: "USD",
    amount,
    number_of_transactions: LINES,
  };
}

function viewLine({ id, amount, fee }: Line): object {
  return { settlement_transaction_id: id, amount, fee, currency: "USD" };
}
