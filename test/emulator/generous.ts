import { catalogued } from "../../src/klarna/catalogue.ts";
import { asking, type Step } from "./asking.ts";
import { type Description, keysOf, ORDER_MANAGEMENT, PAYMENTS } from "./contracts/descriptions.ts";
import { fullBody } from "./contracts/rules.ts";

/** The classic APIs asked with bodies that have everything in them that their description names. */
export function generous(): Step[] {
  const { ask, steps, lastHeader, session } = asking(undefined);
  const full = (of: Description, name: string): object => {
    const operation = catalogued(name);
    const request = of.operations[keysOf(operation)[0] ?? ""]?.request ?? {};
    return fullBody(of, request, operation.sampleBody?.());
  };
  const pay = (name: string) => full(PAYMENTS, name);
  const manage = (name: string) => full(ORDER_MANAGEMENT, name);

  const begun = session(pay("session.create"));
  ask("session.update", begun, pay("session.update"));
  ask("session.read", begun);
  const { order_id } = ask(
    "authorization.create-order",
    begun,
    // Captured at once, there would be nothing to do with it.
    { ...pay("authorization.create-order"), auto_capture: false },
  );
  const tokenized = session(pay("session.create"));
  ask("authorization.create-customer-token", tokenized, pay("authorization.create-customer-token"));

  for (const name of [
    "order.update-customer-details",
    "order.update-merchant-references",
    "order.add-shipping-info",
  ]) {
    ask(name, { order_id }, manage(name));
  }
  // Lines that add up to something else than the amount are refused.
  const authorization = { ...manage("order.update-authorization"), order_lines: [] };
  ask("order.update-authorization", { order_id }, authorization);
  ask("order.capture", { order_id }, { ...manage("order.capture"), captured_amount: 600 });
  const captured = { order_id, capture_id: lastHeader("Capture-Id") };
  ask("order.add-capture-shipping-info", captured, manage("order.add-capture-shipping-info"));
  ask("order.read-capture", captured);
  ask("order.list-captures", { order_id });
  ask("order.refund", { order_id }, { ...manage("order.refund"), refunded_amount: 300 });
  ask("order.read-refund", { order_id, refund_id: lastHeader("Refund-Id") });
  ask("order.read", { order_id });
  return steps;
}
