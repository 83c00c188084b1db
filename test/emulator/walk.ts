import {
  classicPurchase,
  minimalPaymentRequest,
  stepUpAuthorization,
} from "../../src/klarna/sample-data.ts";
import { asking, type Step } from "./asking.ts";

// Every operation of the catalogue, as the client asks and the emulator answers.

/** The purchase of the samples, by a customer of Klarna's whose purchases end in a dispute. */
const DISPUTED = {
  supplementary_purchase_data: { customer: { email: "customer+us+disputed-return@klarna.com" } },
};

/**
 * Walks through the catalogue: purchases from their beginning to their refund, and everything beside them.
 * @param account in whose name; undefined: with a partner's own key
 */
export function walk(account: string | undefined): Step[] {
  const { ask, steps, lastHeader, wait, session } = asking(account);

  const completed = (changes: object = {}) => {
    const { payment_request_id } = ask("payment-request.create", {}, changes);
    wait();
    return ask("payment-request.read", { payment_request_id }).state_context;
  };
  const final = (headers: Record<string, string>, changes: object = {}) =>
    ask("payment.authorize", headers, { step_up_config: undefined, ...changes });
  const transaction = (changes: object = {}): { payment_transaction_id: string } => {
    const { klarna_network_session_token } = completed(changes);
    const body = final({ klarna_network_session_token });
    const { payment_transaction_id } = body.payment_transaction_response.payment_transaction;
    return { payment_transaction_id };
  };

  // Payment requests and their tokens
  const request = ask("payment-request.create", {}, { ...minimalPaymentRequest(), amount: 900 });
  const { payment_request_id } = request;
  ask("payment-request.update", { payment_request_id });
  ask("payment-request.cancel", { payment_request_id });
  ask("payment-token.cancel", { payment_token: completed().payment_token });

  // Authorization in all of its outcomes
  ask("payment.authorize");
  const scopes = { request_customer_token: { scopes: ["payment:customer_not_present"] } };
  const { klarna_network_session_token, klarna_customer } = completed(scopes);
  final({ klarna_network_session_token }, scopes);
  const { klarna_network_session_token: other } = completed();
  const another = { ...Object(stepUpAuthorization().request_payment_transaction), amount: 1 };
  final({ klarna_network_session_token: other }, { request_payment_transaction: another });
  const customerToken = { klarna_customer_token: klarna_customer.customer_token };
  final(customerToken);

  // Transactions, captures and refunds
  const of = transaction();
  ask("transaction.read", of);
  ask("transaction.update", of);
  ask("transaction.re-authorize", of);
  const { payment_capture_id } = ask("transaction.capture", of, { capture_amount: 600 });
  ask("capture.read", { payment_capture_id });
  ask("transaction.refund", of, { refund_amount: 100 });
  const { payment_refund_id } = ask(
    "capture.refund",
    { payment_capture_id },
    { refund_amount: 200 },
  );
  ask("refund.read", { payment_refund_id });
  ask("transaction.void", transaction());
  ask("chargeback.read", { payment_chargeback_id: "none" });

  // What is shown, and the tokens of a journey
  ask("presentation.read");
  ask("messaging.read-credit-promotion-auto-size");
  ask("messaging.read-credit-promotion-badge");
  ask("messaging.read-top-strip-auto-size");
  ask("messaging.read-top-strip-badge");
  ask("interoperability-token.create");
  ask("interoperability-token.create-for-sdk");
  // Only its form with an account is known.
  if (account !== undefined) ask("interoperability-token.create-for-test");
  ask("identity-token.create-for-sdk", customerToken);
  ask("customer-token.introspect", customerToken);
  ask("customer-token.revoke", customerToken);

  // Disputes
  ask("transaction.capture", transaction(DISPUTED), { capture_amount: 600 });
  const [{ payment_dispute_id }] = ask("dispute.list").disputes;
  ask("dispute.read", { payment_dispute_id });
  ask("dispute.attach", { payment_dispute_id });
  ask("dispute.respond", { payment_dispute_id });
  ask("dispute.accept-loss", { payment_dispute_id });

  // Settlements and webhooks
  const { settlement_id } = ask("settlement.create");
  ask("settlement.list");
  ask("settlement.read", { settlement_id });
  ask("settlement.list-transactions", { settlement_id, size: "10" });
  ask("settlement.read-csv", { settlement_id });
  const { signing_key_id } = ask("signing-key.create");
  ask("signing-key.list");
  ask("signing-key.read", { signing_key_id });
  const { webhook_id } = ask("webhook.create", { signing_key_id });
  ask("webhook.list");
  ask("webhook.read", { webhook_id });
  ask("webhook.update", { webhook_id });
  ask("webhook.simulate", { webhook_id });
  ask("webhook.delete", { webhook_id });
  ask("signing-key.delete", { signing_key_id });

  // Classic payments and hosted pages
  ask("authorization.cancel", { authorization_token: session().authorization_token });
  ask("authorization.create-customer-token", session());
  const bought = session();
  const { session_id: hosted_session_id } = ask("hosted-page.create", bought);
  ask("hosted-page.read", { hosted_session_id });
  ask("session.update", bought, { ...classicPurchase(), merchant_reference1: "ref-1" });
  const { order_id } = ask("authorization.create-order", bought);
  ask("session.read", bought);
  ask("hosted-page.read", { hosted_session_id });
  ask("hosted-page.disable", { hosted_session_id });

  // Order management
  ask("order.acknowledge", { order_id });
  ask("order.read", { order_id });
  ask("order.update-authorization", { order_id }, { order_amount: 1200 });
  ask("order.extend-authorization-time", { order_id });
  ask("order.update-customer-details", { order_id });
  ask("order.update-merchant-references", { order_id });
  ask("order.add-shipping-info", { order_id });
  ask("order.capture", { order_id }, { captured_amount: 700, reference: "c-1" });
  const captured = { order_id, capture_id: lastHeader("Capture-Id") };
  ask("order.list-captures", { order_id });
  ask("order.add-capture-shipping-info", captured);
  ask("order.send-capture-again", captured);
  ask("order.extend-due-date", captured);
  ask("order.list-due-date-options", captured);
  ask("order.refund", { order_id }, { refunded_amount: 300 });
  ask("order.read-refund", { order_id, refund_id: lastHeader("Refund-Id") });
  ask("order.read-capture", captured);
  ask("order.read", { order_id });
  ask("order.release-remaining-authorization", { order_id });
  const { order_id: second } = ask("authorization.create-order", session());
  ask("order.cancel", { order_id: second });
  return steps;
}
