/**
 * Bodies made of nothing but Klarna's published sample data, and no customer object: Klarna's test
 * environment must get no personal data, and none of these operations needs any.
 */

/** The smallest payment request in Klarna's API reference: a purchase of 10 USD. */
export function minimalPaymentRequest(): Record<string, unknown> {
  return {
    currency: "USD",
    amount: 1000,
    customer_interaction_config: {
      method: "HANDOVER",
      return_url:
        "https://example.com/return?id={klarna.payment_request.id}&state={klarna.payment_request.state}",
    },
  };
}

/** A change of amount: what a shop sends when the customer alters the cart. */
export function paymentRequestUpdate(): Record<string, unknown> {
  return { amount: 1200 };
}
