import { Fault } from "../base/errors.ts";
import type { Family } from "../guard/environments.ts";
import type { Category } from "../guard/quotas.ts";
import { minimalPaymentRequest, paymentRequestUpdate } from "./sample-data.ts";

/**
 * One operation of Klarna's API: the single place that knows its method, path, category and bodies. The
 * profile schema, `plan`, the client and the emulator's routing all read it, so adding an operation is adding an entry.
 */
export interface Operation {
  /** As profiles name it: resource, dot, verb. */
  readonly name: string;
  readonly purpose: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v2` (a partner's own key) or `/v2/accounts/{account_id}` (an acquiring partner). Each `{name}` fills one segment. */
  readonly path: string;
  /** Klarna Network (`/v2`, one global host) or the older merchant APIs (regional hosts): hosts and keys of their own. */
  readonly family: Family;
  readonly category: Category;
  /** `documented` by Klarna for this operation, or `inferred` by us from the category's description. */
  readonly categorySource: "documented" | "inferred";
  /** Expected statuses unless a step says otherwise. */
  readonly successStatuses: readonly number[];
  /** Klarna's published sample data; `undefined` for operations without a body. Made anew at each call. */
  readonly sampleBody?: () => Readonly<Record<string, unknown>>;
  /** Klarna's environments and the emulator, or the emulator alone. */
  readonly allowedOn: "everywhere" | "emulator";
  /** State changes of Klarna's resources, each of which makes Klarna send one webhook to a registered receiver. */
  readonly webhooks: number;
}

const operations = [
  {
    name: "payment-request.create",
    purpose: "create a payment request, state SUBMITTED",
    method: "POST",
    path: "/payment/requests",
    family: "network",
    category: "payment-transaction-capture",
    categorySource: "inferred",
    // Klarna's own collection asserts 201 in one part and 200 in another.
    successStatuses: [200, 201],
    sampleBody: minimalPaymentRequest,
    allowedOn: "everywhere",
    webhooks: 1,
  },
  {
    name: "payment-request.read",
    purpose: "read a payment request",
    method: "GET",
    path: "/payment/requests/{payment_request_id}",
    family: "network",
    category: "payment-transaction-management",
    categorySource: "inferred",
    successStatuses: [200],
    allowedOn: "everywhere",
    webhooks: 0,
  },
  {
    name: "payment-request.update",
    purpose: "change a payment request that is still SUBMITTED",
    method: "PATCH",
    path: "/payment/requests/{payment_request_id}",
    family: "network",
    category: "payment-transaction-management",
    categorySource: "inferred",
    successStatuses: [200],
    sampleBody: paymentRequestUpdate,
    allowedOn: "everywhere",
    webhooks: 0,
  },
  {
    name: "payment-request.cancel",
    purpose: "cancel a payment request, state CANCELED",
    method: "DELETE",
    path: "/payment/requests/{payment_request_id}",
    family: "network",
    category: "payment-transaction-management",
    categorySource: "inferred",
    successStatuses: [200],
    allowedOn: "everywhere",
    webhooks: 1,
  },
] as const satisfies readonly Operation[];

export type OperationName = (typeof operations)[number]["name"];

/** Every operation, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  operations.map((operation) => [operation.name, operation]),
);

const PATH_PARAMETER = /\{([a-z_]+)\}/g;

/** The names between braces in a path, in order. */
export function pathParameters(operation: Operation): string[] {
  return [...operation.path.matchAll(PATH_PARAMETER)].map((match) => match[1] ?? "");
}

/** The operation of a name that has been checked before. @throws Fault `FAULT_OPERATION_UNKNOWN`: the schema lets only catalogued operations in */
export function catalogued(name: string): Operation {
  const operation = OPERATIONS.get(name);
  if (!operation)
    throw new Fault("FAULT_OPERATION_UNKNOWN", `operation \`${name}\` is not in the catalogue`);
  return operation;
}
