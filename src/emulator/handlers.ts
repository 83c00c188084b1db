import type { OperationName } from "../klarna/catalogue.ts";
import { paymentRequestHandlers, type World } from "./payment-requests.ts";
import type { Handler } from "./routing.ts";

/** One handler for each operation of the catalogue: one that is missing does not compile. */
export function handlers(world: World): Readonly<Record<OperationName, Handler>> {
  return { ...paymentRequestHandlers(world) };
}
