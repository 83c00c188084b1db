import type { Micros } from "../base/units.ts";
import type { Exchange, GuardedConnection } from "../guard/connection.ts";
import type { GuardedRequest } from "../guard/request-check.ts";
import { type Operation, pathParameters } from "./catalogue.ts";
import { opaqueId, type ProviderError, readProviderError } from "./provider-error.ts";
import { type RateLimit, readRateLimit } from "./rate-limit.ts";

/** What a caller adds to an operation. */
export interface OperationInput {
  /** A value for each `{name}` in the operation's path. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with POST and PATCH. */
  readonly idempotencyKey: string;
}

/** What came of an operation. Never thrown: whatever the provider does is a value. */
export type OperationResult =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly end: Micros;
      /** The parsed body; `undefined` where there is none or it is not JSON. */
      readonly body: unknown;
      readonly error: ProviderError | undefined;
      readonly correlationId: string | undefined;
      readonly rateLimit: RateLimit;
    }
  | Extract<Exchange, { kind: "failed" }>;

/**
 * Klarna's API over a guarded connection: no retry, no redirect, one request for each call.
 *
 * @param account `krn:partner:global:account:test:…` for an acquiring partner's paths; `undefined` for a partner's own key
 */
export class KlarnaClient {
  readonly #prefix: string;

  constructor(account: string | undefined) {
    this.#prefix = account === undefined ? "/v2" : `/v2/accounts/${encodeURIComponent(account)}`;
  }

  /** The request that `call` would send. @throws TypeError unless there is a value for each parameter of the path */
  request(operation: Operation, input: OperationInput): GuardedRequest {
    const { method } = operation;
    const writes = method === "POST" || method === "PATCH";
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    return {
      method,
      path: this.#prefix + fillPath(operation, input.parameters),
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...input.headers,
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
      done: (exchange) => events.done(exchange.kind === "failed" ? exchange : read(exchange)),
    });
  }
}

function fillPath(operation: Operation, parameters: Readonly<Record<string, string>>): string {
  let path = operation.path;
  for (const name of pathParameters(operation)) {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`${operation.name} needs a value for ${name}`);
    path = path.replace(`{${name}}`, () => encodeURIComponent(value));
  }
  return path;
}

function read(exchange: Extract<Exchange, { kind: "answered" }>): OperationResult {
  const { status, headers, end } = exchange;
  const body = parseJson(exchange.body);
  const error = status >= 400 ? readProviderError(body) : undefined;
  const correlationId = opaqueId(headers["klarna-correlation-id"]);
  return {
    kind: "answered",
    status,
    end,
    body,
    error,
    correlationId,
    rateLimit: readRateLimit(headers),
  };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
