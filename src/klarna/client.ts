import type { Micros } from "../base/units.ts";
import type { GuardedConnection } from "../guard/connection.ts";
import type { GuardedRequest } from "../guard/request-check.ts";
import { type OperationResult, readAnswer } from "./answer.ts";
import { type Operation, type Parameter, pathParameters, pathTemplates } from "./operation.ts";

export type { OperationResult } from "./answer.ts";

/** What a caller adds to an operation. */
export interface OperationInput {
  /** A value for each `{name}` in the operation's path, and for what else it takes by name. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with POST and PATCH. */
  readonly idempotencyKey: string;
}

/**
 * Klarna's API over a guarded connection: no retry, no redirect, one request for each call.
 *
 * @param account `krn:partner:global:account:test:…` for an acquiring partner's paths; `undefined` for a partner's own key
 * @param origin the target's own, for the bodies that name another resource by its address
 */
export class KlarnaClient {
  readonly #account: string | undefined;
  readonly #origin: string;

  constructor(account: string | undefined, origin: string) {
    this.#account = account;
    this.#origin = origin;
  }

  /** The request that `call` would send. @throws TypeError unless there is a value for each parameter that must have one */
  request(operation: Operation, input: OperationInput): GuardedRequest {
    const { method, parameters = [] } = operation;
    const writes = method === "POST" || method === "PATCH";
    const query = parameters.flatMap((one) => queryPair(one, input));
    const body = this.#body(operation, input);
    return {
      method,
      path: this.#path(operation, input),
      ...(query.length === 0 ? {} : { query }),
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...input.headers,
        ...headerFields(operation, input),
        ...(writes ? { "klarna-idempotency-key": input.idempotencyKey } : {}),
      },
      ...(body === undefined ? {} : { body }),
    };
  }

  /**
   * Sends one request, as `GuardedConnection.send` does.
   *
   * @throws Refusal if the guard refuses the request; nothing has been written then
   */
  call(
    connection: GuardedConnection,
    operation: Operation,
    input: OperationInput,
    timeout: Micros,
    events: { readonly written: () => void; readonly done: (result: OperationResult) => void },
  ): void {
    connection.send(this.request(operation, input), timeout, {
      written: events.written,
      done: (exchange) =>
        events.done(exchange.kind === "failed" ? exchange : readAnswer(exchange, operation)),
    });
  }

  #path(operation: Operation, input: OperationInput): string {
    const { plain, account } = pathTemplates(operation);
    const template = this.#account === undefined ? plain : (account ?? plain);
    if (template === undefined) throw new TypeError(`${operation.name} needs an account`);
    const values: Readonly<Record<string, string>> =
      this.#account === undefined
        ? input.parameters
        : { ...input.parameters, account_id: this.#account };
    return pathParameters({ path: template }).reduce(
      (path, name) =>
        path.replace(`{${name}}`, () => encodeURIComponent(needed(operation, values, name))),
      template,
    );
  }

  #body(operation: Operation, { parameters, body }: OperationInput): string | undefined {
    const fields = (operation.parameters ?? []).flatMap((one) => {
      if (one.in !== "body") return [];
      const value = needed(operation, parameters, one.name);
      const address = (path: string) => this.#origin + path + encodeURIComponent(value);
      return [[one.field, one.below === undefined ? value : address(one.below)] as const];
    });
    if (body === undefined && fields.length === 0) return undefined;
    return JSON.stringify({ ...body, ...Object.fromEntries(fields) });
  }
}

function queryPair(parameter: Parameter, input: OperationInput): (readonly [string, string])[] {
  if (parameter.in !== "query") return [];
  const value = input.parameters[parameter.name] ?? parameter.sample;
  return value === undefined ? [] : [[parameter.field ?? parameter.name, value]];
}

function headerFields(
  operation: Operation,
  { parameters }: OperationInput,
): Record<string, string> {
  const fields = (operation.parameters ?? []).flatMap((one) => {
    if (one.in !== "header") return [];
    const value = one.required ? needed(operation, parameters, one.name) : parameters[one.name];
    return value === undefined ? [] : [[one.header, value] as const];
  });
  return Object.fromEntries(fields);
}

function needed(
  { name: operation }: Operation,
  values: Readonly<Record<string, string>>,
  name: string,
): string {
  const value = values[name];
  if (value === undefined) throw new TypeError(`${operation} needs a value for ${name}`);
  return value;
}
