/**
 * Bodies made of nothing but Klarna's published sample data, and no customer object: Klarna's test
 * environment must get no personal data, and none of these operations needs any. Bodies of a line or two stand
 * beside their operations.
 */

const RETURN_URL =
  "https://example.com/return?id={klarna.payment_request.id}&state={klarna.payment_request.state}";

/** The smallest payment request in Klarna's API reference: a purchase of 10 USD. */
export function minimalPaymentRequest(): Record<string, unknown> {
  return {
    currency: "USD",
    amount: 1000,
    customer_interaction_config: { method: "HANDOVER", return_url: RETURN_URL },
  };
}

/** A change of amount: what a shop sends when the customer alters the cart. */
export function paymentRequestUpdate(): Record<string, unknown> {
  return { amount: 1200 };
}

/** The smallest authorization: the same purchase, to be captured later, if need be after the customer has stepped up. */
export function stepUpAuthorization(): Record<string, unknown> {
  return {
    currency: "USD",
    request_payment_transaction: {
      amount: 1000,
      payment_transaction_reference: "ref-1",
      capture: "LATER",
    },
    step_up_config: {
      payment_request_reference: "pr-1",
      customer_interaction_config: { method: "HANDOVER", return_url: RETURN_URL },
    },
  };
}

/** The smallest purchase of the older APIs: one item of 10 SEK, which adds up. */
export function classicPurchase(): Record<string, unknown> {
  return {
    purchase_country: "SE",
    purchase_currency: "SEK",
    locale: "en-SE",
    order_amount: 1000,
    order_tax_amount: 0,
    order_lines: [
      {
        name: "Test item",
        quantity: 1,
        unit_price: 1000,
        total_amount: 1000,
        tax_rate: 0,
        total_tax_amount: 0,
      },
    ],
  };
}
