import { hash } from "node:crypto";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import type { Call, Handler } from "../routing.ts";
import { checkClassic } from "../validation.ts";
import type { World } from "../world.ts";
import type { Orders } from "./classic-orders.ts";
import {
  customerTokenBody,
  orderBody,
  type Purchase,
  sumError,
} from "./classic-purchase-fields.ts";
import type { Session, Sessions } from "./classic-sessions.ts";

type Handlers = Readonly<Record<Extract<OperationName, `authorization.${string}`>, Handler>>;

/** What a customer's authorization is good for, once: an order, or a token for later charges. */
export function authorizationHandlers(
  { newId, classic }: World,
  sessions: Sessions,
  orders: Orders,
): Handlers {
  const find = ({ owner, params }: Call): Session | undefined =>
    sessions.findByToken(params.authorization_token, owner);
  const unknown = (): Answer => classic("NOT_FOUND", ["Invalid authorization token"]);
  const consumed = (): Answer =>
    classic("INVALID_OPERATION", ["The authorization token has been used"]);

  return {
    "authorization.create-order": (call) => {
      const checked = checkClassic(orderBody, call.body, "BAD_VALUE", classic);
      if ("refused" in checked) return checked.refused;
      const { auto_capture: capture = false, ...purchase } = checked.body;
      const wrong = sumError(purchase);
      if (wrong !== undefined) return classic("BAD_VALUE", [`BAD_VALUE : ${wrong}`]);
      const session = find(call);
      if (!session) return unknown();
      const { authorization } = session;
      // A digest: there may be people in it.
      const asked = hash("sha256", JSON.stringify(checked.body), "base64");
      if (authorization.kind === "tokenized") return consumed();
      if (authorization.kind === "ordered") {
        return authorization.purchase === asked
          ? authorization.answer
          : classic("BAD_VALUE", ["The order is already completed with other content"], 409);
      }
      const others = mismatches(session, purchase);
      if (others.length > 0) {
        return classic("BAD_VALUE", [`Not matching fields: [${others.join(", ")}]`], 409);
      }
      const order = orders.add(call.owner, purchase, capture);
      const answer: Answer = {
        status: 200,
        body: {
          order_id: order.id,
          redirect_url: `https://emulator.invalid/sessions/${session.id}/redirect`,
          fraud_status: "ACCEPTED",
          authorized_payment_method: { type: "invoice" },
        },
      };
      session.authorization = { kind: "ordered", purchase: asked, order: order.id, answer };
      return answer;
    },

    "authorization.cancel": (call) => {
      const found = find(call);
      if (!found) return unknown();
      if (found.authorization.kind !== "open") return consumed();
      found.authorization = { kind: "canceled" };
      return { status: 204, body: null };
    },

    "authorization.create-customer-token": (call) => {
      const checked = checkClassic(customerTokenBody, call.body, "BAD_VALUE", classic);
      if ("refused" in checked) return checked.refused;
      const found = find(call);
      if (!found) return unknown();
      if (found.authorization.kind !== "open") return consumed();
      const { purchase_country, purchase_currency } = checked.body;
      const others = mismatches(found, { purchase_country, purchase_currency });
      if (others.length > 0) {
        return classic("BAD_VALUE", [`Not matching fields: [${others.join(", ")}]`], 409);
      }
      found.authorization = { kind: "tokenized" };
      return {
        status: 200,
        body: {
          token_id: newId(),
          redirect_url: `https://emulator.invalid/sessions/${found.id}/redirect`,
        },
      };
    },
  };
}

const MATCHED = [
  "purchase_country",
  "purchase_currency",
  "order_amount",
  "order_tax_amount",
  "order_lines",
] as const;

/** The fields in which a request differs from what the customer authorized. */
function mismatches({ terms }: Session, asked: Partial<Purchase>): string[] {
  return MATCHED.filter((field) => {
    const [was, is] = [terms[field], asked[field]];
    return was !== undefined && is !== undefined && JSON.stringify(was) !== JSON.stringify(is);
  });
}
