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
  readonly #shapes = new Map<Operation, Shape>();
  /** Bodies that nothing is put into, as they are sent: a step's is the same object in each of its requests. */
  readonly #texts = new WeakMap<object, string>();

  constructor(account: string | undefined, origin: string) {
    this.#account = account;
    this.#origin = origin;
  }

  /** The request that `call` would send. @throws TypeError unless there is a value for each parameter that must have one */
  request(operation: Operation, input: OperationInput): GuardedRequest {
    const { method } = operation;
    const shape = this.#shapeOf(operation);
    const query = shape.query.flatMap((one) => queryPair(one, input));
    const body = this.#body(operation, shape, input);
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    Object.assign(headers, input.headers);
    for (const one of shape.headers) setHeader(headers, operation, one, input);
    if (shape.writes) headers["klarna-idempotency-key"] = input.idempotencyKey;
    const request: { -readonly [Name in keyof GuardedRequest]: GuardedRequest[Name] } = {
      method,
      path: this.#path(operation, shape, input),
      headers,
    };
    if (query.length > 0) request.query = query;
    if (body !== undefined) request.body = body;
    return request;
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

  #shapeOf(operation: Operation): Shape {
    let shape = this.#shapes.get(operation);
    if (!shape) {
      shape = shapeOf(operation, this.#account);
      this.#shapes.set(operation, shape);
    }
    return shape;
  }

  #path(operation: Operation, { path, names }: Shape, { parameters }: OperationInput): string {
    let filled = path;
    for (const name of names) {
      const value =
        name === "account_id" && this.#account !== undefined
          ? this.#account
          : needed(operation, parameters, name);
      filled = filled.replace(`{${name}}`, () => encodeURIComponent(value));
    }
    return filled;
  }

  #body(
    operation: Operation,
    { fields }: Shape,
    { parameters, body }: OperationInput,
  ): string | undefined {
    if (fields.length === 0) return body && this.#text(body);
    const filled = fields.map((one) => {
      const value = needed(operation, parameters, one.name);
      const address = (path: string) => this.#origin + path + encodeURIComponent(value);
      return [one.field, one.below === undefined ? value : address(one.below)] as const;
    });
    return JSON.stringify({ ...body, ...Object.fromEntries(filled) });
  }

  #text(body: object): string {
    let text = this.#texts.get(body);
    if (text === undefined) {
      text = JSON.stringify(body);
      this.#texts.set(body, text);
    }
    return text;
  }
}

/** Whether requests of the operation carry an idempotency key: Klarna's writes that are not safe to repeat by themselves. */
export function isKeyed({ method }: Pick<Operation, "method">): boolean {
  return method === "POST" || method === "PATCH";
}

/** What the requests of one operation have in common, for one caller. */
interface Shape {
  readonly writes: boolean;
  /** Each `{name}` in it fills one segment. */
  readonly path: string;
  readonly names: readonly string[];
  readonly query: readonly Taken<"query">[];
  readonly headers: readonly Taken<"header">[];
  readonly fields: readonly Taken<"body">[];
}

type Taken<Place extends Parameter["in"]> = Extract<Parameter, { readonly in: Place }>;

/** @throws TypeError for an operation that has no path without an account */
function shapeOf(operation: Operation, caller: string | undefined): Shape {
  const { method, name, parameters = [] } = operation;
  const { plain, account } = pathTemplates(operation);
  const path = caller === undefined ? plain : (account ?? plain);
  if (path === undefined) throw new TypeError(`${name} needs an account`);
  return {
    writes: isKeyed({ method }),
    path,
    names: pathParameters({ path }),
    query: parameters.filter((one) => one.in === "query"),
    headers: parameters.filter((one) => one.in === "header"),
    fields: parameters.filter((one) => one.in === "body"),
  };
}

function queryPair(
  parameter: Taken<"query">,
  input: OperationInput,
): (readonly [string, string])[] {
  const value = input.parameters[parameter.name] ?? parameter.sample;
  return value === undefined ? [] : [[parameter.field ?? parameter.name, value]];
}

function setHeader(
  headers: Record<string, string>,
  operation: Operation,
  { name, header, required }: Taken<"header">,
  { parameters }: OperationInput,
): void {
  const value = required ? needed(operation, parameters, name) : parameters[name];
  if (value !== undefined) headers[header] = value;
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
