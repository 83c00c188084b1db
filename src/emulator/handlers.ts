import type { OperationName } from "../klarna/catalogue.ts";
import { authorizeHandlers } from "./resources/authorize.ts";
import { authorizationHandlers } from "./resources/classic-authorizations.ts";
import { orderHandlers } from "./resources/classic-order-handlers.ts";
import { Orders } from "./resources/classic-orders.ts";
import { Sessions, sessionHandlers } from "./resources/classic-sessions.ts";
import { CustomerTokens, customerTokenHandlers } from "./resources/customer-tokens.ts";
import { Disputes, disputeHandlers } from "./resources/disputes.ts";
import { hostedPageHandlers } from "./resources/hosted-pages.ts";
import { interoperabilityHandlers } from "./resources/interoperability.ts";
import { paymentRequestHandlers } from "./resources/payment-request-handlers.ts";
import { PaymentRequests } from "./resources/payment-requests.ts";
import { presentationHandlers } from "./resources/presentation.ts";
import { settlementHandlers } from "./resources/settlements.ts";
import { transactionHandlers } from "./resources/transaction-handlers.ts";
import { Transactions } from "./resources/transactions.ts";
import { webhookHandlers } from "./resources/webhooks.ts";
import type { Handler } from "./routing.ts";
import type { World } from "./world.ts";

/** One handler for each operation of the catalogue: one that is missing does not compile. */
export function handlers(world: World): Readonly<Record<OperationName, Handler>> {
  const customerTokens = new CustomerTokens(world);
  const requests = new PaymentRequests(world, customerTokens);
  const disputes = new Disputes(world);
  const transactions = new Transactions(world, disputes);
  const sessions = new Sessions(world);
  const orders = new Orders(world);
  return {
    ...paymentRequestHandlers(world, requests),
    ...authorizeHandlers(world, requests, transactions, customerTokens),
    ...transactionHandlers(world, transactions),
    ...presentationHandlers(world),
    ...interoperabilityHandlers(world),
    ...customerTokenHandlers(world, customerTokens),
    ...disputeHandlers(world, disputes),
    ...settlementHandlers(world),
    ...webhookHandlers(world),
    ...sessionHandlers(world, sessions),
    ...authorizationHandlers(world, sessions, orders),
    ...hostedPageHandlers(world, sessions),
    ...orderHandlers(world, orders),
  };
}
