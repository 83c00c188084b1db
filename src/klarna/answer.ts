import type { IncomingHttpHeaders } from "node:http";
import type { Micros } from "../base/units.ts";
import type { Exchange, Phases } from "../guard/exchange.ts";
import type { Operation } from "./operation.ts";
import { opaqueId, type ProviderError, readProviderError } from "./provider-error.ts";
import { type RateLimit, readRateLimit } from "./rate-limit.ts";

/**
 * What an answer is, by its status and its body:
 * `success` 2xx · `redirect` 3xx, never followed · `throttled` 429 · `protection` a 403 without an error object: a
 * rule of Klarna's against floods, not this request's fault · `provider-error` any other with Klarna's error object ·
 * `unexplained` any other without one.
 */
export type AnswerClass =
  | "success"
  | "redirect"
  | "throttled"
  | "protection"
  | "provider-error"
  | "unexplained";

/** `Klarna-Ip-Validation-Status`: what Klarna would do with this address if the account's restriction were enforced. */
export type IpValidation = "ALLOWED" | "DENIED" | "INVALID";

/** What came of an operation. Never thrown: whatever the provider does is a value. */
export type OperationResult = AnsweredOperation | Extract<Exchange, { kind: "failed" }>;

export interface AnsweredOperation {
  readonly kind: "answered";
  readonly class: AnswerClass;
  readonly status: number;
  readonly end: Micros;
  readonly phases: Phases;
  /** The parsed body, with the operation's `answerHeaders`; `undefined` where there is none or it is not JSON. */
  readonly body: unknown;
  readonly error: ProviderError | undefined;
  readonly correlationId: string | undefined;
  readonly ipValidation: IpValidation | undefined;
  readonly rateLimit: RateLimit;
}

/** What an exchange's answer says; reads whatever came, and throws nothing. */
export function readAnswer(
  exchange: Extract<Exchange, { kind: "answered" }>,
  operation: Operation,
): AnsweredOperation {
  const { status, headers, end, phases } = exchange;
  const body = parseJson(exchange.body);
  const error = status >= 400 ? readProviderError(body) : undefined;
  return {
    kind: "answered",
    class: classOf(status, error),
    status,
    end,
    phases,
    body: withHeaders(body, headers, operation),
    error,
    correlationId: opaqueId(headers["klarna-correlation-id"]),
    ipValidation: ipValidationOf(headers),
    rateLimit: readRateLimit(headers),
  };
}

function classOf(status: number, error: ProviderError | undefined): AnswerClass {
  if (status >= 200 && status < 300) return "success";
  if (status >= 300 && status < 400) return "redirect";
  if (status === 429) return "throttled";
  if (error) return "provider-error";
  return status === 403 ? "protection" : "unexplained";
}

function ipValidationOf(headers: IncomingHttpHeaders): IpValidation | undefined {
  const value = headers["klarna-ip-validation-status"];
  return value === "ALLOWED" || value === "DENIED" || value === "INVALID" ? value : undefined;
}

/** The body with what the operation's answer carries in headers, where it does. */
function withHeaders(
  body: unknown,
  headers: IncomingHttpHeaders,
  { answerHeaders }: Operation,
): unknown {
  if (!answerHeaders) return body;
  const found = Object.entries(answerHeaders).flatMap(([field, header]) => {
    const value = opaqueId(headers[header]);
    return value === undefined ? [] : [[field, value] as const];
  });
  if (found.length === 0 || (body !== undefined && !isObject(body))) return body;
  return { ...body, ...Object.fromEntries(found) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
