import type * as z from "zod";
import type { OperationName } from "../../klarna/catalogue.ts";
import type { Answer } from "../answers.ts";
import type { Call, Handler } from "../routing.ts";
import { checkClassic } from "../validation.ts";
import type { World } from "../world.ts";
import {
  authorizationBody,
  captureBody,
  customerBody,
  dueDateBody,
  referencesBody,
  refundBody,
  type ShippingInfo,
  shippingBody,
} from "./classic-order-fields.ts";
import { isOpenOrder, remaining } from "./classic-order-state.ts";
import { viewCapture, viewOrder, viewRefund } from "./classic-order-views.ts";
import type { Capture, Order, Orders } from "./classic-orders.ts";

/** Klarna names no bound; without one an order of many small captures would grow for ever. */
const PARTS_MOST = 100;
const SHIPPING_MOST = 20;
const DUE_DAYS = [10, 20, 30];

type Handlers = Readonly<Record<Extract<OperationName, `order.${string}`>, Handler>>;

/** Order management: captures up to what is authorized, refunds up to what is captured, a cancel only before a capture. */
export function orderHandlers({ classic }: World, orders: Orders): Handlers {
  const find = ({ owner, params }: Call): Order | undefined => orders.find(params.order_id, owner);
  const unknown = (): Answer => classic("NO_SUCH_ORDER", ["No such order"]);
  const noContent: Answer = { status: 204, body: null };

  /** An operation on an order, its body checked first, as far as it has one. */
  const onOrder =
    (act: (order: Order, call: Call) => Answer): Handler =>
    (call) => {
      const order = find(call);
      return order ? act(order, call) : unknown();
    };
  const withBody =
    <Body>(
      schema: z.ZodType<Body>,
      act: (order: Order, body: Body, call: Call) => Answer,
    ): Handler =>
    (call) => {
      const checked = checkClassic(schema, call.body, "UNPROCESSABLE_ENTITY", classic);
      if ("refused" in checked) return checked.refused;
      const order = find(call);
      return order ? act(order, checked.body, call) : unknown();
    };
  const captureOf = (order: Order, { params }: Call): Capture | undefined =>
    order.captures.find(({ id }) => id === params.capture_id);
  const unknownCapture = (): Answer => classic("NO_SUCH_CAPTURE", ["No such capture"]);

  return {
    "order.read": onOrder((order) => ({
      status: 200,
      body: viewOrder(order, orders.statusOf(order)),
    })),

    "order.acknowledge": onOrder(() => noContent),

    "order.cancel": onOrder((order) => {
      if (orders.statusOf(order) !== "AUTHORIZED") {
        return classic("CANCEL_NOT_ALLOWED", ["Order has captures or is closed"]);
      }
      order.cancelled = true;
      return noContent;
    }),

    "order.update-authorization": withBody(authorizationBody, (order, body) => {
      const { order_amount: wanted, order_lines: lines } = body;
      if (
        lines &&
        lines.length > 0 &&
        wanted !== lines.reduce((sum, l) => sum + l.total_amount, 0)
      ) {
        return classic("UNPROCESSABLE_ENTITY", ["UNPROCESSABLE_ENTITY : order_amount"]);
      }
      if (!isOpenOrder(orders.statusOf(order)) || wanted < order.captured) {
        return classic("NOT_ALLOWED", ["Update authorization not allowed"]);
      }
      order.ordered = wanted;
      return noContent;
    }),

    "order.extend-authorization-time": onOrder((order) => {
      if (!isOpenOrder(orders.statusOf(order))) {
        return classic("NOT_ALLOWED", ["Extension of authorization time not allowed"]);
      }
      orders.extend(order);
      return noContent;
    }),

    "order.release-remaining-authorization": onOrder((order) => {
      if (order.cancelled || order.captures.length === 0) {
        return classic("NOT_ALLOWED", ["Order is cancelled or has no captures"]);
      }
      order.released = true;
      return noContent;
    }),

    "order.update-customer-details": withBody(customerBody, (order) =>
      isOpenOrder(orders.statusOf(order))
        ? noContent
        : classic("NOT_ALLOWED", ["Update customer details not allowed"]),
    ),

    "order.update-merchant-references": withBody(referencesBody, (order, body) => {
      if (order.cancelled) return classic("NOT_ALLOWED", ["Can not update a cancelled order"]);
      order.reference1 = body.merchant_reference1 ?? order.reference1;
      order.reference2 = body.merchant_reference2 ?? order.reference2;
      return noContent;
    }),

    "order.add-shipping-info": withBody(shippingBody, (order, body) => {
      addShipping(order.shipping, body.shipping_info);
      return noContent;
    }),

    "order.capture": withBody(captureBody, (order, body) => {
      const left = remaining(order, orders.statusOf(order));
      const wanted = body.captured_amount;
      // A capture of nothing is accepted by the document's request, and by none of its answers.
      if (wanted < 1 || wanted > left || order.captures.length >= PARTS_MOST) {
        return classic("CAPTURE_NOT_ALLOWED", ["Capture amount is not authorized"]);
      }
      const capture = orders.capture(order, wanted, body);
      addShipping(capture.shipping, body.shipping_info ?? []);
      return made(`${order.id}/captures/${capture.id}`, { "Capture-Id": capture.id });
    }),

    "order.list-captures": onOrder((order) => ({
      status: 200,
      body: order.captures.map((capture) => viewCapture(order, capture)),
    })),

    "order.read-capture": onOrder((order, call) => {
      const capture = captureOf(order, call);
      return capture ? { status: 200, body: viewCapture(order, capture) } : unknownCapture();
    }),

    "order.add-capture-shipping-info": withBody(shippingBody, (order, body, call) => {
      if (order.captures.length === 0) return classic("NOT_ALLOWED", ["Order has no captures"]);
      const capture = captureOf(order, call);
      if (!capture) return unknownCapture();
      addShipping(capture.shipping, body.shipping_info);
      return noContent;
    }),

    "order.send-capture-again": onOrder((order, call) => {
      if (order.captures.length === 0) return classic("NOT_ALLOWED", ["Order has no captures"]);
      return captureOf(order, call) ? noContent : unknownCapture();
    }),

    "order.extend-due-date": withBody(dueDateBody, (order, body, call) => {
      if (!captureOf(order, call)) return unknownCapture();
      return DUE_DAYS.includes(body.number_of_days)
        ? noContent
        : classic("NOT_ALLOWED", ["Extension by so many days is not possible"]);
    }),

    "order.list-due-date-options": onOrder((order, call) => {
      if (!captureOf(order, call)) return unknownCapture();
      const options = DUE_DAYS.map((days) => ({ number_of_days: days, amount: 0 }));
      return { status: 200, body: { currency: order.currency.toLowerCase(), options } };
    }),

    "order.refund": (call) => {
      const checked = checkClassic(refundBody, call.body, "UNPROCESSABLE_ENTITY", classic);
      if ("refused" in checked) return checked.refused;
      const order = find(call);
      if (!order) return unknownForRefunds();
      const { refunded_amount: wanted } = checked.body;
      const left = order.captured - order.refunded;
      if (wanted < 1 || wanted > left || order.refunds.length >= PARTS_MOST) {
        return classic("REFUND_NOT_ALLOWED", ["Refund amount is more than what was captured"]);
      }
      const refund = orders.refund(order, wanted, checked.body);
      return made(`${order.id}/refunds/${refund.id}`, { "Refund-Id": refund.id });
    },

    "order.read-refund": (call) => {
      const order = find(call);
      const refund = order?.refunds.find(({ id }) => id === call.params.refund_id);
      return refund ? { status: 200, body: viewRefund(refund) } : unknownForRefunds();
    },
  };

  /** Klarna's document gives refunds another code than everything else. */
  function unknownForRefunds(): Answer {
    return classic("NOT_FOUND", ["No such order or refund"]);
  }
}

function made(path: string, headers: Readonly<Record<string, string>>): Answer {
  const location = `https://emulator.invalid/ordermanagement/v1/orders/${path}`;
  return { status: 201, body: null, headers: { ...headers, Location: location } };
}

function addShipping(list: ShippingInfo[], more: readonly ShippingInfo[]): void {
  list.push(...more.slice(0, SHIPPING_MOST - list.length));
}
