import { Fault } from "../base/errors.ts";
import type { Operation } from "./operation.ts";
import { authorizeOperations } from "./operations/authorize.ts";
import { classicOrderManagementOperations } from "./operations/classic-order-management.ts";
import { classicPaymentOperations } from "./operations/classic-payments.ts";
import { disputeOperations } from "./operations/disputes.ts";
import { hostedPageOperations } from "./operations/hosted-pages.ts";
import { paymentRequestOperations } from "./operations/payment-requests.ts";
import { presentationOperations } from "./operations/presentation.ts";
import { settlementOperations } from "./operations/settlements.ts";
import { tokenOperations } from "./operations/tokens.ts";
import { transactionOperations } from "./operations/transactions.ts";
import { webhookOperations } from "./operations/webhooks.ts";

export { type Operation, pathParameters } from "./operation.ts";

/** The catalogue by area of Klarna's API, in the order of a checkout; the area's name is a heading for people. */
export const AREAS = {
  "Payment requests": paymentRequestOperations,
  Authorization: authorizeOperations,
  "Transactions, captures and refunds": transactionOperations,
  "Presentation and messaging": presentationOperations,
  "Interoperability and identity": tokenOperations,
  Disputes: disputeOperations,
  Settlements: settlementOperations,
  Webhooks: webhookOperations,
  "Classic payments": classicPaymentOperations,
  "Classic hosted pages": hostedPageOperations,
  "Classic order management": classicOrderManagementOperations,
} as const satisfies Readonly<Record<string, readonly Operation[]>>;

export type OperationName = (typeof AREAS)[keyof typeof AREAS][number]["name"];

/** Every operation, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.values<readonly Operation[]>(AREAS)
    .flat()
    .map((operation) => [operation.name, operation]),
);

/** Where a parameter's value comes from: the first operation that answers a field of its name, and the field's path. */
export function sourceOf(
  parameter: string,
): { readonly operation: string; readonly path: string } | undefined {
  // Headers have Klarna's name before what the answers call by its own.
  const names = [parameter, parameter.replace(/^klarna_/, "")];
  for (const { name, answerFields = [], answerHeaders = {} } of OPERATIONS.values()) {
    const fields = [...answerFields, ...Object.keys(answerHeaders).map((field) => `$.${field}`)];
    const path = fields.find((field) => names.some((one) => field.endsWith(`.${one}`)));
    if (path !== undefined) return { operation: name, path };
  }
  return undefined;
}

/** The operation of a name that has been checked before. @throws Fault `FAULT_OPERATION_UNKNOWN`: the schema lets only catalogued operations in */
export function catalogued(name: string): Operation {
  const operation = OPERATIONS.get(name);
  if (!operation)
    throw new Fault("FAULT_OPERATION_UNKNOWN", `operation \`${name}\` is not in the catalogue`);
  return operation;
}
