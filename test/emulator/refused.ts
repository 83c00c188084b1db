import { asking, type Step } from "./asking.ts";

/** What the classic APIs refuse, one thing after the other, as the client asks for it and the emulator answers. */
export function refused(): Step[] {
  const { ask, steps, lastHeader, session } = asking(undefined);
  const unknown = { session_id: "none", authorization_token: "none", order_id: "none" };
  const country = { purchase_country: "Sweden" };
  /** Its amounts add up, and are not those that the customer authorized. */
  const dearer = {
    order_amount: 2000,
    order_lines: [{ name: "Test item", quantity: 1, unit_price: 2000, total_amount: 2000 }],
  };

  // Payments
  ask("session.create", {}, country);
  ask("session.update", unknown);
  ask("session.update", session(), country);
  ask("session.read", unknown);
  ask("authorization.create-order", unknown);
  ask("authorization.create-order", session(), country);
  ask("authorization.create-order", session(), dearer);
  ask("authorization.cancel", unknown);
  ask("authorization.create-customer-token", unknown);
  ask("authorization.create-customer-token", session(), { description: "" });
  ask("authorization.create-customer-token", session(), { purchase_currency: "EUR" });
  const spent = session();
  ask("authorization.create-customer-token", spent);
  ask("authorization.create-customer-token", spent);
  ask("authorization.create-order", spent);
  ask("authorization.cancel", spent);
  const ordered = session();
  const { order_id } = ask("authorization.create-order", ordered);
  ask("session.update", ordered);

  // An order that nobody has
  const nowhere = { ...unknown, capture_id: "none", refund_id: "none" };
  for (const name of ON_ORDERS) ask(name, nowhere);
  for (const name of ON_CAPTURES) ask(name, { ...nowhere, order_id });
  ask("order.read-refund", { ...nowhere, order_id });

  // Money that is not there
  ask("order.release-remaining-authorization", { order_id });
  ask("order.refund", { order_id });
  ask("order.capture", { order_id }, { captured_amount: 1001 });
  ask("order.capture", { order_id }, { captured_amount: -1 });
  ask("order.capture", { order_id }, { captured_amount: 600 });
  const captured = { order_id, capture_id: lastHeader("Capture-Id") };
  for (const name of ON_CAPTURES) ask(name, { ...captured, capture_id: "none" });
  ask("order.extend-due-date", captured, { number_of_days: 11 });
  ask("order.update-authorization", { order_id }, { order_amount: 500 });
  ask("order.cancel", { order_id });
  ask("order.refund", { order_id }, { refunded_amount: 601 });

  // After the end
  const { order_id: cancelled } = ask("authorization.create-order", session());
  ask("order.cancel", { order_id: cancelled });
  for (const name of ON_ORDERS) ask(name, { ...nowhere, order_id: cancelled });
  return steps;
}

const ON_ORDERS = [
  "order.read",
  "order.acknowledge",
  "order.update-authorization",
  "order.capture",
  "order.list-captures",
  "order.update-customer-details",
  "order.extend-authorization-time",
  "order.update-merchant-references",
  "order.refund",
  "order.read-refund",
  "order.release-remaining-authorization",
  "order.add-shipping-info",
  "order.cancel",
];
const ON_CAPTURES = [
  "order.read-capture",
  "order.extend-due-date",
  "order.list-due-date-options",
  "order.add-capture-shipping-info",
  "order.send-capture-again",
];
